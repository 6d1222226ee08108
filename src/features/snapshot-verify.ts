import { type Client, type Pool, withTransaction } from "../db/pool.js";
import { contentSha256V1 } from "../db/snapshots/content-hash-v1.js";
import { pushedView } from "../db/snapshots/pushes-hash.js";
import { findParts, type PartsByName, partRows } from "../db/snapshots/snapshot-parts.js";
import { offlineEngine } from "./offline/registry.js";
import { SnapshotStore } from "./snapshot-store.js";
import type { Snapshot } from "./types.js";

export interface VerifiedPart {
  name: string;
  recorded: string;
  found: string;
}

/**
 * Reads the rows of some parts of a snapshot again and hashes them by what the snapshot says of itself: in the second
 * edition each part, and in the first each of its views, where that is what the snapshot was published by.
 * @param names of sources, and `<view>:pushes`; all where null
 */
export async function verifySnapshot(
  pool: Pool,
  key: string,
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
      verified.push({
        name: part.name,
        recorded: part.contentSha256,
        found: await offlineEngine().hash(tx, key, part),
      });
    }
    if (snapshot.hashVersion === 1)
      verified.push(...(await verifyFirstEdition(tx, key, snapshot, parts, isAsked)));
    return verified;
  });
}

/** The views' hashes as they were published. Pushed values are identified by their part. */
async function verifyFirstEdition(
  tx: Client,
  key: string,
  { views }: Snapshot,
  parts: PartsByName,
  isAsked: (name: string) => boolean,
): Promise<VerifiedPart[]> {
  const verified: VerifiedPart[] = [];
  for (const { name, source, columns, contentSha256 } of views) {
    const part = parts.get(source);
    if (!part || !isAsked(source) || pushedView(source) !== null) continue;
    const hashed = columns.map((column) => part.columns.find((each) => each.name === column)!);
    const found = await contentSha256V1(tx, { name, key, columns: hashed }, partRows(part));
    verified.push({ name: `${name} (first edition)`, recorded: contentSha256, found });
  }
  return verified;
}
