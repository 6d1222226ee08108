import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { to as copyTo } from "pg-copy-streams";
import { type Client, quote } from "../db/pool.js";
import { pushTableName } from "../db/tables/derived.js";
import type { Deployment, FeatureView } from "../definitions/language/deployment.js";
import type { SnapshotView } from "./types.js";

/** What a snapshot's catalogue entry calls the pushed rows of a view; no view can be named so. */
const partName = (view: FeatureView): string => `${view.name}:pushes`;

/** The parts that the extract's files made. */
export const extractParts = <Part extends { name: string }>(parts: readonly Part[]): Part[] =>
  parts.filter(({ name }) => !name.includes(":"));

/**
 * Within a publication, before its snapshot is in the catalogue: binds to it what was pushed of dates up to its own and
 * is bound to none. From its commit on the point-in-time join knows them, at their own dates.
 * @returns a part for each view that has any
 */
export async function bindPushes(
  tx: Client,
  { entity, views }: Deployment,
  snapshotId: number,
  asOf: string,
): Promise<SnapshotView[]> {
  const parts: SnapshotView[] = [];
  for (const view of views) {
    const { rowCount } = await tx.query(
      `update ${quote(pushTableName(view))} set snapshot_id = $1 where snapshot_id is null and as_of <= $2`,
      [snapshotId, asOf],
    );
    if (!rowCount) continue;
    const contentSha256 = await pushesSha256(tx, entity.key, view, snapshotId);
    parts.push({ name: partName(view), rowCount, contentSha256 });
  }
  return parts;
}

/** As `contentSha256` of an extract's part, in the order of users, dates and pushes; who pushed and when is not content. */
async function pushesSha256(
  tx: Client,
  keyName: string,
  view: FeatureView,
  snapshotId: number,
): Promise<string> {
  const hash = createHash("sha256");
  const types = view.features.map((name) => `${name}:${view.source.columns[name]!.type}`);
  hash.update(`${partName(view)}\t${keyName}\tas_of:date\t${types.join("\t")}\n`);
  const columns = [keyName, "as_of", ...view.features].map(quote).join(", ");
  const rows = `select ${columns} from ${quote(pushTableName(view))} where snapshot_id = ${Number(snapshotId)}
    order by ${quote(keyName)} collate "C", as_of, push_id`;
  await pipeline(tx.query(copyTo(`copy (${rows}) to stdout`)), async (chunks) => {
    for await (const chunk of chunks) hash.update(chunk as Buffer);
  });
  return hash.digest("hex");
}
