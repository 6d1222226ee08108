import { type Command as Completed, RootCommand } from "@bomb.sh/tab";
import type { Command, ExitCode, Given } from "./command.js";

/** The script that a shell sources: it calls this program with what was typed so far. */
export function printScript(given: Given): ExitCode {
  // By its full path: a clone is on no PATH.
  const program = [process.execPath, process.argv[1]!].map((part) => `'${part.replaceAll("'", "'\\''")}'`);
  new RootCommand().setup("asof", program.join(" "), given.text("shell")!);
  return 0;
}

/** What may follow the words, one a line, as the scripts expect it. */
export function complete(commands: Iterable<Command>, words: readonly string[]): void {
  const root = new RootCommand();
  const groups = new Set<string>();
  for (const command of commands) {
    const [group, inner] = command.name.split(" ");
    if (inner && !groups.has(group!))
      add(root, { ...command, name: group!, summary: "", options: [], positionals: [] });
    groups.add(group!);
    add(root, command);
  }
  root.parse([...words]);
}

function add(root: RootCommand, { name, summary, options, positionals }: Command): void {
  const completed: Completed = root.command(name, summary);
  for (const { name, short, description, kind } of options) {
    const flag = kind.placeholder === null;
    if (flag) completed.option(name, description, short);
    else completed.option(name, description, (offer) => offerAll(kind.values, offer), short);
  }
  for (const { name, kind, many } of positionals) {
    completed.argument(name, (offer) => offerAll(kind.values, offer), many);
  }
}

function offerAll(values: readonly string[], offer: (value: string, description: string) => void): void {
  for (const value of values) offer(value, "");
}
