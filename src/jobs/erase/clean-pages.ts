import { type Pool, type Queryable, quote } from "../../db/pool.js";
import { DBOS_SCHEMA } from "../engine/dbos-internals.js";

/** Qualified names of the tables that the erasure has deleted from or changed, each partition by itself. */
export async function touchedTables(db: Queryable, runId: string): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `with own as (select id from erasures where run_id = $1),
       place as (select place as name from erasure_counts where erasure_id in (select id from own))
     select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and (
       n.nspname = current_schema() and (
         c.relname in (select name from place) or c.relname = any($2)
         -- Of the partitions of a table of snapshots, the dates that had a row.
         or c.relname in (
           select distinct e.part || '_snapshots_' || to_char(p.event_date, 'YYYYMMDD') from erased_rows e
           join snapshot_parts p on p.snapshot_id = e.owner_id and p.name = e.part where e.erasure_id in (select id from own))
         or exists (
           select 1 from pg_inherits i join pg_class p on p.oid = i.inhparent join place on place.name = p.relname
           where i.inhrelid = c.oid and p.relname not like '%\\_snapshots'))
       or n.nspname = $3 and exists (select 1 from place where name in ('runs', 'run_events')))
     order by 1`,
    [runId, ALWAYS, DBOS_SCHEMA],
  );
  return rows.map(({ name }) => name);
}

/** Of which no rows are counted: they are worked out again, or were the erasure's own. */
const ALWAYS = [
  ...["feature_profiles", "drift_comparisons", "part_differences"],
  ...["erasure_keys", "online_copy_queue"],
  ...["artifact_blobs", "artifact_pieces"],
];

/** Of a table of asof's own. */
export async function qualified(db: Queryable, table: string): Promise<string> {
  const { rows } = await db.query<{ name: string }>("select current_schema() || '.' || $1 as name", [table]);
  return rows[0]!.name;
}

/** What was deleted leaves the pages, and the planner's statistics. @param table its qualified name */
export async function cleanPages(pool: Pool, table: string): Promise<void> {
  const [schema, name] = table.split(".") as [string, string];
  await pool.query(`vacuum (analyze, skip_locked) ${quote(schema)}.${quote(name)}`);
  // Of an empty table the analysis leaves the former statistics as they are.
  const { rows } = await pool.query(`select 1 from ${quote(schema)}.${quote(name)} limit 1`);
  if (rows.length === 0) await clearStatistics(pool, schema, name);
}

/** From PostgreSQL 18 on; before, they stay until the table has rows again and is analysed. */
async function clearStatistics(db: Queryable, schema: string, table: string): Promise<void> {
  const { rows } = await db.query<{ can: boolean }>(
    "select to_regproc('pg_catalog.pg_clear_attribute_stats') is not null as can",
  );
  if (!rows[0]!.can) return;
  await db.query(
    `select pg_clear_attribute_stats($1, $2, attname, inherited) from pg_stats where schemaname = $1 and tablename = $2`,
    [schema, table],
  );
}
