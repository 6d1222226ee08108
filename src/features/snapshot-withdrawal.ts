import { type Client, quote } from "../db/pool.js";
import { findParts, type PartsByName } from "../db/snapshots/snapshot-parts.js";
import { liveTableName, onlineTableName, pushTableName, snapshotTableName } from "../db/tables/derived.js";
import type { Deployment, FeatureView, Source } from "../definitions/language/deployment.js";
import { ConflictError, SnapshotNotFoundError } from "../errors/errors.js";
import { SnapshotDroppedError } from "../errors/snapshot-dropped.js";
import { SnapshotWithdrawnError } from "../errors/snapshot-withdrawn.js";
import { isEffective } from "./effective-snapshots.js";
import { newestParts, newestRows } from "./newest-rows.js";
import { SnapshotStore } from "./snapshot-store.js";
import type { Snapshot } from "./types.js";

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
  const versions = await store.servedFrom(snapshot.id);
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
  const snapshot = await requireWithdrawable(new SnapshotStore(tx), asOf);
  const parts = (await findParts(tx, [snapshot.id])).get(snapshot.id)!;
  await tx.query(
    "insert into snapshot_withdrawals (snapshot_id, actor, reason, run_id) values ($1, $2, $3, $4)",
    [snapshot.id, actor, reason, runId],
  );
  const { key } = deployment.entity;
  const live: Withdrawn["live"] = {};
  for (const source of deployment.sources) {
    if (owns(parts, source, snapshot)) live[source.name] = await restoreLive(tx, key, source, asOf);
  }
  let pushes = 0;
  const online: Withdrawn["online"] = {};
  for (const view of deployment.views) {
    pushes += await releasePushes(tx, view, snapshot.id);
    if (owns(parts, view.source, snapshot)) online[view.name] = await restoreOnline(tx, key, view, asOf);
    await tx.query(SET_BACK_FRESHNESS, [view.name, view.source.name]);
  }
  return { asOf, revision: snapshot.revision, live, online, pushes };
}

/** A part that was carried on holds without this snapshot, too. */
const owns = (parts: PartsByName, source: Source, { id }: Snapshot): boolean =>
  parts.get(source.name)?.ownerId === id;

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
  return goBack(tx, keyName, quote(liveTableName(source)), asOf, columns, held);
}

function restoreOnline(tx: Client, keyName: string, view: FeatureView, asOf: string): Promise<WithdrawnRows> {
  const columns = [keyName, "as_of", ...view.features].map(quote).join(", ");
  const held = `(select * from ${newestRows(keyName, view)} h where h.${quote(keyName)} = any($1))`;
  return goBack(tx, keyName, quote(onlineTableName(view)), asOf, columns, held);
}

/** Rows of that date are taken out, and of their users what held before is put there. */
async function goBack(
  tx: Client,
  keyName: string,
  table: string,
  asOf: string,
  columns: string,
  held: string,
): Promise<WithdrawnRows> {
  const key = quote(keyName);
  const { rows } = await tx.query<{ key: string }>(
    `delete from ${table} where as_of = $1 returning ${key} as key`,
    [asOf],
  );
  const { rowCount } = await tx.query(
    `insert into ${table} (${columns}) select ${columns} from ${held} held order by ${key}`,
    [rows.map((row) => row.key)],
  );
  return { restored: rowCount ?? 0, removed: rows.length - (rowCount ?? 0) };
}

async function releasePushes(tx: Client, view: FeatureView, snapshotId: number): Promise<number> {
  const { rowCount } = await tx.query(
    `update ${quote(pushTableName(view))} set snapshot_id = null where snapshot_id = $1`,
    [snapshotId],
  );
  return rowCount ?? 0;
}

/** $1 view, $2 its source. */
const SET_BACK_FRESHNESS = `
  update online_views set newest_event_time = (
    select max(p.event_date) from snapshots s join snapshot_parts p on p.snapshot_id = s.id and p.name = $2
    where ${isEffective("s")} and p.event_date <= coalesce(newest_event_time, 'infinity'))
  where view = $1`;
