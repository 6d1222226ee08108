import { type Client, quote } from "../db/pool.js";
import { findParts } from "../db/snapshots/snapshot-parts.js";
import { liveTableName, onlineTableName, pushTableName, snapshotTableName } from "../db/tables/derived.js";
import type { Deployment, FeatureView, Source } from "../definitions/language/deployment.js";
import { keyOf } from "../definitions/language/entities.js";
import { stateSources } from "../definitions/language/windows/sources-of.js";
import { ConflictError, SnapshotNotFoundError } from "../errors/errors.js";
import { SnapshotDroppedError } from "../errors/snapshot-dropped.js";
import { SnapshotWithdrawnError } from "../errors/snapshot-withdrawn.js";
import { carryOnAgain } from "./carried-parts.js";
import { isEffective } from "./effective-snapshots.js";
import { newestParts, newestRows } from "./newest-rows.js";
import { SnapshotStore } from "./snapshot-store.js";
import type { RevisionKey, Snapshot } from "./types.js";

/** Rows that went back to what held before, or, where nothing did, went. */
export interface WithdrawnRows {
  restored: number;
  removed: number;
}

export interface Withdrawn {
  asOf: string;
  revision: number;
  live: Record<string, WithdrawnRows>;
  online: Record<string, WithdrawnRows>;
  /** Pushed rows that wait for the next snapshot again. */
  pushes: number;
  /** Dates that carry on from now what holds without it: each has its next revision. */
  revised: RevisionKey[];
}

/**
 * The newest revision of the date, if it may be withdrawn.
 * @throws {SnapshotNotFoundError} no snapshot of that date
 * @throws {SnapshotWithdrawnError} every revision of the date is withdrawn already
 * @throws {SnapshotDroppedError} retention dropped its rows
 * @throws {ConflictError} a Production or Staging version was trained from it
 */
export async function requireWithdrawable(store: SnapshotStore, asOf: string): Promise<Snapshot> {
  const snapshot = await store.find(asOf);
  if (!snapshot) throw new SnapshotNotFoundError(asOf);
  if (snapshot.state === "WITHDRAWN") throw new SnapshotWithdrawnError(asOf, snapshot.revision);
  if (!snapshot.rowsAvailable) throw new SnapshotDroppedError(asOf, snapshot.revision);
  const versions = await store.servedFrom(await store.ofOneDelivery(snapshot));
  if (versions.length === 0) return snapshot;
  const names = versions
    .map(({ model, version, stage }) => `${model} version ${version} (${stage})`)
    .join(", ");
  throw new ConflictError(
    `snapshot ${asOf}, revision ${snapshot.revision}, cannot be withdrawn: trained from it: ${names}; promote another version, or archive it, first`,
    { asOf, revision: snapshot.revision, versions },
  );
}

/**
 * Within the caller's transaction: the newest revision of the date is on record as withdrawn; live and online values
 * that came from it go back to what they would have been without it. No publication and no promotion comes between.
 * @throws what `requireWithdrawable` throws
 */
export async function withdrawSnapshot(
  tx: Client,
  deployment: Deployment,
  { asOf, reason, actor, runId }: { asOf: string; reason: string; actor: string; runId: string },
): Promise<Withdrawn> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('asof_publish', 0))");
  await tx.query(
    "select pg_advisory_xact_lock_shared(hashtextextended('asof_promotion ' || name, 0)) from models order by name",
  );
  const store = new SnapshotStore(tx);
  const snapshot = await requireWithdrawable(store, asOf);
  const ids = await store.ofOneDelivery(snapshot);
  const parts = (await findParts(tx, [snapshot.id])).get(snapshot.id)!;
  const { rows } = await tx.query<{ at: string }>(WITHDRAW, [ids, actor, reason, runId]);
  const revised = await carryOnAgain(tx, deployment, asOf, rows[0]!.at);
  // A part that was carried on holds without this snapshot, too.
  const owns = ({ name }: Source) => ids.includes(parts.get(name)?.ownerId ?? -1);
  const live: Withdrawn["live"] = {};
  for (const source of stateSources(deployment)) {
    if (owns(source)) live[source.name] = await restoreLive(tx, keyOf(deployment, source), source, asOf);
  }
  let pushes = 0;
  const online: Withdrawn["online"] = {};
  for (const view of deployment.views) {
    pushes += await releasePushes(tx, view, ids);
    if (owns(view.source))
      online[view.name] = await restoreOnline(tx, keyOf(deployment, view.source), view, asOf);
    await tx.query(SET_BACK_FRESHNESS, [view.name, view.source.name]);
  }
  return { asOf, revision: snapshot.revision, live, online, pushes, revised };
}

/**
 * $1 snapshots, $2 actor, $3 reason, $4 run. What is made for want of them is known from that very instant: in milliseconds, as
 * those who ask name it.
 */
const WITHDRAW = `
  insert into snapshot_withdrawals (snapshot_id, actor, reason, run_id, at)
  select unnest($1::int[]), $2, $3, $4,
    date_trunc('milliseconds', greatest(clock_timestamp(), (select max(created_at) from snapshots) + interval '1 millisecond'))
  returning at::text as at`;

async function restoreLive(
  tx: Client,
  keyName: string,
  source: Source,
  asOf: string,
): Promise<WithdrawnRows> {
  const columns = [keyName, ...Object.keys(source.columns), "as_of"].map(quote).join(", ");
  const key = quote(keyName);
  const held = `(select distinct on (v.${key}) v.* from ${quote(snapshotTableName(source.name))} v
    join (${newestParts(source)}) part on part.event_date = v.as_of and part.owner_id = v.snapshot_id
    where v.${key} = any($1) order by v.${key}, v.as_of desc)`;
  return goBack(tx, keyName, source, quote(liveTableName(source)), asOf, columns, held);
}

function restoreOnline(tx: Client, keyName: string, view: FeatureView, asOf: string): Promise<WithdrawnRows> {
  const columns = [keyName, "as_of", ...view.features].map(quote).join(", ");
  const held = `(select * from ${newestRows(keyName, view)} h where h.${quote(keyName)} = any($1))`;
  return goBack(tx, keyName, view.source, quote(onlineTableName(view)), asOf, columns, held);
}

/**
 * Rows of that date are taken out, and of their users what held before is put there. An earlier revision of the date, which holds
 * again, may have users that the withdrawn one left out: they are put there, too.
 */
async function goBack(
  tx: Client,
  keyName: string,
  source: Source,
  table: string,
  asOf: string,
  columns: string,
  held: string,
): Promise<WithdrawnRows> {
  const key = quote(keyName);
  const { rows } = await tx.query<{ key: string }>(
    `with again as (
       select v.${key} as key from ${quote(snapshotTableName(source.name))} v
       join (${newestParts(source)}) part on part.event_date = v.as_of and part.owner_id = v.snapshot_id
       where v.as_of = $1
     ), gone as (
       delete from ${table} t
       where t.as_of = $1 or (t.as_of < $1 and t.${key} in (select key from again))
       returning t.${key} as key
     )
     select key from gone union
     select key from again where not exists (select 1 from ${table} t where t.${key} = again.key and t.as_of > $1)`,
    [asOf],
  );
  const { rowCount } = await tx.query(
    `insert into ${table} (${columns}) select ${columns} from ${held} held order by ${key}`,
    [rows.map((row) => row.key)],
  );
  return { restored: rowCount ?? 0, removed: rows.length - (rowCount ?? 0) };
}

async function releasePushes(tx: Client, view: FeatureView, snapshotIds: readonly number[]): Promise<number> {
  const { rowCount } = await tx.query(
    `update ${quote(pushTableName(view))} set snapshot_id = null where snapshot_id = any($1)`,
    [snapshotIds],
  );
  return rowCount ?? 0;
}

/** $1 view, $2 its source. */
const SET_BACK_FRESHNESS = `
  update online_views set newest_event_time = (
    select max(p.event_date) from snapshots s
    join snapshot_parts p on p.snapshot_id = s.id and p.event_date = s.as_of and p.name = $2
    where ${isEffective("s")} and p.event_date <= coalesce(newest_event_time, 'infinity'))
  where view = $1`;
