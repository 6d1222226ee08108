import { UsageError } from "./errors.js";
import type { Kind } from "./kinds.js";
import type { Terminal } from "./terminal.js";

/** 0 done · 1 failed: the run, a check, or what the server answered · 2 the command line cannot be used · 3 no server there. */
export type ExitCode = 0 | 1 | 2 | 3;

/** The headings of `asof --help`, in their order. */
export const GROUPS = [
  "Runs",
  "Models",
  "Predictions and features",
  "Snapshots",
  "Schedules",
  "Alerts",
  "Tracking",
  "Server and machine",
] as const;

/** What a command takes: an option, or a positional argument. */
export interface Parameter {
  /** In kebab case: `as-of`. */
  readonly name: string;
  /** One letter, for an option. */
  readonly short?: string;
  readonly description: string;
  readonly kind: Kind;
  readonly required: boolean;
  /** Takes several values. */
  readonly many: boolean;
  /** What holds where it is not given, as help shows it. */
  readonly fallback?: string;
  /** Under which help lists the option, apart from the others. */
  readonly heading?: string;
}

/** One command of `asof`. Help, completion and the table in docs/cli.md are derived from it. */
export interface Command {
  /** Of a command in a group with the group's: `schedules pause`. */
  readonly name: string;
  readonly group: (typeof GROUPS)[number];
  /** One line, for `asof --help`. */
  readonly summary: string;
  /** Paragraphs for the command's own help; the summary unless given. */
  readonly description?: string;
  readonly positionals: readonly Parameter[];
  readonly options: readonly Parameter[];
  /** It ends by itself when a signal comes; the others are ended at once. */
  readonly handlesSignals?: true;
  run(given: Given, env: NodeJS.ProcessEnv): Promise<ExitCode>;
}

/** What was given to a command, parsed. */
export class Given {
  readonly #values: ReadonlyMap<string, unknown>;

  /** @param texts by parameter: one text, or several of one that takes them */
  constructor(
    readonly command: Command,
    texts: ReadonlyMap<string, readonly string[]>,
    readonly terminal: Terminal,
  ) {
    const values = new Map<string, unknown>();
    const read = (parameter: Parameter, label: string) => {
      const given = texts.get(parameter.name);
      if (given === undefined || (parameter.required && given.every((text) => text === ""))) {
        if (parameter.required) throw new UsageError(`${label} is missing`);
        return;
      }
      const parsed = given.map((text) => parameter.kind.parse(label, text));
      values.set(parameter.name, parameter.many ? parsed : parsed.at(-1));
    };
    for (const parameter of command.positionals) read(parameter, `<${parameter.name}>`);
    for (const option of command.options) read(option, labelOf(option));
    this.#values = values;
  }

  /** A line of what was asked for. */
  print(line: string): void {
    this.terminal.out(`${line}\n`);
  }

  /** A line beside it. */
  note(line: string): void {
    this.terminal.err(`${line}\n`);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  value(name: string): unknown {
    return this.#values.get(name);
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#values.get(name);
    return typeof value === "number" ? value : undefined;
  }

  /** Of a parameter that takes several values; none where it is not given. */
  list<T>(name: string): T[] {
    return (this.#values.get(name) as T[] | undefined) ?? [];
  }

  flag(name: string): boolean {
    return this.#values.get(name) === true;
  }
}

/** As it is typed. */
export const labelOf = (option: Parameter): string => `--${option.name}`;
