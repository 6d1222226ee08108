import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { CommandError, type ExitCode, parse, print } from "./command.js";
import { gibibytes } from "./doctor/check.js";

export const name = "backup";
export const describe = "copy the embedded database to a file, while asof runs";
export const usage = `<file> [--force] [--json]

  <file>        is made, readable by you alone: it holds the database's password. On the machine of ASOF_HOME.
  --force       where there is such a file already, it is replaced
  --json        { file, files, bytes } on standard output; bytes before compression

  A database of DATABASE_URL is backed up with PostgreSQL's own tools (pg_dump, pg_basebackup).`;

export async function run(args: string[]): Promise<ExitCode> {
  const options = { force: { type: "boolean" }, json: { type: "boolean" } } as const;
  const { values, given } = parse(args, options, ["file"]);
  const file = resolve(given[0]!);
  const home = await embeddedHome();
  if (!existsSync(join(home, "postgres", "data")))
    throw new CommandError(`there is no database in ${home}; name the folder with ASOF_HOME`);
  if (existsSync(file) && !values.force)
    throw new CommandError(`${file} is there already: --force replaces it`);
  const { backupEmbedded } = await import("../db/embedded/backup.js");
  const report = await backupEmbedded(home, file);
  print(
    values.json
      ? JSON.stringify({ file, ...report })
      : `${file}: ${report.files} files, ${gibibytes(report.bytes)} before compression`,
  );
  return 0;
}

/** @throws {CommandError} the database is not asof's own */
export async function embeddedHome(): Promise<string> {
  const { readConfig } = await import("../process/config.js");
  const { databaseUrl, home } = readConfig();
  if (!databaseUrl) return home;
  throw new CommandError("DATABASE_URL is set: that server is backed up with pg_dump or pg_basebackup");
}
