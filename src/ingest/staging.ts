import { type Queryable, quote } from "../db/pool.js";
import type { Column } from "../definitions/language/column.js";
import type { Deployment, Source } from "../definitions/language/deployment.js";

const SQL_TYPES: Record<Column["type"], string> = {
  int: "integer",
  float: "double precision",
  bool: "boolean",
  string: "text",
  date: "date",
};

const prefix = (runId: string): string => `r${runId.replaceAll("-", "").slice(0, 16)}`;

/** A table of a run's own, qualified and quoted. It is gone when the run has ended. */
export const runTable = (runId: string, name: string): string =>
  `staging.${quote(`${prefix(runId)}_${name}`)}`;

/** Where a run stages one source, qualified and quoted. */
export const stagingTable = (runId: string, source: Source): string => runTable(runId, source.name);

/** Where a run prepares something else, without its schema; `name` is told from every source's by its first digit. */
export const preparedTable = (runId: string, name: string): string => `${prefix(runId)}_${name}`;

/**
 * An empty staging table, replacing a former attempt's: the line in the file, the key, the columns. Unlogged:
 * nothing here outlives the run, and a server crash empties it, which `stagedRows` tells.
 */
export async function createStagingTable(
  db: Queryable,
  { entity }: Deployment,
  runId: string,
  source: Source,
): Promise<void> {
  const table = stagingTable(runId, source);
  const columns = Object.entries(source.columns).map(
    ([name, { type }]) => `${quote(name)} ${SQL_TYPES[type]}`,
  );
  await db.query(`drop table if exists ${table}`);
  await db.query(
    `create unlogged table ${table} (line integer not null, ${quote(entity.key)} text collate "C" not null,
       ${columns.join(", ")})`,
  );
}

/** Rows staged, or -1 where the table is gone. */
export async function stagedRows(db: Queryable, runId: string, source: Source): Promise<number> {
  const table = stagingTable(runId, source);
  const found = await db.query("select to_regclass($1) is not null as found", [table]);
  if (!found.rows[0].found) return -1;
  const { rows } = await db.query<{ count: number }>(`select count(*)::int as count from ${table}`);
  return rows[0]!.count;
}

/** Everything the run staged or prepared. */
export async function dropStaging(db: Queryable, runId: string): Promise<void> {
  const { rows } = await db.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'staging'::regnamespace and relkind = 'r' and starts_with(relname, $1)`,
    [`${prefix(runId)}_`],
  );
  for (const { name } of rows) await db.query(`drop table if exists staging.${quote(name)}`);
}

/** Drops what runs that have ended left behind: a killed process could not. */
export async function sweepStaging(db: Queryable): Promise<void> {
  const { rows } = await db.query<{ name: string }>(
    `select c.relname as name from pg_class c
     where c.relnamespace = 'staging'::regnamespace and c.relkind = 'r' and not exists (
       select 1 from runs r where r.status in ('QUEUED', 'RUNNING')
         and c.relname like 'r' || left(replace(r.id::text, '-', ''), 16) || '\\_%')`,
  );
  for (const { name } of rows) await db.query(`drop table if exists staging.${quote(name)}`);
}
