import { type Client, type Pool, withTransaction } from "../../db/pool.js";
import { overallSha256 } from "../../db/snapshots/content-hash.js";
import { extractParts } from "../../db/snapshots/pushes-hash.js";
import { findParts, type MadePart, type SnapshotPart } from "../../db/snapshots/snapshot-parts.js";
import { type Deployment, labelSources } from "../../definitions/language/deployment.js";
import { stateSources } from "../../definitions/language/windows/sources-of.js";
import { SnapshotNotFoundError } from "../../errors/errors.js";
import { isEffective } from "../../features/effective-snapshots.js";
import { SnapshotStore } from "../../features/snapshot-store.js";
import type { Snapshot } from "../../features/types.js";
import { lateEvents, recordWindows } from "../../features/windows/late-events.js";
import type { TableCounts } from "../live-rows.js";
import { revisionsOf } from "../newest-revision.js";
import { insertSnapshot, type Published } from "../publish.js";
import { computeWindows } from "./compute-windows.js";

export interface WindowsPublication {
  runId: string;
  asOf: string;
  definitionsSha256: string;
  /** Whether a date that has no snapshot gets one, of the states that held then. */
  create: boolean;
}

/**
 * Within the caller's transaction: computes the windows of a date again by what is known now, and makes its next revision of them and
 * of the parts that the date has, unless nothing changed.
 * @throws {SnapshotNotFoundError} the date has no snapshot that holds, and none is to be made
 */
export async function publishWindows(
  tx: Client,
  deployment: Deployment,
  { runId, asOf, definitionsSha256, create }: WindowsPublication,
): Promise<Published> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('asof_publish', 0))");
  await tx.query("set local work_mem = '64MB'; set local maintenance_work_mem = '256MB'");
  const { revision, newest } = await revisionsOf(tx, asOf);
  if (!newest && !create) throw new SnapshotNotFoundError(asOf);
  const { rows } = await tx.query<{ id: number }>(
    "select nextval(pg_get_serial_sequence('snapshots', 'id'))::int as id",
  );
  const snapshotId = rows[0]!.id;
  const computed = await computeWindows(tx, deployment, { runId, asOf, snapshotId, staged: [] });
  const states = newest ? stateParts(deployment, newest.parts) : await heldParts(tx, deployment, asOf);
  const parts = [...states, ...computed];
  const tables: Record<string, TableCounts> = {};
  if (newest && overallSha256(extractParts([...newest.parts.values()])) === overallSha256(parts)) {
    await recordWindows(tx, deployment, newest.id, runId);
    // A run that was killed once it had made the revision finds it when it is repeated.
    const newSnapshot = newest.runId === runId;
    const { id, revision } = newest;
    return { tables, snapshotId: id, revision, newSnapshot, carried: [], revised: [] };
  }
  const files = newest ? (await new SnapshotStore(tx).findByIds([newest.id]))[0]!.sources : [];
  await insertSnapshot(tx, deployment, {
    ...{ runId, asOf, definitionsSha256, files, revision: revision + 1, parts: computed },
    carried: await withBuckets(tx, states),
    former: newest?.parts ?? new Map(),
    prepared: { snapshotId, tables: new Map(computed.map(({ name, table }) => [name, table])) },
  });
  return { tables, snapshotId, revision: revision + 1, newSnapshot: true, carried: [], revised: [] };
}

const stateParts = (deployment: Deployment, parts: ReadonlyMap<string, SnapshotPart>): SnapshotPart[] =>
  stateSources(deployment).flatMap(({ name }) => parts.get(name) ?? []);

/** What held on a date that has no snapshot: the states of the newest one before it. A label of another date is none of this one. */
async function heldParts(tx: Client, deployment: Deployment, asOf: string): Promise<SnapshotPart[]> {
  const { rows } = await tx.query<{ id: number }>(
    `select id from snapshots s where as_of < $1 and ${isEffective("s")} order by as_of desc, revision desc limit 1`,
    [asOf],
  );
  const before = rows[0];
  if (!before) return [];
  const labels = labelSources(deployment).map(({ name }) => name);
  const parts = (await findParts(tx, [before.id])).get(before.id)!;
  return stateParts(deployment, parts).filter(({ name }) => !labels.includes(name));
}

async function withBuckets(tx: Client, parts: readonly SnapshotPart[]): Promise<MadePart[]> {
  const made: MadePart[] = [];
  for (const { snapshotId, ...part } of parts) {
    const { rows } = await tx.query<{ buckets: Buffer }>(
      "select buckets from snapshot_parts where snapshot_id = $1 and name = $2",
      [snapshotId, part.name],
    );
    made.push({ ...part, buckets: rows[0]!.buckets });
  }
  return made;
}

/** Whether the date has a snapshot that no late event changes, and that another run made. */
export async function isCurrent(
  pool: Pool,
  deployment: Deployment,
  { runId, asOf }: Pick<WindowsPublication, "runId" | "asOf">,
): Promise<boolean> {
  return withTransaction(pool, async (tx) => {
    const { newest } = await revisionsOf(tx, asOf);
    if (!newest || newest.runId === runId || !hasWindows(deployment, newest.parts)) return false;
    return (await lateEvents(tx, deployment, [newest.id])).get(newest.id) === 0;
  });
}

const hasWindows = ({ views }: Deployment, parts: ReadonlyMap<string, SnapshotPart>): boolean =>
  views.every(({ source }) => !source.computedFrom || parts.has(source.name));

/** @throws {SnapshotNotFoundError} the date has none */
export async function requireSnapshot(store: SnapshotStore, asOf: string): Promise<Snapshot> {
  const snapshot = await store.find(asOf);
  if (!snapshot) throw new SnapshotNotFoundError(asOf);
  return snapshot;
}
