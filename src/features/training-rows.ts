import { to as copyTo } from "pg-copy-streams";
import { type BinaryType, binaryRows } from "../db/binary-copy.js";
import { type Pool, quote } from "../db/pool.js";
import { snapshotTableName } from "../db/tables/derived.js";
import type { ColumnValue } from "../definitions/language/column.js";
import type { Deployment, FeatureService, FeatureView } from "../definitions/language/deployment.js";

/** Which snapshots a training set is read from: ids, so that later revisions change nothing. */
export interface PinnedSnapshots {
  features: number;
  label: number;
}

export interface TrainingRow {
  key: string;
  /** In the service's feature order. */
  values: ColumnValue[];
  label: boolean;
}

/** Users with a label: those who have a row in every view, too, are trained on. */
export async function countLabelled(
  pool: Pool,
  deployment: Deployment,
  service: FeatureService,
  pinned: PinnedSnapshots,
): Promise<number> {
  const relation = labelRelation(deployment, service, pinned);
  const { rows } = await pool.query<{ labelled: number }>(
    `select count(*)::int as labelled from ${relation}`,
  );
  return rows[0]!.labelled;
}

/** As `readTrainingBatches`, row by row. */
export async function* readTrainingRows(
  pool: Pool,
  deployment: Deployment,
  service: FeatureService,
  pinned: PinnedSnapshots,
): AsyncGenerator<TrainingRow, void, undefined> {
  for await (const batch of readTrainingBatches(pool, deployment, service, pinned)) yield* batch;
}

/**
 * The training set of pinned snapshots, in key order, streamed. A user without a row in some view is left out:
 * `predict` would refuse it too. A user whose label is empty is left out.
 */
export async function* readTrainingBatches(
  pool: Pool,
  deployment: Deployment,
  service: FeatureService,
  pinned: PinnedSnapshots,
): AsyncGenerator<TrainingRow[], void, undefined> {
  const key = quote(deployment.entity.key);
  const features = service.views.flatMap((view, index) =>
    view.features.map((feature) => ({ name: `v${index}.${quote(feature)}`, type: typeOf(view, feature) })),
  );
  const columns = features.map(({ name, type }) => `${name}::${type}`);
  const query = `select l.${key}::text, l.${quote(service.label.column)}, ${columns.join(", ")}
    from ${joined(deployment, service, pinned)} order by l.${key}`;
  const types: BinaryType[] = ["text", "bool", ...features.map(({ type }) => type)];
  const client = await pool.connect();
  let isDone = false;
  try {
    const stream = client.query(copyTo(`copy (${query}) to stdout with (format binary)`));
    for await (const batch of binaryRows(stream, types)) {
      yield batch.map((row) => ({ key: row[0] as string, label: row[1] as boolean, values: row.slice(2) }));
    }
    isDone = true;
  } finally {
    // Left early, the connection is in the middle of the copy.
    client.release(!isDone);
  }
}

/** What a feature is read as: whole numbers are exact in a float8. */
function typeOf({ source }: FeatureView, feature: string): BinaryType {
  const { type } = source.columns[feature]!;
  if (type === "bool") return "bool";
  return type === "int" || type === "float" ? "float8" : "text";
}

/** COPY takes no parameters, so ids are written into the statement. */
function labelRelation(deployment: Deployment, { label }: FeatureService, pinned: PinnedSnapshots): string {
  const id = Number(pinned.label);
  return `(
    select ${quote(deployment.entity.key)}, ${quote(label.column)} from ${quote(snapshotTableName(label.source))}
    where snapshot_id = ${id} and as_of = (select as_of from snapshots where id = ${id})
      and ${quote(label.column)} is not null
  ) l`;
}

/** Labels joined with every view's rows, aliased l, v0, v1, … */
function joined(deployment: Deployment, service: FeatureService, pinned: PinnedSnapshots): string {
  const id = Number(pinned.features);
  const key = quote(deployment.entity.key);
  const views = service.views.map(
    (view, index) =>
      `join ${quote(snapshotTableName(view))} v${index} on v${index}.${key} = l.${key}
         and v${index}.snapshot_id = ${id} and v${index}.as_of = (select as_of from snapshots where id = ${id})`,
  );
  return `${labelRelation(deployment, service, pinned)} ${views.join(" ")}`;
}
