import { type Queryable, quote } from "../db/pool.js";
import { partRows, type SnapshotPart } from "../db/snapshots/snapshot-parts.js";
import { factsOf } from "../definitions/language/column-types/registry.js";
import type { Deployment, Source } from "../definitions/language/deployment.js";
import { keyOf } from "../definitions/language/entities.js";

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
  deployment: Deployment,
  runId: string,
  source: Source,
): Promise<void> {
  const table = stagingTable(runId, source);
  const columns = Object.entries(source.columns).map(
    ([name, { type }]) => `${quote(name)} ${factsOf(type).sql}`,
  );
  await db.query(`drop table if exists ${table}`);
  await db.query(
    `create unlogged table ${table} (line integer not null, ${quote(keyOf(deployment, source))} text collate "C" not null,
       ${columns.join(", ")})`,
  );
}

/**
 * In the place of the staging table of a source that the delivery lacks: what is known of it now. Checks of references, and queries
 * that name the source, read it as they would read its file.
 */
export async function createLiveStandIn(
  db: Queryable,
  deployment: Deployment,
  runId: string,
  source: Source,
): Promise<void> {
  const columns = [keyOf(deployment, source), ...Object.keys(source.columns)].map(quote);
  await db.query(
    `create or replace view ${stagingTable(runId, source)} as
     select null::integer as line, ${columns.join(", ")} from ${quote(source.name)}`,
  );
}

/** In the place of the staging table of a source whose file is the one that made this part: its rows. */
export async function createPartStandIn(
  db: Queryable,
  deployment: Deployment,
  runId: string,
  source: Source,
  part: SnapshotPart,
): Promise<void> {
  const columns = part.columns.map(({ name, stored }) => `${quote(stored)} as ${quote(name)}`);
  await db.query(
    `create or replace view ${stagingTable(runId, source)} as
     select ${["null::integer as line", quote(keyOf(deployment, source)), ...columns].join(", ")} from ${partRows(part)} p`,
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
  const { rows } = await db.query<Staged>(
    `select relname as name, relkind as kind from pg_class
     where relnamespace = 'staging'::regnamespace and relkind in ('r', 'v') and starts_with(relname, $1)`,
    [`${prefix(runId)}_`],
  );
  await dropAll(db, rows);
}

/** Drops what runs that have ended left behind: a killed process could not. */
export async function sweepStaging(db: Queryable): Promise<void> {
  const { rows } = await db.query<Staged>(
    `select c.relname as name, c.relkind as kind from pg_class c
     where c.relnamespace = 'staging'::regnamespace and c.relkind in ('r', 'v') and not exists (
       select 1 from runs r where r.status in ('QUEUED', 'RUNNING')
         and c.relname like 'r' || left(replace(r.id::text, '-', ''), 16) || '\\_%')`,
  );
  await dropAll(db, rows);
}

interface Staged {
  name: string;
  /** r: a table, v: a view. */
  kind: "r" | "v";
}

async function dropAll(db: Queryable, staged: readonly Staged[]): Promise<void> {
  for (const { name, kind } of staged)
    await db.query(`drop ${kind === "v" ? "view" : "table"} if exists staging.${quote(name)}`);
}
