import { getTableName } from "drizzle-orm";
import { type Client, literal, type Queryable, quote } from "../../db/pool.js";
import { rowHashes } from "../../db/snapshots/content-hash.js";
import { PUSH_EXTRA, pushedView, pushesOf } from "../../db/snapshots/pushes-hash.js";
import type { PartColumn } from "../../db/snapshots/snapshot-parts.js";
import {
  eventTableName,
  liveTableName,
  onlineTableName,
  pushTableName,
  snapshotTableName,
} from "../../db/tables/derived.js";
import { coreTables } from "../../db/tables/index.js";
import type { Deployment, Entity } from "../../definitions/language/deployment.js";
import { entityOf } from "../../definitions/language/entities.js";

/** An erasure that is on record and under way. */
export interface Erasure {
  id: number;
  runId: string;
  entity: Entity;
  key: string;
}

/** Within the caller's transaction: what guards rows that are written once lets this person's go. */
export async function beginErasing(tx: Client, { runId, key }: Erasure): Promise<void> {
  await tx.query("select set_config('asof.erasure_run', $1, true), set_config('asof.erased_key', $2, true)", [
    runId,
    key,
  ]);
}

/** Adds to what the erasure has removed from a place, with the deletion itself: a step that is done again counts nothing twice. */
export async function countErased(
  tx: Client,
  { id }: Erasure,
  place: string,
  rows: number | null,
): Promise<void> {
  if (!rows) return;
  await tx.query(
    `insert into erasure_counts as c (erasure_id, place, rows) values ($1, $2, $3)
     on conflict (erasure_id, place) do update set rows = c.rows + excluded.rows`,
    [id, place, rows],
  );
}

/**
 * Deletes the person's rows of every table of entities but those of snapshots and pushes: of what is declared no longer,
 * too. What is looked for is the key's column.
 */
export async function eraseCurrent(tx: Client, deployment: Deployment, erasure: Erasure): Promise<void> {
  const { views } = deployment;
  const { entity } = erasure;
  await beginErasing(tx, erasure);
  for (const table of await tablesOf(tx, deployment, entity, "current")) {
    const { rowCount } = await tx.query(`delete from ${quote(table)} where ${quote(entity.key)} = $1`, [
      erasure.key,
    ]);
    await countErased(tx, erasure, table, rowCount);
    const view = views.find((each) => onlineTableName(each) === table);
    if (view && rowCount)
      await tx.query("update online_views set row_count = row_count - $2 where view = $1", [
        view.name,
        rowCount,
      ]);
  }
}

/** Names of what snapshots have rows in: sources, and `<view>:pushes`. */
export async function partsOf(tx: Queryable, deployment: Deployment, entity: Entity): Promise<string[]> {
  const snapshots = await tablesOf(tx, deployment, entity, "snapshots");
  const pushes = await tablesOf(tx, deployment, entity, "pushes");
  return [
    ...snapshots.map((table) => table.replace(/_snapshots$/, "")),
    ...pushes.map((table) => table.replace(/_pushes$/, ":pushes")),
  ];
}

/**
 * Deletes the person's rows of one part, of every date. Each leaves its bucket and its hash, by which its snapshot
 * verifies; what was worked out from the part's rows goes, too, and is made again where it is asked for.
 */
export async function erasePart(tx: Client, erasure: Erasure, part: string): Promise<void> {
  // First: what reads rows to keep something of them has committed, and is found by what comes after.
  await tx.query("lock table erased_rows in exclusive mode");
  await beginErasing(tx, erasure);
  // A few rows by the index of each date's partition, never a date as a whole.
  await tx.query(
    "set local enable_hashjoin = off; set local enable_mergejoin = off; set local enable_seqscan = off",
  );
  const { entity } = erasure;
  const view = pushedView(part);
  const owners =
    view === null
      ? await eraseSnapshotRows(tx, entity.key, erasure, part)
      : await erasePushes(tx, entity.key, erasure, view);
  await tx.query("delete from feature_profiles where part = $1 and owner_id = any($2)", [part, owners]);
  await tx.query(
    "delete from drift_comparisons where part = $1 and (before_owner_id = any($2) or after_owner_id = any($2))",
    [part, owners],
  );
  // Whose rows were compared with those of a dropped date nobody knows any more.
  await tx.query(
    `delete from part_differences where part = $1 and exists (
       select 1 from unnest(array[before_owner_id, after_owner_id]) owner
       where owner = any($2) or owner in (select snapshot_id from snapshot_drops))`,
    [part, owners],
  );
}

/** @returns the snapshots that had a row of the person */
async function eraseSnapshotRows(tx: Client, key: string, erasure: Erasure, part: string): Promise<number[]> {
  const table = quote(snapshotTableName(part));
  const { rows: kinds } = await tx.query<{ columns: PartColumn[] }>(
    "select distinct columns from snapshot_parts where name = $1 and owner_id = snapshot_id",
    [part],
  );
  const owners: number[] = [];
  const dates = new Set<string>();
  for (const { columns } of kinds) {
    const relation = `(select v.* from snapshot_parts p cross join lateral (
        select * from ${table} v
        where v.snapshot_id = p.owner_id and v.as_of = p.event_date and v.${quote(key)} = ${literal(erasure.key)}) v
      where p.name = ${literal(part)} and p.owner_id = p.snapshot_id and p.columns = $3)`;
    const { rows } = await tx.query<{ owner: number; asOf: string }>(
      `with hashed as materialized (${rowHashes({ key, columns }, relation, [], ["r.snapshot_id", "r.as_of"])}), kept as (
         insert into erased_rows (owner_id, part, bucket, row_sha256, erasure_id)
         select snapshot_id, $1, bucket, row_sha256, $2 from hashed
       ) select snapshot_id as owner, as_of as "asOf" from hashed`,
      [part, erasure.id, JSON.stringify(columns)],
    );
    owners.push(...rows.map(({ owner }) => owner));
    for (const { asOf } of rows) dates.add(asOf);
  }
  if (owners.length === 0) return [];
  const { rowCount } = await tx.query(
    `delete from ${table} where as_of = any($1) and snapshot_id = any($2) and ${quote(key)} = $3`,
    [[...dates], owners, erasure.key],
  );
  await countErased(tx, erasure, snapshotTableName(part), rowCount);
  return owners;
}

/** Those that wait for a snapshot, too: they are in no hash. */
async function erasePushes(tx: Client, key: string, erasure: Erasure, view: string): Promise<number[]> {
  const table = `${view}_pushes`;
  const part = `${view}:pushes`;
  const { rows } = await tx.query<{ owner: number; columns: PartColumn[] }>(
    `select p.owner_id as owner, p.columns from snapshot_parts p where p.name = $1 and p.owner_id in (
       select snapshot_id from ${quote(table)} where ${quote(key)} = $2)`,
    [part, erasure.key],
  );
  for (const { owner, columns } of rows) {
    const bound = `(select * from ${pushesOf(key, view, owner)} b where b.${quote(key)} = ${literal(erasure.key)})`;
    await tx.query(
      `insert into erased_rows (owner_id, part, bucket, row_sha256, erasure_id)
       select $1, $2, bucket, row_sha256, $3 from (${rowHashes({ key, columns }, bound, PUSH_EXTRA)}) hashed`,
      [owner, part, erasure.id],
    );
  }
  const { rowCount } = await tx.query(`delete from ${quote(table)} where ${quote(key)} = $1`, [erasure.key]);
  await countErased(tx, erasure, table, rowCount);
  return rows.map(({ owner }) => owner);
}

/**
 * Tables that are keyed by the entity, partitions not by themselves. `pushes` and `snapshots` keep what is hashed, each under
 * a guard of its own; all others are `current`. Of what is declared no longer, an index says whose key it has.
 */
export async function tablesOf(
  tx: Queryable,
  deployment: Deployment,
  entity: Entity,
  kind: "current" | "snapshots" | "pushes",
): Promise<string[]> {
  const core = Object.values(coreTables).map((table) => getTableName(table));
  const { rows } = await tx.query<{ name: string; keyed: boolean }>(
    `select name, keyed from (
       select c.relname as name, case
           when exists (select 1 from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'guard_push') then 'pushes'
           when c.relkind = 'p' and c.relname like '%\\_snapshots' then 'snapshots' else 'current' end as kind,
         exists (
           select 1 from pg_index i where a.attnum = any(i.indkey) and (
             i.indrelid = c.oid or i.indrelid in (select inhrelid from pg_inherits where inhparent = c.oid))) as keyed
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = $1 and not a.attisdropped
       where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
         and c.relname <> all($2)
     ) found where kind = $3 order by name`,
    [entity.key, core, kind],
  );
  const declared = declaredTables(deployment);
  return rows
    .filter(({ name, keyed }) => (declared.has(name) ? declared.get(name) === entity.name : keyed))
    .map(({ name }) => name);
}

/** Of each table that follows from the definitions, whose it is. */
function declaredTables(deployment: Deployment): Map<string, string> {
  const { sources, views } = deployment;
  return new Map([
    ...sources.flatMap((source) =>
      [liveTableName(source), eventTableName(source), snapshotTableName(source.name)].map(
        (table) => [table, entityOf(deployment, source).name] as const,
      ),
    ),
    ...views.flatMap((view) =>
      [onlineTableName(view), pushTableName(view)].map(
        (table) => [table, entityOf(deployment, view.source).name] as const,
      ),
    ),
  ]);
}
