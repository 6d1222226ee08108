import type pg from "pg";
import { listApplied, pendingOf } from "../../db/migrations/apply.js";
import { findDeploymentRow, requireFit } from "../../db/migrations/deployment-row.js";
import { findHistoryGuard } from "../../db/migrations/history-guard.js";
import { isLegacyHome } from "../../db/migrations/legacy.js";
import { type MigrateTarget, targetFolders } from "../../db/migrations/migrate.js";
import { StartError } from "../../errors/start-errors.js";
import { VERSION } from "../../values/version.js";
import { type Check, failed, ok, warning } from "./check.js";

const NAME = "migrations";

/** Whether a start could bring this database to its schema, and what it would apply. Changes nothing. */
export async function checkMigrations(client: pg.Client, target: MigrateTarget): Promise<Check> {
  const folders = targetFolders(target);
  const row = await findDeploymentRow(client);
  if (!row)
    return checkUntaken(
      client,
      folders.flatMap(({ files }) => files),
    );
  let pending = 0;
  let all = 0;
  const newer: string[] = [];
  try {
    requireFit(row, target.name, target.release ?? VERSION, client.database);
    for (const { name, table, files } of folders) {
      const applied = await listApplied(client, table);
      pending += pendingOf(name, files, applied).length;
      all += files.length;
      const known = new Set(files.map((file) => file.name));
      newer.push(...applied.flatMap((file) => (known.has(file.name) ? [] : `${name}/${file.name}`)));
    }
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    const [message, remedy = "restore a backup"] = error.message.split("; ");
    return failed(NAME, message!, remedy);
  }
  if (newer.length > 0) {
    const are = newer.length === 1 ? "is" : "are";
    const message = `${newer.join(", ")} ${are} of another release, which was started on this database`;
    return warning(NAME, message, "run that release once all processes can be replaced");
  }
  if (pending === 0) return ok(NAME, `all ${all} applied`);
  return ok(NAME, `${pending} of ${all} not applied yet: the next start does so`);
}

/** A database that no release since 0.2.0 was started on. */
async function checkUntaken(
  client: pg.Client,
  files: readonly { statements: readonly string[] }[],
): Promise<Check> {
  if (await isLegacyHome(client)) {
    return ok(NAME, "made by 0.1.0: the next start takes it over; stop every 0.1.0 first");
  }
  const tables = files.flatMap(({ statements }) =>
    statements.flatMap((statement) => /^CREATE TABLE "(\w+)"/i.exec(statement)?.[1] ?? []),
  );
  const { rows } = await client.query<{ name: string }>(
    "select tablename::text as name from pg_tables where schemaname = 'public' and tablename = any($1) order by 1",
    [tables],
  );
  if (rows.length === 0) return ok(NAME, `none of ${files.length} applied yet: the first start does so`);
  const message = `tables of another program are where asof's would be: ${rows.map(({ name }) => name).join(", ")}`;
  return failed(NAME, message, "name a database of asof's own in DATABASE_URL");
}

/** What refuses a change of the schema that would lose history. */
export async function checkHistoryGuard(client: pg.Client): Promise<Check> {
  const name = "history";
  const { rows } = await client.query("select to_regclass('asof_deployment') is not null as there");
  if (!rows[0].there) return ok(name, "nothing kept yet");
  if ((await findHistoryGuard(client)) === "database")
    return ok(name, "the database itself refuses to drop or re-type what is kept");
  const message = "the migration runner refuses to drop or re-type what is kept; the database does not";
  return ok(name, `${message}: a superuser makes it so with select asof_guard.enable()`);
}
