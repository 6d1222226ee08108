import type { Client } from "../db/pool.js";
import { quote } from "../db/pool.js";
import { hashPushes, pushesPart } from "../db/snapshots/pushes-hash.js";
import type { MadePart } from "../db/snapshots/snapshot-parts.js";
import { pushTableName } from "../db/tables/derived.js";
import { columnOf } from "../definitions/language/column-of.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { keyOf } from "../definitions/language/entities.js";

/**
 * Within a publication, before its snapshot is in the catalogue: binds to it what was pushed of dates up to its own and
 * is bound to none. From its commit on the point-in-time join knows them, at their own dates.
 * @returns a part for each view that has any
 */
export async function bindPushes(
  tx: Client,
  deployment: Deployment,
  snapshotId: number,
  asOf: string,
): Promise<MadePart[]> {
  const parts: MadePart[] = [];
  for (const view of deployment.views) {
    const { rowCount } = await tx.query(
      `update ${quote(pushTableName(view))} set snapshot_id = $1 where snapshot_id is null and as_of <= $2`,
      [snapshotId, asOf],
    );
    if (!rowCount) continue;
    const columns = view.features.map((name) => ({
      name,
      type: columnOf(view, name).type,
      stored: name,
    }));
    const { sha256, buckets } = await hashPushes(
      tx,
      keyOf(deployment, view.source),
      view.name,
      columns,
      snapshotId,
    );
    const name = pushesPart(view.name);
    parts.push({
      name,
      ownerId: snapshotId,
      eventDate: asOf,
      columns,
      rowCount,
      contentSha256: sha256,
      buckets,
    });
  }
  return parts;
}
