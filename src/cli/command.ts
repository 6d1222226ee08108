import { type ParseArgsConfig, parseArgs } from "node:util";
import { suggestion } from "../values/suggestion.js";

/** One subcommand of `asof`; its module `src/cli/<name>.ts` exports these. */
export interface Command {
  name: string;
  /** One line, for `asof --help`. */
  describe: string;
  /** What follows the name, and every option on a line of its own. */
  usage: string;
  /** @returns the exit code */
  run(args: string[]): Promise<ExitCode>;
}

/** 0 done · 1 failed: the run, a check, or what the server answered · 2 the command line cannot be used · 3 no server there. */
export type ExitCode = 0 | 1 | 2 | 3;

/** The command line cannot be used: exit code 2, and where to read on. */
export class UsageError extends Error {}

/** Something that was asked for failed, in words for whoever typed the command: exit code 1. */
export class CommandError extends Error {}

/** What every command that asks a server takes. */
export const SERVER_OPTIONS = {
  url: { type: "string" },
  token: { type: "string" },
  actor: { type: "string" },
  json: { type: "boolean" },
} as const;

export const SERVER_USAGE = `  --url U       the server; ASOF_URL, else http://127.0.0.1:$PORT (4000)
  --token T     sent as "Authorization: Bearer T"; ASOF_TOKEN (a token on the command line is seen by others)
  --actor A     who asks, where no token says so; ASOF_ACTOR, else the user's name
  --json        JSON on standard output, for programs`;

/**
 * @param positionals their names, in order; one that ends in `?` may be left out
 * @throws {UsageError} an unknown option, or one positional too many or too few
 */
export function parse<T extends NonNullable<ParseArgsConfig["options"]>>(
  args: string[],
  options: T,
  positionals: readonly string[] = [],
) {
  let parsed: ReturnType<typeof parseArgs<{ args: string[]; options: T; allowPositionals: true }>>;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}${meant(args, options)}`);
  }
  const given = parsed.positionals;
  const missing = positionals[given.length];
  if (missing && !missing.endsWith("?")) throw new UsageError(`<${missing}> is missing`);
  if (given.length > positionals.length)
    throw new UsageError(`unexpected argument ${JSON.stringify(given[positionals.length])}`);
  return { values: parsed.values, given };
}

/** What an unknown option may have been meant for. */
function meant(args: readonly string[], options: object): string {
  const known = Object.keys(options).map((name) => `--${name}`);
  const unknown = args
    .map((argument) => argument.replace(/=.*/s, ""))
    .find((argument) => argument.startsWith("--") && argument !== "--" && !known.includes(argument));
  return unknown ? suggestion(unknown, known) : "";
}

/** @throws {UsageError} */
export function numberOption(name: string, text: string | undefined, whole = true): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(value) && (!whole || Number.isSafeInteger(value))) return value;
  throw new UsageError(`${name} ${JSON.stringify(text)}: a ${whole ? "whole " : ""}number is expected`);
}

/** @throws {UsageError} */
export function required(name: string, text: string | undefined): string {
  if (text === undefined || text === "") throw new UsageError(`${name} is missing`);
  return text;
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
