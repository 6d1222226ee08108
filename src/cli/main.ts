import { constants } from "node:os";
import { readDotEnv } from "../process/dot-env.js";
import { VERSION } from "../values/version.js";
import { readSchema } from "./api/schema.js";
import { UnreachableError } from "./client.js";
import { type ExitCode } from "./command.js";
import { commandsOf } from "./commands.js";
import { CommandError, UsageError } from "./errors.js";
import { commandIn, runLine } from "./program.js";

/** `asof <command> …`: what it prints is on standard output, why it failed on standard error. */
async function main(given: readonly string[]): Promise<ExitCode> {
  const words = given[0] === "help" ? [...given.slice(1), "--help"] : given;
  const commands = [...commandsOf(readSchema(process.env))];
  // What the scripts of `asof completion` ask.
  if (words[0] === "complete" && words[1] === "--") {
    const { complete } = await import("./completion.js");
    complete(commands, words.slice(2));
    return 0;
  }
  try {
    return await runLine(words, commands, VERSION, (command, given) => {
      if (!command.handlesSignals) endOnSignals();
      readDotEnv();
      return command.run(given, process.env);
    });
  } catch (error) {
    return explain(error, ["asof", ...commandIn(words, commands), "--help"].join(" "));
  }
}

function explain(error: unknown, help: string): ExitCode {
  const { message, stack } = error as Error;
  if (error instanceof UsageError) {
    console.error(`asof: ${message}\nTry: ${help}`);
    return 2;
  }
  const known = error instanceof CommandError || error instanceof UnreachableError;
  console.error(`asof: ${!known && process.env.LOG_LEVEL === "debug" ? stack : message}`);
  return error instanceof UnreachableError ? 3 : 1;
}

/** As a shell would say it; what a command has begun is undone by its listener of "exit". */
function endOnSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

// A reader that has seen enough, such as `asof runs | head`, is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.exitCode = await main(process.argv.slice(2));
