import { type Client, literal, quote } from "../../db/pool.js";
import { contentHash } from "../../db/snapshots/content-hash.js";
import { declaredColumns } from "../../db/snapshots/snapshot-parts.js";
import { snapshotTableName } from "../../db/tables/derived.js";
import type { Deployment } from "../../definitions/language/deployment.js";
import { entityOf, entitySourceOf, keyOf } from "../../definitions/language/entities.js";
import { computedSources } from "../../definitions/language/windows/sources-of.js";
import type { ComputedSource } from "../../definitions/language/windows/window-columns.js";
import { requireEvents } from "../../features/windows/event-horizons.js";
import { knownEntities } from "../../features/windows/known-entities.js";
import { windowRowsSql } from "../../features/windows/window-sql.js";
import { preparedTable, stagingTable } from "../staging.js";
import { withNamedOverflow } from "./window-overflow.js";

/** A window view's rows as a part to be. */
export interface ComputedPart {
  /** The view's. */
  name: string;
  /** Its rows, in the staging schema, with their key: attached or copied by the publication. */
  table: string;
  rowCount: number;
  contentSha256: string;
  /** In base64. */
  buckets: string;
}

export interface WindowsRequest {
  runId: string;
  asOf: string;
  snapshotId: number;
  /** Sources whose rows of the date are staged by the run: of others the newest that were published hold. */
  staged: readonly string[];
}

/**
 * Within a publication, after its events: the rows of every window view as of the date, each by one statement.
 * @throws {EventsDroppedError} a window sees events that retention dropped
 */
export async function computeWindows(
  tx: Client,
  deployment: Deployment,
  request: WindowsRequest,
  onView: (name: string, rows: number) => void = () => {},
): Promise<ComputedPart[]> {
  const parts: ComputedPart[] = [];
  await requireEvents(tx, deployment, request.asOf);
  for (const [index, view] of computedSources(deployment).entries()) {
    const part = await computeView(tx, deployment, view, request, index);
    onView(`windows of ${view.name}`, part.rowCount);
    parts.push(part);
  }
  return parts;
}

async function computeView(
  tx: Client,
  deployment: Deployment,
  view: ComputedSource,
  { runId, asOf, snapshotId, staged }: WindowsRequest,
  index: number,
): Promise<ComputedPart> {
  const { name } = view;
  const key = keyOf(deployment, view);
  const entitySource = entitySourceOf(deployment, entityOf(deployment, view));
  const stagedEntities = staged.includes(entitySource.name) ? stagingTable(runId, entitySource) : null;
  const entities = await knownEntities(tx, deployment, view, asOf, stagedEntities);
  const table = preparedTable(runId, `${snapshotId}_w${index}`);
  const quoted = `staging.${quote(table)}`;
  const columns = [key, ...Object.keys(view.columns)].map(quote).join(", ");
  await tx.query(
    `create table ${quoted} (like ${quote(snapshotTableName(name))} including defaults,
       constraint of_one_date check (snapshot_id = ${Number(snapshotId)} and as_of = ${literal(asOf)}))
     with (autovacuum_enabled = false)`,
  );
  const query = { view, key, asOf, entities };
  const { rowCount } = await withNamedOverflow(tx, query, () =>
    tx.query(
      `insert into ${quoted} (snapshot_id, as_of, ${columns})
       select $1::integer, $2::date, ${columns} from (${windowRowsSql(query)}) computed`,
      [snapshotId, asOf],
    ),
  );
  await tx.query(`alter table ${quoted} add primary key (snapshot_id, ${quote(key)}, as_of)`);
  await tx.query(`analyze ${quoted}`);
  const { sha256, buckets } = await contentHash(tx, { name, key, columns: declaredColumns(view) }, quoted);
  return {
    ...{ name, table, rowCount: rowCount ?? 0 },
    ...{ contentSha256: sha256, buckets: buckets.toString("base64") },
  };
}
