import { z } from "zod";
import type { Pool } from "../db/pool.js";
import { findParts } from "../db/snapshots/snapshot-parts.js";
import {
  type Deployment,
  type FeatureService,
  findService,
  labelTypeOf,
} from "../definitions/language/deployment.js";
import { ModelNotFoundError } from "../errors/errors.js";
import { UndeclaredFeaturesError } from "../errors/undeclared-features.js";
import { hasRows, isWithdrawn } from "../features/effective-snapshots.js";
import {
  type DeclaredColumn,
  declaredFeatures,
  declaredLabel,
  type PinnedColumn,
  pinColumns,
} from "../features/pinned-columns.js";
import {
  type PinnedSnapshots,
  pinTrainingColumns,
  readTrainingRows,
  type TrainingColumns,
} from "../features/training-rows.js";
import type { ModelVersion } from "../registry/model.js";
import type { RunStore } from "../registry/run-store.js";
import { taskForLabel } from "../training/tasks/registry.js";

/** What decided whom a version was trained on and whom its training held out. */
export interface TrainingSplit {
  service: FeatureService;
  pinned: PinnedSnapshots;
  seed: number;
  testFraction: number;
}

/** Where two versions can be held against each other: rows of one date with labels of it, or of a later one. */
export interface Ground {
  pinned: PinnedSnapshots;
  asOf: string;
  labelAsOf: string;
  columns: TrainingColumns;
}

const storedSplit = z.object({ seed: z.number(), testFraction: z.number() });

/** Null where the version was trained elsewhere and pinned no split. */
export async function splitOf(
  version: ModelVersion,
  definitions: Deployment,
  runs: RunStore,
): Promise<TrainingSplit | null> {
  const service = findService(definitions, version.model);
  const run = await runs.find(version.runId);
  if (!service || !run) throw new ModelNotFoundError(version.model, version.version);
  // What is trained elsewhere has parameters of its own; its registration pinned the split it is judged on.
  const pinnedBy = run.kind === "EXTERNAL" ? run.params.registration : run.params;
  const stored = storedSplit.safeParse(pinnedBy);
  if (!stored.success) return null;
  const { seed, testFraction } = stored.data;
  const pinned = { features: version.snapshotId, label: version.labelSnapshotId };
  return { service, pinned, seed, testFraction };
}

/**
 * Whom the version was trained on and whom its training held out, as its split follows from the pinned snapshots, seed
 * and fraction: made again rather than kept.
 */
export async function splitKeys(
  pool: Pool,
  definitions: Deployment,
  version: ModelVersion,
  { service, pinned, seed, testFraction }: TrainingSplit,
): Promise<{ trained: string[]; heldOut: string[] }> {
  const keys: string[] = [];
  const labels: number[] = [];
  const columns = oneOfEachSource(await splitColumns(pool, service, version, pinned));
  for await (const row of readTrainingRows(pool, definitions, service, pinned, columns)) {
    keys.push(row.key);
    labels.push(Number(row.label));
  }
  const task = taskForLabel(labelTypeOf(service));
  const { train, test } = task.split(keys, task.labelArray.from(labels), testFraction, seed);
  const named = (rows: Uint32Array) => Array.from(rows, (row) => keys[row]!);
  return { trained: named(train), heldOut: named(test) };
}

/** A model made elsewhere was judged on who has all of the service's features, whichever of them it uses. */
async function splitColumns(
  pool: Pool,
  service: FeatureService,
  version: ModelVersion,
  pinned: PinnedSnapshots,
): Promise<TrainingColumns> {
  if (version.algorithm === "EXTERNAL") {
    try {
      return await pinTrainingColumns(pool, service, pinned);
    } catch (error) {
      if (!(error instanceof UndeclaredFeaturesError)) throw error;
    }
  }
  const columns = await pinFeatures(pool, service, pinned, featureNamesOf([version]));
  if (columns) return columns;
  throw new Error(`version ${version.version} of ${version.model} has features its own snapshot lacks`);
}

/** Which rows there are follows from the sources that are joined, not from how much of each is read. */
function oneOfEachSource({ features, label }: TrainingColumns): TrainingColumns {
  const first = new Map(features.toReversed().map((feature) => [feature.source, feature]));
  return { features: [...first.values()], label };
}

/** The names of all that these versions use. */
export const featureNamesOf = (versions: readonly ModelVersion[]): string[] => [
  ...new Set(versions.flatMap(({ signature }) => signature.features.map(({ name }) => name))),
];

/** These features and the label in these snapshots, and columns beside; null where one was made without. */
export async function pinFeatures(
  pool: Pool,
  service: FeatureService,
  { features, label }: PinnedSnapshots,
  names: readonly string[],
  beside: readonly DeclaredColumn[] = [],
): Promise<TrainingColumns | null> {
  const declared = declaredFeatures(service).filter(({ name }) => names.includes(name));
  const parts = await findParts(pool, [features, label]);
  const own = pinColumns(parts.get(features)!, [...declared, ...beside]);
  const labels = pinColumns(parts.get(label)!, [declaredLabel(service)]);
  if (declared.length < names.length || own.undeclared.length > 0 || labels.undeclared.length > 0)
    return null;
  return { features: own.pinned as PinnedColumn[], label: labels.pinned[0]! };
}

/**
 * The dates on which both versions have all their features, the newest first; each with labels of its own date, or of one
 * as much later as the candidate was trained with. Never with a value filled in for a column that a snapshot lacks.
 */
export async function* grounds(
  pool: Pool,
  service: FeatureService,
  candidate: ModelVersion,
  names: readonly string[],
): AsyncGenerator<Ground, void, undefined> {
  const { rows: dates } = await pool.query<{ id: number; asOf: string }>(
    `select distinct on (as_of) id, as_of as "asOf" from snapshots s
     where ${hasRows("s")} and not ${isWithdrawn("s")} order by as_of, revision desc`,
  );
  const { rows: trained } = await pool.query<{ id: number; asOf: string }>(
    'select id, as_of as "asOf" from snapshots where id = any($1)',
    [[candidate.snapshotId, candidate.labelSnapshotId]],
  );
  const placeOf = (id: number) => {
    const asOf = trained.find((snapshot) => snapshot.id === id)?.asOf;
    return dates.findIndex((date) => date.asOf === asOf);
  };
  const offset = Math.max(0, placeOf(candidate.labelSnapshotId) - placeOf(candidate.snapshotId));
  for (let place = dates.length - 1 - offset; place >= 0; place--) {
    const [date, labelDate] = [dates[place]!, dates[place + offset]!];
    const pinned = { features: date.id, label: labelDate.id };
    const columns = await pinFeatures(pool, service, pinned, names);
    if (columns) yield { pinned, asOf: date.asOf, labelAsOf: labelDate.asOf, columns };
  }
}
