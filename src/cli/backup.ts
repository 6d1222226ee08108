import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ExitCode, Given } from "./command.js";
import { gibibytes } from "./doctor/check.js";
import { CommandError } from "./errors.js";

export async function backup(given: Given): Promise<ExitCode> {
  const file = resolve(given.text("file")!);
  const home = await embeddedHome();
  if (!existsSync(join(home, "postgres", "data")))
    throw new CommandError(`there is no database in ${home}; name the folder with ASOF_HOME`);
  if (existsSync(file) && !given.flag("force"))
    throw new CommandError(`${file} is there already: --force replaces it`);
  const { backupEmbedded } = await import("../db/embedded/backup.js");
  const report = await backupEmbedded(home, file);
  given.print(
    given.flag("json")
      ? JSON.stringify({ file, ...report })
      : `${file}: ${report.files} files, ${gibibytes(report.bytes)} before compression`,
  );
  const { artifactsUrl } = (await import("../process/config.js")).readConfig();
  if (artifactsUrl !== null && !given.flag("json"))
    given.print(`The artifacts in ${artifactsUrl} are not in it: back them up, too (docs/artifacts.md).`);
  return 0;
}

/** @throws {CommandError} the database is not asof's own */
export async function embeddedHome(): Promise<string> {
  const { readConfig } = await import("../process/config.js");
  const { databaseUrl, home } = readConfig();
  if (!databaseUrl) return home;
  throw new CommandError("DATABASE_URL is set: that server is backed up with pg_dump or pg_basebackup");
}
