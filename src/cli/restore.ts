import { resolve } from "node:path";
import { embeddedHome } from "./backup.js";
import { type ExitCode, parse, print } from "./command.js";

export const name = "restore";
export const describe = "put a backup in the embedded database's place, while asof is stopped";
export const usage = `<file> [--force] [--json]

  <file>        what asof backup wrote
  --force       a database that is in ASOF_HOME already is set aside, beside it
  --json        { createdAt, setAside } on standard output

  The restored database is started once to see that it recovers; where anything fails, all is as before.`;

export async function run(args: string[]): Promise<ExitCode> {
  const options = { force: { type: "boolean" }, json: { type: "boolean" } } as const;
  const { values, given } = parse(args, options, ["file"]);
  const home = await embeddedHome();
  const { restoreEmbedded } = await import("../db/embedded/restore.js");
  const report = await restoreEmbedded(home, resolve(given[0]!), values.force ?? false);
  if (values.json) print(JSON.stringify(report));
  else {
    print(`${home} holds the database of ${report.createdAt} again; npm start serves it`);
    if (report.setAside) print(`what was there before is in ${report.setAside}; remove it when you are sure`);
  }
  return 0;
}
