import { type Client, type Queryable, quote } from "../db/pool.js";
import { SnapshotDroppedError } from "../errors/snapshot-dropped.js";
import { SnapshotWithdrawnError } from "../errors/snapshot-withdrawn.js";
import type { Snapshot } from "./types.js";

/**
 * For whatever is made of a snapshot from now on.
 * @throws {SnapshotDroppedError} retention dropped its rows
 * @throws {SnapshotWithdrawnError} it was withdrawn
 */
export function requireUsable(snapshot: Snapshot): Snapshot {
  const { state, asOf, revision } = snapshot;
  if (state === "DROPPED") throw new SnapshotDroppedError(asOf, revision);
  if (state === "WITHDRAWN") throw new SnapshotWithdrawnError(asOf, revision);
  return snapshot;
}

/**
 * Asked after rows were read, it says that all of them were there: what is dropped never comes back under its id.
 * @throws {SnapshotDroppedError} retention dropped the rows of one of these snapshots
 */
export async function requireRows(db: Queryable, ids: readonly number[]): Promise<void> {
  const { rows } = await db.query<{ asOf: string; revision: number }>(
    `select as_of as "asOf", revision from snapshots where id = any($1)
       and exists (select 1 from snapshot_drops d where d.snapshot_id = snapshots.id)
     order by as_of, revision limit 1`,
    [ids],
  );
  if (rows[0]) throw new SnapshotDroppedError(rows[0].asOf, rows[0].revision);
}

/**
 * As `keepPartitions`, of snapshots whose rows are there.
 * @throws {SnapshotDroppedError} they are gone already
 */
export async function holdRows(
  tx: Client,
  tables: readonly string[],
  snapshotIds: readonly number[],
): Promise<void> {
  await keepPartitions(tx, tables);
  await requireRows(tx, snapshotIds);
}

/**
 * To the end of the caller's transaction no partition of these tables can be dropped. Where it reads repeatably this comes
 * before its first query: the lock takes no snapshot of the data, and waits for who drops. It is of the tables alone, which
 * is where a drop begins: of a lock for each partition the server would run out.
 */
export async function keepPartitions(tx: Client, tables: readonly string[]): Promise<void> {
  const only = tables.map((table) => `only ${quote(table)}`).join(", ");
  await tx.query(`lock table ${only} in access share mode`);
}
