import { readDotEnv } from "../process/dot-env.js";
import { VERSION } from "../values/version.js";
import { readSchema, shippedSchema } from "./api/schema.js";
import { UnreachableError } from "./client.js";
import type { Command, ExitCode } from "./command.js";
import { localCommands } from "./commands/local.js";
import { commandsOf } from "./commands.js";
import { CommandError, UsageError } from "./errors.js";
import { commandIn, runLine } from "./program.js";
import type { Terminal } from "./terminal.js";

/**
 * `asof <words>`: what it prints is on standard output, why it failed on standard error.
 * @param starting called before a command runs
 */
export async function asof(
  given: readonly string[],
  env: NodeJS.ProcessEnv,
  terminal: Terminal,
  starting: (command: Command) => void = () => {},
): Promise<ExitCode> {
  const words = given[0] === "help" ? [...given.slice(1), "--help"] : given;
  let commands: readonly Command[] = localCommands;
  try {
    commands = [...commandsOf(needsNoSchema(words) ? shippedSchema() : await schemaFor(env))];
    // What the scripts of `asof completion` ask.
    if (words[0] === "complete" && words[1] === "--") {
      const { complete } = await import("./completion.js");
      complete(commands, words.slice(2));
      return 0;
    }
    const execute = (command: Command, given: Parameters<Command["run"]>[0]) => {
      starting(command);
      readDotEnv(env);
      return command.run(given, env);
    };
    return await runLine(words, commands, VERSION, execute, terminal);
  } catch (error) {
    return explain(error, ["asof", ...commandIn(words, commands), "--help"].join(" "), env, terminal);
  }
}

/** `asof doctor` has to say what is wrong with a deployment module. */
const needsNoSchema = ([first]: readonly string[]): boolean =>
  first === "--version" || localCommands.some(({ name }) => name.split(" ")[0] === first);

function schemaFor(env: NodeJS.ProcessEnv): ReturnType<typeof readSchema> {
  // It may name the deployment.
  readDotEnv(env);
  return readSchema(env);
}

function explain(error: unknown, help: string, env: NodeJS.ProcessEnv, { err }: Terminal): ExitCode {
  const { message, stack } = error as Error;
  if (error instanceof UsageError) {
    err(`asof: ${message}\nTry: ${help}\n`);
    return 2;
  }
  const known = error instanceof CommandError || error instanceof UnreachableError;
  err(`asof: ${!known && env.LOG_LEVEL === "debug" ? stack : message}\n`);
  return error instanceof UnreachableError ? 3 : 1;
}
