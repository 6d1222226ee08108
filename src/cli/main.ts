import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { readDotEnv } from "../process/dot-env.js";
import { suggestion } from "../values/suggestion.js";
import * as backup from "./backup.js";
import { UnreachableError } from "./client.js";
import { type Command, CommandError, type ExitCode, print, UsageError } from "./command.js";
import * as doctor from "./doctor.js";
import * as ingest from "./ingest.js";
import * as predict from "./predict.js";
import * as promote from "./promote.js";
import * as restore from "./restore.js";
import * as runs from "./runs.js";
import * as token from "./token.js";
import * as train from "./train.js";

const commands: readonly Command[] = [doctor, ingest, train, promote, predict, runs, backup, restore, token];

/** `asof <command> …`: what it prints is on standard output, why it failed on standard error. */
async function main([name, ...args]: string[]): Promise<ExitCode> {
  if (name === "--version") {
    print(JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version);
    return 0;
  }
  const command = commands.find((known) => known.name === name);
  if (name === "help" || name === "--help" || name === "-h" || name === undefined) {
    const asked = commands.find((known) => known.name === args[0]);
    print(asked ? help(asked) : overview());
    return name === undefined ? 2 : 0;
  }
  try {
    if (!command) throw unknownCommand(name);
    if (args.includes("--help") || args.includes("-h")) {
      print(help(command));
      return 0;
    }
    readDotEnv();
    return await command.run(args);
  } catch (error) {
    return explain(error, command);
  }
}

const unknownCommand = (name: string): UsageError =>
  new UsageError(
    `there is no command ${JSON.stringify(name)}${suggestion(
      name,
      commands.map((command) => command.name),
    )}`,
  );

function explain(error: unknown, command: Command | undefined): ExitCode {
  const { message, stack } = error as Error;
  if (error instanceof UsageError) {
    console.error(`asof: ${message}\nTry: asof ${command ? `${command.name} ` : ""}--help`);
    return 2;
  }
  const known = error instanceof CommandError || error instanceof UnreachableError;
  console.error(`asof: ${!known && process.env.LOG_LEVEL === "debug" ? stack : message}`);
  return error instanceof UnreachableError ? 3 : 1;
}

const help = ({ name, describe, usage }: Command): string =>
  `asof ${name}: ${describe}\n\nasof ${name} ${usage}`;

const overview = (): string =>
  [
    "asof <command> …\n",
    ...commands.map(({ name, describe }) => `  ${name.padEnd(9)} ${describe}`),
    "\nasof <command> --help tells its options.",
    "Exit codes: 0 done, 1 failed, 2 the command line cannot be used, 3 no server there.",
  ].join("\n");

// A reader that has seen enough, such as `asof runs | head`, is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
// As a shell would say it; what a command has begun is undone by its listener of "exit".
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
process.exitCode = await main(process.argv.slice(2));
