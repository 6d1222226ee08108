import { to as copyTo } from "pg-copy-streams";
import { type BinaryType, binaryRows } from "../db/binary-copy.js";
import { type Pool, type Queryable, quote } from "../db/pool.js";
import { findParts, type PartsByName, partRows } from "../db/snapshots/snapshot-parts.js";
import type { ColumnType, ColumnValue } from "../definitions/language/column.js";
import type { Deployment, FeatureService } from "../definitions/language/deployment.js";
import { SnapshotNotFoundError } from "../errors/errors.js";
import { UndeclaredFeaturesError } from "../errors/undeclared-features.js";
import {
  declaredFeatures,
  declaredLabel,
  type PinnedColumn,
  pinColumns,
  requirePart,
  storedColumn,
} from "./pinned-columns.js";

/** Which snapshots a training set is read from: ids, so that later revisions change nothing. */
export interface PinnedSnapshots {
  features: number;
  label: number;
}

/** Which of their columns, as the snapshots describe themselves: later definitions change nothing. */
export interface TrainingColumns {
  features: readonly PinnedColumn[];
  label: PinnedColumn;
}

export interface TrainingRow {
  key: string;
  /** In the order of the features asked. */
  values: ColumnValue[];
  label: boolean;
}

/**
 * The columns of the service's features and label in these snapshots.
 * @param leftOut features that are not asked for
 * @throws {UndeclaredFeaturesError} one was made without a feature or the label
 */
export async function pinTrainingColumns(
  db: Queryable,
  service: FeatureService,
  pinned: PinnedSnapshots,
  leftOut: readonly string[] = [],
): Promise<TrainingColumns> {
  const parts = await findParts(db, [pinned.features, pinned.label]);
  const declared = declaredFeatures(service).filter(({ name }) => !leftOut.includes(name));
  const features = pinColumns(parts.get(pinned.features)!, declared);
  if (features.undeclared.length > 0 || features.pinned.length === 0) {
    const remedy = "train on a later date, or leave them out (undeclared: LEAVE_OUT)";
    throw new UndeclaredFeaturesError(await dateOf(db, pinned.features), features.undeclared, remedy);
  }
  const label = pinColumns(parts.get(pinned.label)!, [declaredLabel(service)]);
  if (label.undeclared.length > 0) {
    const remedy = "take the labels of a later date";
    throw new UndeclaredFeaturesError(await dateOf(db, pinned.label), label.undeclared, remedy);
  }
  return { features: features.pinned, label: label.pinned[0]! };
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
  const declared = new Map(declaredFeatures(service).map(({ name, source }) => [name, source]));
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
  const label = pinColumns(parts.get(pinned.label)!, [declaredLabel(service)]);
  if (label.pinned[0]) return { features, label: label.pinned[0] };
  const remedy = "it cannot be trained again";
  throw new UndeclaredFeaturesError(await dateOf(db, pinned.label), label.undeclared, remedy);
}

/** Users with a label: those who have a row in every part, too, are trained on. */
export async function countLabelled(
  pool: Pool,
  deployment: Deployment,
  service: FeatureService,
  pinned: PinnedSnapshots,
  columns?: TrainingColumns,
): Promise<number> {
  const { label } = columns ?? (await pinTrainingColumns(pool, service, pinned));
  const parts = await findParts(pool, [pinned.label]);
  const relation = labelRelation(deployment.entity.key, parts.get(pinned.label)!, label);
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
  const query = trainingSql(
    deployment.entity.key,
    parts.get(pinned.features)!,
    parts.get(pinned.label)!,
    columns,
  );
  const types: BinaryType[] = ["text", "bool", ...columns.features.map(({ type }) => readAs(type))];
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

/** SQL of the rows in key order: key, label, features. COPY takes no parameters, so ids are written into it. */
function trainingSql(
  keyName: string,
  featureParts: PartsByName,
  labelParts: PartsByName,
  { features, label }: TrainingColumns,
): string {
  const key = quote(keyName);
  const sources = [...new Set(features.map(({ source }) => source))];
  const selected = features.map((feature) => {
    const stored = storedColumn(featureParts, feature);
    return `v${sources.indexOf(feature.source)}.${stored}::${readAs(feature.type)}`;
  });
  const joins = sources.map(
    (source, i) => `join ${partRows(requirePart(featureParts, source))} v${i} on v${i}.${key} = l.${key}`,
  );
  return `select ${[`l.${key}::text`, "l.label", ...selected].join(", ")}
    from ${labelRelation(keyName, labelParts, label)} ${joins.join(" ")} order by l.${key}`;
}

/** What a feature is read as: whole numbers are exact in a float8. */
function readAs(type: ColumnType): BinaryType {
  if (type === "bool") return "bool";
  return type === "int" || type === "float" ? "float8" : "text";
}

/** The key and, as `label`, the labels there are; aliased l. */
function labelRelation(keyName: string, parts: PartsByName, label: PinnedColumn): string {
  const stored = storedColumn(parts, label);
  return `(select r.${quote(keyName)}, r.${stored} as label from ${partRows(requirePart(parts, label.source))} r
    where r.${stored} is not null) l`;
}

async function dateOf(db: Queryable, snapshotId: number): Promise<string> {
  const { rows } = await db.query<{ asOf: string }>('select as_of as "asOf" from snapshots where id = $1', [
    snapshotId,
  ]);
  if (!rows[0]) throw new SnapshotNotFoundError(`id ${snapshotId}`);
  return rows[0].asOf;
}
