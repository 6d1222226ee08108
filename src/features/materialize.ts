import { type Client, quote } from "../db/pool.js";
import { findParts, isOfOwnDate, isOfPart, type SnapshotPart } from "../db/snapshots/snapshot-parts.js";
import { onlineTableName, snapshotTableName } from "../db/tables/derived.js";
import { comparedSide, isWide, rowOf } from "../db/wide-rows.js";
import type { Deployment, FeatureView } from "../definitions/language/deployment.js";
import { keyOf } from "../definitions/language/entities.js";
import { newestRows } from "./newest-rows.js";
import { holdRows } from "./snapshot-rows.js";

/** What became of a snapshot's rows of one view. */
export interface MaterializedRows {
  /** New online, changed, or withdrawn. */
  written: number;
  /** Rows that are not served, because a newer value is. */
  older: number;
}

/**
 * Copies one snapshot's rows of every view to the online store, within the caller's transaction. The event-time
 * guard of the statement keeps a newer value when an older month comes late.
 * @param carried what becomes of parts of earlier dates: copied, or left where their own run has copied them
 * @returns per view what became of the snapshot's rows
 */
export async function materialize(
  tx: Client,
  deployment: Deployment,
  snapshotId: number,
  runId: string,
  onView: (name: string) => void = () => {},
  carried: "copy" | "skip" = "copy",
): Promise<Record<string, MaterializedRows>> {
  // Rows that are gone would read as users that were left out, and be withdrawn.
  const tables = [...new Set(deployment.views.map(({ source }) => snapshotTableName(source.name)))];
  await holdRows(tx, tables, [snapshotId]);
  const parts = (await findParts(tx, [snapshotId])).get(snapshotId)!;
  const materialized: Record<string, MaterializedRows> = {};
  await tx.query("set local work_mem = '64MB'; set local default_statistics_target = 10");
  for (const view of deployment.views) {
    const part = parts.get(view.source.name);
    // A snapshot that was made without the source says nothing of its users.
    materialized[view.name] = { written: 0, older: 0 };
    const key = keyOf(deployment, view.source);
    if (!part) await recordFreshness(tx, view, null, runId);
    else if (carried === "skip" && (await isOnlineAlready(tx, part))) {
      if (isOfOwnDate(part)) materialized[view.name]!.older = await countOlder(tx, key, view, part);
    } else {
      materialized[view.name] = await materializeView(tx, key, view, part);
      await recordFreshness(tx, view, part.eventDate, runId);
      await tx.query(`analyze ${quote(onlineTableName(view))}`);
    }
    onView(view.name);
  }
  return materialized;
}

async function materializeView(
  tx: Client,
  key: string,
  view: FeatureView,
  part: SnapshotPart,
): Promise<MaterializedRows> {
  const empty = await isEmpty(tx, view);
  const updated = empty ? 0 : await updateOnline(tx, key, view, part);
  const { rowCount } = await tx.query(insertOnline(key, view, part, empty));
  const written = updated + (rowCount ?? 0) + (await withdraw(tx, key, view, part));
  return { written, older: await countOlder(tx, key, view, part) };
}

/**
 * What is served already and would change: half of what an upsert takes, which looks up and locks each row by itself. By a merge
 * of both sides in key order, so that it meets no other writer crosswise.
 */
async function updateOnline(
  tx: Client,
  keyName: string,
  view: FeatureView,
  part: SnapshotPart,
): Promise<number> {
  const key = quote(keyName);
  const online = quote(onlineTableName(view));
  const values = ["as_of", ...view.features].map(quote);
  const served = comparedSide(online, "o", [key, "as_of"], values);
  const wide = isWide(values.length);
  const target = wide ? "t" : "o";
  await tx.query("set local enable_hashjoin = off; set local enable_nestloop = off");
  const { rowCount } = await tx.query(
    `update ${online} ${target} set ${values.map((column) => `${column} = v.${column}`).join(", ")}
     from ${quote(snapshotTableName(part.name))} v ${wide ? `join ${served.from} on o.${key} = v.${key}` : ""}
     where ${isOfPart("v", part)} and ${target}.${key} = v.${key} and v.as_of >= ${target}.as_of
       and ${served.row} is distinct from ${rowOf("v", values)}`,
  );
  await tx.query("set local enable_hashjoin to default; set local enable_nestloop to default");
  return rowCount ?? 0;
}

async function countOlder(tx: Client, key: string, view: FeatureView, part: SnapshotPart): Promise<number> {
  const online = quote(onlineTableName(view));
  // Most of the time nothing newer is served at all.
  const { rows } = await tx.query<{ older: number }>(
    `select case when exists (select 1 from ${online} where as_of > $1) then (
       select count(*)::int from ${online} o join ${quote(snapshotTableName(part.name))} v
         on v.${quote(key)} = o.${quote(key)} and ${isOfPart("v", part)} where o.as_of > $1
     ) else 0 end as older`,
    [part.eventDate],
  );
  return rows[0]!.older;
}

/** True where the view serves nothing, and no other transaction can write to it before this one ends. */
async function isEmpty(tx: Client, view: FeatureView): Promise<boolean> {
  const online = quote(onlineTableName(view));
  const look = async () =>
    (await tx.query(`select not exists (select 1 from ${online}) as empty`)).rows[0].empty;
  if (!(await look())) return false;
  await tx.query(`lock table ${online} in share row exclusive mode`);
  return look();
}

/**
 * What is not served yet, in key order: into an empty table without looking out for conflicts, half the time; else what was
 * pushed meanwhile of a user who was unknown a moment ago stays where it is newer.
 */
function insertOnline(key: string, view: FeatureView, part: SnapshotPart, empty: boolean): string {
  const online = quote(onlineTableName(view));
  const columns = [key, "as_of", ...view.features].map(quote);
  const values = columns.slice(1);
  const into = `insert into ${online} as online (${columns.join(", ")})
    select ${columns.map((column) => `v.${column}`).join(", ")} from ${quote(snapshotTableName(part.name))} v`;
  const ofSnapshot = isOfPart("v", part);
  const inOrder = `order by v.${quote(key)}`;
  if (empty) return `${into} where ${ofSnapshot} ${inOrder}`;
  return `${into} where ${ofSnapshot} and not exists (select 1 from ${online} o where o.${quote(key)} = v.${quote(key)})
    ${inOrder}
    on conflict (${quote(key)}) do update
      set ${values.map((column) => `${column} = excluded.${column}`).join(", ")}
    where excluded.as_of >= online.as_of and ${rowOf("online", values)} is distinct from ${rowOf("excluded", values)}`;
}

/**
 * A revision may leave users out that the former one had. What was served of them from that date is withdrawn,
 * and what held before it, if anything, is served again.
 */
async function withdraw(tx: Client, keyName: string, view: FeatureView, part: SnapshotPart): Promise<number> {
  const key = quote(keyName);
  const online = quote(onlineTableName(view));
  const snapshots = quote(snapshotTableName(part.name));
  const columns = [keyName, "as_of", ...view.features].map(quote);
  const withdrawn = await tx.query<{ key: string }>(
    `delete from ${online} o
     where (select revision > 1 from snapshots where id = $1) and o.as_of = $2 and not exists (
       select 1 from ${snapshots} v where ${isOfPart("v", part)} and v.${key} = o.${key})
     returning o.${key} as key`,
    [part.ownerId, part.eventDate],
  );
  if (withdrawn.rowCount === 0) return 0;
  await tx.query(
    `insert into ${online} (${columns.join(", ")})
     select ${columns.join(", ")} from ${newestRows(keyName, view)} held where ${key} = any($1) order by ${key}`,
    [withdrawn.rows.map((row) => row.key)],
  );
  return withdrawn.rowCount ?? 0;
}

/**
 * Whether the part is of another snapshot, and the run that delivered it put it online by these definitions: a daily delivery
 * does not read the rows of a monthly one again, nor a correction those of the files that it leaves as they are.
 */
async function isOnlineAlready(tx: Client, part: SnapshotPart): Promise<boolean> {
  if (part.ownerId === part.snapshotId) return false;
  const { rows } = await tx.query<{ online: boolean }>(
    `select exists (
       select 1 from snapshots owner join runs r on r.id = owner.run_id and r.status = 'SUCCEEDED'
       join snapshots s on s.id = $2 and s.definitions_sha256 = owner.definitions_sha256
       where owner.id = $1) as online`,
    [part.ownerId, part.snapshotId],
  );
  return rows[0]!.online;
}

/**
 * Newest are the extracts: values of a few users that were pushed do not make a view fresh, and neither does a snapshot that
 * carries its part on.
 * @param eventDate the date the part holds from; null where the snapshot has none
 */
async function recordFreshness(
  tx: Client,
  view: FeatureView,
  eventDate: string | null,
  runId: string,
): Promise<void> {
  await tx.query(
    `insert into online_views as known (view, materialized_at, newest_event_time, row_count, run_id)
     select $1, clock_timestamp(), case when count(*) > 0 then $3::date end, count(*)::int, $2
     from ${quote(onlineTableName(view))}
     on conflict (view) do update set materialized_at = excluded.materialized_at,
       newest_event_time = greatest(known.newest_event_time, excluded.newest_event_time),
       row_count = excluded.row_count, run_id = excluded.run_id`,
    [view.name, runId, eventDate],
  );
}
