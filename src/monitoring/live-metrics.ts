import type { Pool } from "../db/pool.js";
import { quote } from "../db/pool.js";
import { partRows } from "../db/snapshots/snapshot-parts.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { camelCase, findService } from "../definitions/language/deployment.js";
import { ModelNotFoundError, SnapshotNotFoundError } from "../errors/errors.js";
import { UndeclaredFeaturesError } from "../errors/undeclared-features.js";
import { declaredLabel, pinColumns, requirePart, storedColumn } from "../features/pinned-columns.js";
import { requireUsable } from "../features/snapshot-rows.js";
import type { SnapshotStore } from "../features/snapshot-store.js";
import type { ModelVersion } from "../registry/model.js";
import { taskOf } from "../training/tasks/registry.js";
import type { Task } from "../training/tasks/task.js";
import { type LiveMetricName, TASKS } from "../values/task.js";

export interface Window {
  since?: Date | null;
  until?: Date | null;
}

/** How a version did, judged by labels that came later. Metrics are null where the labels cannot judge it, and of other tasks. */
export interface LiveMetrics extends Record<CamelCase<LiveMetricName>, number | null> {
  /** Logged predictions of the version in the window. */
  predictions: number;
  /** Users among them, each with the newest prediction. */
  users: number;
  /** Those whose label is known by now: what the metrics are of. */
  labelled: number;
  positives: number;
}

type CamelCase<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;

interface Row {
  probability: number;
  label: boolean | number | null;
  predictions: number;
}

/**
 * The version's logged predictions against the labels of a later snapshot, each user's newest counted once.
 * @param labelAsOf the date that has the labels; null: the newest
 * @throws {SnapshotNotFoundError} no snapshot of that date
 * @throws {SnapshotDroppedError} retention dropped its rows
 */
export async function liveMetrics(
  pool: Pool,
  deployment: Deployment,
  snapshots: SnapshotStore,
  version: ModelVersion,
  labelAsOf: string | null,
  { since, until }: Window,
): Promise<LiveMetrics> {
  const service = findService(deployment, version.model);
  if (!service) throw new ModelNotFoundError(version.model);
  const snapshot = await (labelAsOf === null ? snapshots.newest() : snapshots.find(labelAsOf));
  if (!snapshot) throw new SnapshotNotFoundError(labelAsOf ?? "any date");
  requireUsable(snapshot);
  const parts = (await snapshots.parts([snapshot.id])).get(snapshot.id)!;
  const { pinned, undeclared } = pinColumns(parts, [declaredLabel(service)]);
  if (undeclared.length > 0)
    throw new UndeclaredFeaturesError(snapshot.asOf, undeclared, "take the labels of another date");
  const [label] = pinned as [(typeof pinned)[0]];
  const { rows } = await pool.query<Row>(
    `select p.probability, l.${storedColumn(parts, label)} as label, p.predictions from (
       select distinct on (user_id) user_id, probability, count(*) over ()::int as predictions from prediction_log
       where model = $1 and version = $2 and at >= coalesce($3::timestamptz, '-infinity') and at < coalesce($4::timestamptz, 'infinity')
       order by user_id, at desc
     ) p left join ${partRows(requirePart(parts, label.source))} l on l.${quote(deployment.entity.key)} = p.user_id`,
    [version.model, version.version, since ?? null, until ?? null],
  );
  return summarise(rows, taskOf(version.signature), version.threshold);
}

function summarise(rows: readonly Row[], task: Task, threshold: number): LiveMetrics {
  const labelled = rows.filter(({ label }) => label !== null);
  const labels = task.labelArray.from(labelled.map(({ label }) => Number(label)));
  const answers = Float64Array.from(labelled, ({ probability }) => probability);
  const judged = task.canJudge(labels) ? task.evaluate(labels, answers, threshold).metrics : {};
  const measured = LIVE_METRICS.map((name) => [camelCase(name), judged[name] ?? null]);
  return {
    predictions: rows[0]?.predictions ?? 0,
    users: rows.length,
    labelled: labelled.length,
    ...task.counts(labels),
    ...(Object.fromEntries(measured) as Record<CamelCase<LiveMetricName>, number | null>),
  };
}

/** Of all tasks. */
const LIVE_METRICS: readonly LiveMetricName[] = TASKS.flatMap(({ live }) => live);
