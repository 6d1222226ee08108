import type { Given } from "./given.js";
import type { Kind } from "./kinds.js";

/** 0 done · 1 failed: the run, a check, or what the server answered · 2 the command line cannot be used · 3 no server there. */
export type ExitCode = 0 | 1 | 2 | 3;

/** The command line cannot be used: exit code 2, and where to read on. */
export class UsageError extends Error {}

/** What was asked for failed; the message is for the person who typed the command: exit code 1. */
export class CommandError extends Error {}

/** The headings of `asof --help`, in their order. */
export const GROUPS = [
  "Runs",
  "Models",
  "Predictions and features",
  "Snapshots",
  "Schedules",
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

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
