import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { dropEntries, findOldEntries, notExported, type OldEntries } from "../audit/drop-entries.js";
import type { AuditEntry } from "../audit/entry.js";
import { readLine } from "../audit/exported.js";
import { type Database, openDatabase } from "../db/database.js";
import { readConfig } from "../process/config.js";
import { readDeployment } from "../process/load-deployment.js";
import { machineUser } from "./audit.js";
import type { ExitCode, Given } from "./command.js";
import { CommandError, UsageError } from "./errors.js";

const LONGEST_DAYS = 36_500;

/**
 * Shows which entries of the audit log are older than so many days. With what was exported, which must have each of them, it drops
 * them; that they were is on record then.
 */
export async function dropAudit(given: Given, env: NodeJS.ProcessEnv): Promise<ExitCode> {
  const keepDays = given.number("keep-days")!;
  if (!(keepDays >= 1 && keepDays <= LONGEST_DAYS))
    throw new UsageError(`--keep-days ${keepDays}: 1 to ${LONGEST_DAYS} was expected`);
  const file = given.text("exported");
  const config = readConfig(env);
  const { definitions } = await readDeployment(config.deployment);
  const database = await openDatabase(config, definitions);
  try {
    const old = await findOldEntries(database.pool, keepDays);
    const { last } = old;
    if (last === null) given.print(`no entry is older than ${old.before.toISOString()}`);
    else if (file === undefined) given.print(wouldDrop(old));
    else given.print(await drop(database, last, keepDays, file));
    return 0;
  } finally {
    await database.close();
  }
}

const wouldDrop = ({ entries, last, bytes: size, before }: OldEntries): string =>
  `${entries} entries, up to ${last}, are older than ${before.toISOString()} and would be dropped, ${size.toLocaleString("en-US")} bytes;\n` +
  "asof audit export writes them to a file; with --exported <file> they are dropped";

async function drop({ pool }: Database, last: string, keepDays: number, file: string): Promise<string> {
  const lacks = await notExported(pool, last, entriesOf(file));
  if (lacks !== null)
    throw new CommandError(`${file}: ${lacks}; nothing was dropped: asof audit export writes it again`);
  const dropped = await dropEntries(pool, machineUser(), last, { args: { keepDays } });
  return `${dropped} entries, up to ${last}, were dropped; keep ${file}`;
}

async function* entriesOf(file: string): AsyncGenerator<AuditEntry | null> {
  const input = createReadStream(file);
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity }))
      if (line !== "") yield readLine(line);
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${(error as Error).message}`);
  } finally {
    input.destroy();
  }
}
