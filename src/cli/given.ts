import { type Command, type Parameter, UsageError } from "./command.js";

/** What was given to a command, parsed. */
export class Given {
  readonly #values: ReadonlyMap<string, unknown>;

  /** @param texts by parameter: one text, or several of one that takes them */
  constructor(
    readonly command: Command,
    texts: ReadonlyMap<string, readonly string[]>,
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

  flag(name: string): boolean {
    return this.#values.get(name) === true;
  }
}

/** As it is typed. */
export const labelOf = (option: Parameter): string => `--${option.name}`;
