import QueryStream from "pg-query-stream";
import { type Pool, quote } from "../db/pool.js";
import { snapshotTableName } from "../db/tables/derived.js";
import type { ColumnValue } from "../definitions/language/column.js";
import { type Deployment, type FeatureService, featuresOf } from "../definitions/language/deployment.js";

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

/** Users with a label, and how many of them have a row in every view: only those are trained on. */
export async function countTrainingRows(
  pool: Pool,
  deployment: Deployment,
  service: FeatureService,
  pinned: PinnedSnapshots,
): Promise<{ labelled: number; usable: number }> {
  const { rows } = await pool.query<{ labelled: number; usable: number }>(
    `select (select count(*)::int from ${labelRelation(deployment, service)}) as labelled,
       (select count(*)::int from ${joined(deployment, service)}) as usable`,
    [pinned.features, pinned.label],
  );
  return rows[0]!;
}

/**
 * The training set of pinned snapshots, in key order, streamed. A user without a row in some view is left out:
 * `predict` would refuse it too. A user whose label is empty is left out.
 */
export async function* readTrainingRows(
  pool: Pool,
  deployment: Deployment,
  service: FeatureService,
  pinned: PinnedSnapshots,
): AsyncGenerator<TrainingRow, void, undefined> {
  const key = quote(deployment.entity.key);
  const columns = service.views.flatMap((view, index) =>
    view.features.map((feature) => `v${index}.${quote(feature)}`),
  );
  const width = featuresOf(service.views).length;
  const client = await pool.connect();
  const stream = client.query(
    new QueryStream(
      `select l.${key}, l.${quote(service.label.column)}, ${columns.join(", ")}
       from ${joined(deployment, service)} order by l.${key}`,
      [pinned.features, pinned.label],
      { batchSize: 2_000, rowMode: "array" },
    ),
  );
  try {
    for await (const row of stream as AsyncIterable<[string, boolean, ...ColumnValue[]]>) {
      yield { key: row[0], label: row[1], values: row.slice(2, 2 + width) as ColumnValue[] };
    }
  } finally {
    stream.destroy();
    client.release();
  }
}

function labelRelation(deployment: Deployment, { label }: FeatureService): string {
  return `(
    select ${quote(deployment.entity.key)}, ${quote(label.column)} from ${quote(snapshotTableName(label.source))}
    where snapshot_id = $2 and as_of = (select as_of from snapshots where id = $2)
      and ${quote(label.column)} is not null and $1::int is not null
  ) l`;
}

/** Labels joined with every view's rows, aliased l, v0, v1, … */
function joined(deployment: Deployment, service: FeatureService): string {
  const key = quote(deployment.entity.key);
  const views = service.views.map(
    (view, index) =>
      `join ${quote(snapshotTableName(view))} v${index} on v${index}.${key} = l.${key}
         and v${index}.snapshot_id = $1 and v${index}.as_of = (select as_of from snapshots where id = $1)`,
  );
  return `${labelRelation(deployment, service)} ${views.join(" ")}`;
}
