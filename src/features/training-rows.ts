import type { Pool, Queryable } from "../db/pool.js";
import { findParts } from "../db/snapshots/snapshot-parts.js";
import type { Deployment, FeatureService } from "../definitions/language/deployment.js";
import { entityOfService } from "../definitions/language/entities.js";
import { SnapshotNotFoundError } from "../errors/errors.js";
import { ExpiredPartsError } from "../errors/expired-parts.js";
import { UndeclaredFeaturesError } from "../errors/undeclared-features.js";
import { readPlan } from "./derived-columns.js";
import { requireLabel } from "./labelled-dates.js";
import type { TrainingRow } from "./offline/offline-engine.js";
import { offlineEngine } from "./offline/registry.js";
import {
  declaredFeatures,
  expiredParts,
  type PinnedColumn,
  type PinnedFeature,
  pinFeatureColumns,
  pinWeight,
} from "./pinned-columns.js";
import { sourcePath } from "./source-paths.js";

/** Which snapshots a training set is read from: ids, so that later revisions change nothing. */
export interface PinnedSnapshots {
  features: number;
  label: number;
}

/** Which of their columns, as the snapshots describe themselves: later definitions change nothing. */
export interface TrainingColumns {
  features: readonly PinnedFeature[];
  label: PinnedColumn;
  /** What rows weigh; absent: they count the same. Of the label's source it is read beside the label, else of the features' date. */
  weight?: PinnedColumn;
}

/**
 * The columns of the service's features and label in these snapshots.
 * @param leftOut features that are not asked for
 * @throws {UndeclaredFeaturesError} one was made without a feature or the label
 * @throws {ExpiredPartsError} what is carried on of a view is older than it serves
 * @throws {LabelsMissingError} no labels were delivered for the date
 */
export async function pinTrainingColumns(
  db: Queryable,
  service: FeatureService,
  pinned: PinnedSnapshots,
  leftOut: readonly string[] = [],
): Promise<TrainingColumns> {
  const parts = await findParts(db, [pinned.features, pinned.label]);
  const declared = declaredFeatures(service).filter(({ name }) => !leftOut.includes(name));
  const features = pinFeatureColumns(parts.get(pinned.features)!, declared);
  if (features.undeclared.length > 0 || features.pinned.length === 0) {
    const remedy = "train on a later date, or leave them out (undeclared: LEAVE_OUT)";
    throw new UndeclaredFeaturesError(await dateOf(db, pinned.features), features.undeclared, remedy);
  }
  const expired = expiredParts(parts.get(pinned.features)!, service, features.pinned);
  if (expired.length > 0)
    throw new ExpiredPartsError(await dateOf(db, pinned.features), expired, "train on another date");
  const of = { asOf: await dateOf(db, pinned.label), parts: parts.get(pinned.label)! };
  const label = await requireLabel(db, service, of, "take the labels of a later date");
  const weight = pinWeight(service, parts.get(pinned.features)!, parts.get(pinned.label)!);
  if (weight === undefined) {
    const undeclared = [`${service.weight!.column} (its weight)`];
    throw new UndeclaredFeaturesError(await dateOf(db, pinned.features), undeclared, "train on a later date");
  }
  return { features: features.pinned, label, ...(weight && { weight }) };
}

/**
 * The columns that an earlier training read from these snapshots, by the names they had there: what is declared today, and
 * how it is called, is not asked.
 * @throws {UndeclaredFeaturesError} one is not there, or several sources have it and none is declared to be it
 */
export async function pinLearnedColumns(
  db: Queryable,
  service: FeatureService,
  pinned: PinnedSnapshots,
  names: readonly string[],
): Promise<TrainingColumns> {
  const parts = await findParts(db, [pinned.features, pinned.label]);
  const declared = new Map(
    declaredFeatures(service).flatMap((feature) =>
      "source" in feature ? [[feature.name, feature.source]] : [],
    ),
  );
  const undeclared: string[] = [];
  const features = names.flatMap((name): PinnedColumn[] => {
    const found = [...parts.get(pinned.features)!.values()].flatMap(({ name: source, columns }) =>
      columns
        .filter((column) => column.name === name && !source.includes(":"))
        .map(({ type }) => ({ name, type, source, column: name })),
    );
    const column =
      found.find(({ source }) => source === declared.get(name)) ?? (found.length === 1 && found[0]);
    if (!column) undeclared.push(name);
    return column ? [column] : [];
  });
  if (undeclared.length > 0) {
    const remedy = "it cannot be trained again";
    throw new UndeclaredFeaturesError(await dateOf(db, pinned.features), undeclared, remedy);
  }
  const of = { asOf: await dateOf(db, pinned.label), parts: parts.get(pinned.label)! };
  return { features, label: await requireLabel(db, service, of, "it cannot be trained again") };
}

/** Users with a label: those who have a row in every part, too, are trained on. */
export async function countLabelledUsers(
  pool: Pool,
  deployment: Deployment,
  service: FeatureService,
  pinned: PinnedSnapshots,
  columns?: TrainingColumns,
): Promise<number> {
  const { label } = columns ?? (await pinTrainingColumns(pool, service, pinned));
  const labelParts = (await findParts(pool, [pinned.label])).get(pinned.label)!;
  const { key } = entityOfService(deployment, service);
  return offlineEngine().countLabelled(pool, { key, labelParts, label });
}

/** As `readTrainingBatches`, row by row. */
export async function* readTrainingRows(
  pool: Pool,
  deployment: Deployment,
  service: FeatureService,
  pinned: PinnedSnapshots,
  columns?: TrainingColumns,
): AsyncGenerator<TrainingRow, void, undefined> {
  for await (const batch of readTrainingBatches(pool, deployment, service, pinned, columns)) yield* batch;
}

/**
 * The training set of pinned snapshots, in key order, streamed. A user without a row in some part is left out:
 * `predict` would refuse it too. A user whose label is empty is left out.
 * @param asked the service's features and label unless given
 * @throws {UndeclaredFeaturesError} none are given, and a snapshot was made without one of the service's
 */
export async function* readTrainingBatches(
  pool: Pool,
  deployment: Deployment,
  service: FeatureService,
  pinned: PinnedSnapshots,
  asked?: TrainingColumns,
): AsyncGenerator<TrainingRow[], void, undefined> {
  const columns = asked ?? (await pinTrainingColumns(pool, service, pinned));
  const parts = await findParts(pool, [pinned.features, pinned.label]);
  const { columns: read, complete } = readPlan(columns.features);
  const batches = offlineEngine().training(pool, {
    key: entityOfService(deployment, service).key,
    pathOf: (source) => sourcePath(deployment, service, source),
    featureParts: parts.get(pinned.features)!,
    labelParts: parts.get(pinned.label)!,
    features: read,
    label: columns.label,
    weight: columns.weight ?? null,
  });
  if (!complete) return yield* batches;
  for await (const batch of batches) yield batch.map((row) => ({ ...row, values: complete(row.values) }));
}

async function dateOf(db: Queryable, snapshotId: number): Promise<string> {
  const { rows } = await db.query<{ asOf: string }>('select as_of as "asOf" from snapshots where id = $1', [
    snapshotId,
  ]);
  if (!rows[0]) throw new SnapshotNotFoundError(`id ${snapshotId}`);
  return rows[0].asOf;
}
