import { type Client, type Pool, withTransaction } from "../db/pool.js";
import { contentSha256V1 } from "../db/snapshots/content-hash-v1.js";
import { pushedView } from "../db/snapshots/pushes-hash.js";
import { findParts, type PartsByName, partRows, type SnapshotPart } from "../db/snapshots/snapshot-parts.js";
import { offlineEngine } from "./offline/registry.js";
import { SnapshotStore } from "./snapshot-store.js";
import type { Snapshot } from "./types.js";

export interface VerifiedPart {
  name: string;
  recorded: string;
  found: string;
  /** Rows have left it on purpose, so that it cannot be hashed again: until when it could, and what holds since. */
  limit?: { until: Date; since: string };
}

/**
 * Reads the rows of some parts of a snapshot again and hashes them by what the snapshot says of itself: in the second
 * edition each part, and in the first each of its views, where that is what the snapshot was published by.
 * @param keyOf the key's column of each part
 * @param names of sources, and `<view>:pushes`; all where null
 */
export async function verifySnapshot(
  pool: Pool,
  keyOf: (part: string) => string,
  snapshotId: number,
  names: readonly string[] | null,
): Promise<VerifiedPart[]> {
  const [snapshot] = await new SnapshotStore(pool).findByIds([snapshotId]);
  if (!snapshot) return [];
  const isAsked = (name: string) => names === null || names.includes(name);
  return withTransaction(pool, async (tx) => {
    await tx.query("set transaction isolation level repeatable read read only");
    const parts = (await findParts(tx, [snapshotId])).get(snapshotId)!;
    const verified: VerifiedPart[] = [];
    for (const part of parts.values()) {
      if (!isAsked(part.name)) continue;
      const { name, contentSha256: recorded } = part;
      const until = await releasedAt(tx, part);
      verified.push(
        until
          ? {
              name,
              recorded,
              found: recorded,
              limit: { until, since: "what was pushed waits for another snapshot" },
            }
          : { name, recorded, found: await offlineEngine().hash(tx, keyOf(name), part) },
      );
    }
    if (snapshot.hashVersion === 1)
      verified.push(...(await verifyFirstEdition(tx, keyOf, snapshot, parts, isAsked)));
    return verified;
  });
}

/** The views' hashes as they were published. Pushed values are identified by their part. */
async function verifyFirstEdition(
  tx: Client,
  keyOf: (part: string) => string,
  { views }: Snapshot,
  parts: PartsByName,
  isAsked: (name: string) => boolean,
): Promise<VerifiedPart[]> {
  const verified: VerifiedPart[] = [];
  for (const { name, source, columns, contentSha256 } of views) {
    const part = parts.get(source);
    if (!part || !isAsked(source) || pushedView(source) !== null) continue;
    if (part.erasedRows) {
      // Its hash needs every row.
      const limit = { until: await firstErasure(tx, part), since: "the second edition holds" };
      verified.push({
        ...{ name: `${name} (first edition)`, recorded: contentSha256, found: contentSha256 },
        limit,
      });
      continue;
    }
    const hashed = columns.map((column) => part.columns.find((each) => each.name === column)!);
    const found = await contentSha256V1(tx, { name, key: keyOf(source), columns: hashed }, partRows(part));
    verified.push({ name: `${name} (first edition)`, recorded: contentSha256, found });
  }
  return verified;
}

/** When the snapshot was withdrawn that the pushes were bound to; null of every other part. */
async function releasedAt(tx: Client, { ownerId, name }: SnapshotPart): Promise<Date | null> {
  if (pushedView(name) === null) return null;
  const { rows } = await tx.query<{ at: Date }>(
    "select at from snapshot_withdrawals where snapshot_id = $1",
    [ownerId],
  );
  return rows[0]?.at ?? null;
}

async function firstErasure(tx: Client, { ownerId, name }: SnapshotPart): Promise<Date> {
  const { rows } = await tx.query<{ at: Date }>(
    `select min(x.at) as at from erased_rows e join erasures x on x.id = e.erasure_id
     where e.owner_id = $1 and e.part = $2`,
    [ownerId, name],
  );
  return rows[0]!.at;
}
