import { type Client, quote } from "../db/pool.js";
import { findParts, isOfPart, type SnapshotPart } from "../db/snapshots/snapshot-parts.js";
import { onlineTableName, snapshotTableName } from "../db/tables/derived.js";
import { comparedSide, rowOf } from "../db/wide-rows.js";
import type { Deployment, FeatureView } from "../definitions/language/deployment.js";
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
 * @returns per view what became of the snapshot's rows
 */
export async function materialize(
  tx: Client,
  deployment: Deployment,
  snapshotId: number,
  runId: string,
  onView: (name: string) => void = () => {},
): Promise<Record<string, MaterializedRows>> {
  // Rows that are gone would read as users that were left out, and be withdrawn.
  const tables = [...new Set(deployment.views.map(({ source }) => snapshotTableName(source.name)))];
  await holdRows(tx, tables, snapshotId);
  const parts = (await findParts(tx, [snapshotId])).get(snapshotId)!;
  const materialized: Record<string, MaterializedRows> = {};
  const { key } = deployment.entity;
  await tx.query("set local work_mem = '64MB'; set local default_statistics_target = 10");
  for (const view of deployment.views) {
    const part = parts.get(view.source.name);
    // A snapshot that was made without the source says nothing of its users.
    materialized[view.name] = part ? await materializeView(tx, key, view, part) : { written: 0, older: 0 };
    await tx.query(recordFreshness(view), [view.name, runId, snapshotId]);
    await tx.query(`analyze ${quote(onlineTableName(view))}`);
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
  const { rowCount } = await tx.query(insertOnline(key, view, part, await isEmpty(tx, view)));
  const written = (rowCount ?? 0) + (await withdraw(tx, key, view, part));
  return { written, older: await countOlder(tx, key, view, part) };
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
 * Into an empty table without looking out for conflicts: half the time. Else what would not change is left out before
 * the upsert, which would lock it; the rest comes in key order, so that it meets no other writer crosswise.
 */
function insertOnline(key: string, view: FeatureView, part: SnapshotPart, empty: boolean): string {
  const online = quote(onlineTableName(view));
  const columns = [key, "as_of", ...view.features].map(quote);
  const values = columns.slice(1);
  const served = comparedSide(online, "o", [quote(key), "as_of"], values);
  const into = `insert into ${online} as online (${columns.join(", ")})
    select ${columns.map((column) => `v.${column}`).join(", ")} from ${quote(snapshotTableName(part.name))} v`;
  const ofSnapshot = isOfPart("v", part);
  const inOrder = `order by v.${quote(key)}`;
  if (empty) return `${into} where ${ofSnapshot} ${inOrder}`;
  return `${into} left join ${served.from} on o.${quote(key)} = v.${quote(key)}
    where ${ofSnapshot} and (o.${quote(key)} is null
      or (v.as_of >= o.as_of and ${served.row} is distinct from ${rowOf("v", values)}))
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
    [part.snapshotId, part.eventDate],
  );
  if (withdrawn.rowCount === 0) return 0;
  await tx.query(
    `insert into ${online} (${columns.join(", ")})
     select ${columns.join(", ")} from ${newestRows(keyName, view)} held where ${key} = any($1) order by ${key}`,
    [withdrawn.rows.map((row) => row.key)],
  );
  return withdrawn.rowCount ?? 0;
}

/** Newest are the extracts: values of a few users that were pushed do not make a view fresh. */
function recordFreshness(view: FeatureView): string {
  return `
    insert into online_views as known (view, materialized_at, newest_event_time, row_count, run_id)
    select $1, clock_timestamp(), case when count(*) > 0 then (select as_of from snapshots where id = $3) end,
      count(*)::int, $2 from ${quote(onlineTableName(view))}
    on conflict (view) do update set materialized_at = excluded.materialized_at,
      newest_event_time = greatest(known.newest_event_time, excluded.newest_event_time),
      row_count = excluded.row_count, run_id = excluded.run_id`;
}
