import type { Pool } from "../../src/db/pool.js";
import { declaredColumns, insertParts } from "../../src/db/snapshots/snapshot-parts.js";
import type { Deployment } from "../../src/definitions/language/deployment.js";

/** What a publication writes of each source's part, for snapshots whose rows a test made by hand. */
export async function describeParts(
  pool: Pool,
  { sources }: Deployment,
  snapshotId: number,
  asOf: string,
): Promise<void> {
  const parts = sources.map((source) => ({
    name: source.name,
    ownerId: snapshotId,
    eventDate: asOf,
    columns: declaredColumns(source),
    rowCount: 0,
    contentSha256: "x",
    buckets: Buffer.alloc(0),
  }));
  await insertParts(pool, snapshotId, parts);
}
