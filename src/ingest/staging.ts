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

/** Where a run stages one source, qualified and quoted. */
export function stagingTable(runId: string, source: Source): string {
  return `staging.${quote(`${prefix(runId)}_${source.name}`)}`;
}

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

export async function dropStaging(db: Queryable, deployment: Deployment, runId: string): Promise<void> {
  for (const source of deployment.sources)
    await db.query(`drop table if exists ${stagingTable(runId, source)}`);
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
