import type { Pool } from "../db/pool.js";
import { quote } from "../db/pool.js";
import { partRows } from "../db/snapshots/snapshot-parts.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { camelCase, findService } from "../definitions/language/deployment.js";
import { keyOf } from "../definitions/language/entities.js";
import { ModelNotFoundError, SnapshotNotFoundError } from "../errors/errors.js";
import { requirePart, storedColumn } from "../features/pinned-columns.js";
import { requireUsable } from "../features/snapshot-rows.js";
import type { SnapshotStore } from "../features/snapshot-store.js";
import type { ModelVersion } from "../registry/model.js";
import { type RawLabel, widened } from "../training/tasks/classes.js";
import { readLabels, taskOf } from "../training/tasks/registry.js";
import type { ArmEvidence, CanaryArm } from "../values/canary.js";
import { type LiveMetricName, TASKS } from "../values/task.js";

export interface Window {
  since?: Date | null;
  until?: Date | null;
  /** Only what was answered in this canary, by this arm. */
  canary?: { id: number; arm: CanaryArm } | null;
}

/** How a version did, judged by labels that came later. Metrics are null where the labels cannot judge it, and of other tasks. */
export interface LiveMetrics extends Record<CamelCase<LiveMetricName>, number | null> {
  /** Logged predictions of the version in the window. */
  predictions: number;
  /** Users among them, each with the newest prediction. */
  users: number;
  /** Those whose label is known by now: what the metrics are of. */
  labelled: number;
  /** Null of tasks without a positive label. */
  positives: number | null;
}

type CamelCase<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;

interface Row {
  probability: number;
  /** Of several classes, of each. */
  probabilities: number[] | null;
  label: RawLabel | null;
  predictions: number;
}

/**
 * The version's logged predictions against the labels of a later snapshot, each user's newest counted once.
 * @param labelAsOf the date that has the labels; null: the newest that has any
 * @throws {SnapshotNotFoundError} no snapshot of that date
 * @throws {LabelsMissingError} no labels were delivered for it
 * @throws {SnapshotDroppedError} retention dropped its rows
 */
export async function liveMetrics(
  pool: Pool,
  deployment: Deployment,
  snapshots: SnapshotStore,
  version: ModelVersion,
  labelAsOf: string | null,
  window: Window,
): Promise<LiveMetrics> {
  return summarise(await judgedRows(pool, deployment, snapshots, version, labelAsOf, window), version);
}

/** One metric of them, and how far it may be off. @throws what `liveMetrics` throws */
export async function liveEstimate(
  pool: Pool,
  deployment: Deployment,
  snapshots: SnapshotStore,
  version: ModelVersion,
  labelAsOf: string | null,
  window: Window,
  metric: LiveMetricName,
): Promise<ArmEvidence> {
  const rows = await judgedRows(pool, deployment, snapshots, version, labelAsOf, window);
  const measure = (some: readonly Row[]): number | null =>
    new Map(Object.entries(summarise(some, version))).get(camelCase(metric)) ?? null;
  const labelled = rows.filter(({ label }) => label !== null);
  return {
    labelled: labelled.length,
    value: measure(labelled),
    error: () => standardError(labelled, measure),
  };
}

/** Parts of the rows that are left out, each once; and most rows that are looked at: the error of more follows from theirs. */
const PARTS = 20;
const ERROR_ROWS = 10_000;

/** By the delete-a-group jackknife: how the value moves as each twentieth of the rows is left out. Null where it has none then. */
export function standardError<T>(rows: readonly T[], measure: (rows: readonly T[]) => number | null) {
  const step = Math.ceil(rows.length / ERROR_ROWS);
  const some = rows.filter((_, place) => place % step === 0);
  const values = Array.from({ length: PARTS }, (_, part) =>
    measure(some.filter((_row, place) => place % PARTS !== part)),
  );
  const known = values.filter((value) => value !== null);
  if (known.length < PARTS || some.length < 2 * PARTS) return null;
  const mean = known.reduce((sum, value) => sum + value, 0) / PARTS;
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(((PARTS - 1) / PARTS) * squares * (some.length / rows.length));
}

async function judgedRows(
  pool: Pool,
  deployment: Deployment,
  snapshots: SnapshotStore,
  version: ModelVersion,
  labelAsOf: string | null,
  { since, until, canary }: Window,
): Promise<Row[]> {
  const service = findService(deployment, version.model);
  if (!service) throw new ModelNotFoundError(version.model);
  const snapshot = await (labelAsOf === null ? snapshots.newestLabelled(service) : snapshots.find(labelAsOf));
  if (!snapshot) throw new SnapshotNotFoundError(labelAsOf ?? "any date with labels");
  requireUsable(snapshot);
  const parts = (await snapshots.parts([snapshot.id])).get(snapshot.id)!;
  const of = { asOf: snapshot.asOf, parts };
  const label = await snapshots.requireLabel(service, of, "take the labels of another date");
  const { rows } = await pool.query<Row>(
    `select p.probability, p.class_probabilities as probabilities, l.${storedColumn(parts, label)} as label, p.predictions from (
       select distinct on (key) key, probability, class_probabilities, count(*) over ()::int as predictions from prediction_log
       where model = $1 and version = $2 and at >= coalesce($3::timestamptz, '-infinity') and at < coalesce($4::timestamptz, 'infinity')
         and ($5::int is null or canary = $5 and arm = $6)
       order by key, at desc
     ) p left join ${partRows(requirePart(parts, label.source))} l on l.${quote(keyOf(deployment, service.label.source))} = p.key`,
    [version.model, version.version, since ?? null, until ?? null, canary?.id ?? null, canary?.arm ?? null],
  );
  return rows;
}

function summarise(rows: readonly Row[], { signature, threshold }: ModelVersion): LiveMetrics {
  const task = taskOf(signature);
  const labelled = rows.filter(({ label }) => label !== null);
  const own = signature.classes;
  const raw = labelled.map(({ label }) => label!);
  const { labels, classes } = readLabels(task, raw, [own]);
  const said = Float64Array.from(
    labelled.flatMap(({ probability, probabilities }) => (own ? probabilities! : [probability])),
  );
  const answers = own ? widened(said, own, classes!) : said;
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
const LIVE_METRICS: readonly LiveMetricName[] = [
  ...new Set(TASKS.flatMap(({ live }): readonly LiveMetricName[] => live)),
];
