import { type Pool, quote, withTransaction } from "../db/pool.js";
import { snapshotTableName } from "../db/tables/derived.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { contentSha256, snapshotParts } from "./snapshot-content.js";
import { SnapshotStore } from "./snapshot-store.js";

export interface VerifiedPart {
  name: string;
  recorded: string;
  found: string;
}

/**
 * Reads the rows of some parts of a snapshot again and hashes them as they were hashed when it was published.
 * @param names views and label sources
 */
export async function verifySnapshot(
  pool: Pool,
  deployment: Deployment,
  snapshotId: number,
  names: readonly string[],
): Promise<VerifiedPart[]> {
  const [snapshot] = await new SnapshotStore(pool).findByIds([snapshotId]);
  const parts = snapshotParts(deployment).filter(({ name }) => names.includes(name));
  return withTransaction(pool, async (tx) => {
    await tx.query("set transaction isolation level repeatable read read only");
    const verified: VerifiedPart[] = [];
    for (const part of parts) {
      const recorded = snapshot?.views.find(({ name }) => name === part.name)?.contentSha256;
      if (!recorded) continue;
      const relation = `(select * from ${quote(snapshotTableName(part))}
        where snapshot_id = ${Number(snapshotId)} and as_of = '${snapshot!.asOf}')`;
      const found = await contentSha256(tx, deployment.entity.key, part, relation);
      verified.push({ name: part.name, recorded, found });
    }
    return verified;
  });
}
