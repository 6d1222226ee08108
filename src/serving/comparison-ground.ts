import { z } from "zod";
import type { Pool } from "../db/pool.js";
import { findParts } from "../db/snapshots/snapshot-parts.js";
import { type Deployment, type FeatureService, findService } from "../definitions/language/deployment.js";
import { ModelNotFoundError } from "../errors/errors.js";
import { UndeclaredFeaturesError } from "../errors/undeclared-features.js";
import { columnsRead } from "../features/derived-columns.js";
import { hasRows, isWithdrawn } from "../features/effective-snapshots.js";
import { findLabelledDates } from "../features/labelled-dates.js";
import {
  type DeclaredColumn,
  declaredFeatures,
  expiredParts,
  pinFeatureColumns,
  pinLabel,
  pinWeight,
} from "../features/pinned-columns.js";
import { requireRows } from "../features/snapshot-rows.js";
import {
  type PinnedSnapshots,
  pinTrainingColumns,
  readTrainingRows,
  type TrainingColumns,
} from "../features/training-rows.js";
import type { ModelVersion } from "../registry/model.js";
import type { RunStore } from "../registry/run-store.js";
import { splitByKey } from "../training/panel.js";
import type { RawLabel } from "../training/tasks/classes.js";
import { readLabels, taskForService } from "../training/tasks/registry.js";
import { type HeldOutSplit, heldOutAlone, heldOutCut, SPLIT_RULES, splitRows } from "./training-split.js";

/** What decided whom a version was trained on and whom its training held out. */
export interface TrainingSplit extends HeldOutSplit {
  service: FeatureService;
  /** Of the newest date. */
  pinned: PinnedSnapshots;
  /** Of every date, the oldest first. */
  dates: readonly PinnedSnapshots[];
  /** The date from which on nothing was learnt; null: a share of the keys was held out. */
  heldOutFrom: string | null;
}

/** The two sides of a split, by their keys. */
export interface SplitKeys {
  /** Whether the version may have been trained on what says the key's label of that date: those it is not compared on. */
  mayKnow(key: string, asOf: string): boolean;
  isHeldOut(key: string): boolean;
}

/** Where two versions can be held against each other: rows of one date with labels of it, or of a later one. */
export interface Ground {
  pinned: PinnedSnapshots;
  asOf: string;
  labelAsOf: string;
  columns: TrainingColumns;
}

const storedId = z.object({ id: z.number() });
const storedSplit = z.object({
  seed: z.number(),
  testFraction: z.number(),
  // Absent of asof's own trainings, and of registrations of earlier releases.
  splitRule: z.enum(SPLIT_RULES).default("RANKS"),
  dates: z.array(z.object({ snapshot: storedId, labelSnapshot: storedId })).optional(),
  heldOutFrom: z.string().nullable().default(null),
  heldOutBelow: z.number().nullable().default(null),
});

/** Null where the version was trained elsewhere and pinned no split. */
export async function splitOf(
  version: ModelVersion,
  definitions: Deployment,
  runs: RunStore,
): Promise<TrainingSplit | null> {
  const service = findService(definitions, version.model);
  const run = await runs.find(version.judgedBy);
  if (!service || !run) throw new ModelNotFoundError(version.model, version.version);
  // Earlier releases kept what a registration pinned among the parameters of its trainer's run.
  const pinnedBy = run.kind === "EXTERNAL" ? run.params.registration : run.params;
  const stored = storedSplit.safeParse(pinnedBy);
  if (!stored.success) return null;
  const { seed, testFraction, splitRule: rule } = stored.data;
  const pinned = { features: version.snapshotId, label: version.labelSnapshotId };
  const dates = stored.data.dates?.map(({ snapshot, labelSnapshot }) => ({
    features: snapshot.id,
    label: labelSnapshot.id,
  })) ?? [pinned];
  const { heldOutFrom, heldOutBelow } = stored.data;
  return { service, pinned, dates, heldOutFrom, heldOutBelow, rule, seed, testFraction };
}

/**
 * Whom the version was trained on and whom its training held out, as it follows from the pinned snapshots, seed and fraction:
 * made again rather than kept. By a threshold a key says it alone, so nothing is read.
 */
export async function splitKeys(
  pool: Pool,
  definitions: Deployment,
  version: ModelVersion,
  split: TrainingSplit,
): Promise<SplitKeys> {
  const { service, dates, heldOutFrom } = split;
  const alone = heldOutAlone(split);
  // Its newest date is held out whole; what came before may be known, whoever it is of.
  if (alone) return { isHeldOut: alone, mayKnow: (key, asOf) => asOf < (heldOutFrom ?? "") || !alone(key) };
  const [heldOut, known] = (await sidesOf(pool, definitions, version, split)).map((keys) => new Set(keys));
  // What a panel was read from are these very dates.
  const others = dates.length > 1 ? [] : version.trainedSnapshots;
  // Its trainer left out whom the judged date holds out; of the export's other dates it may have read everybody else.
  for await (const key of labelledKeys(pool, definitions, service, others))
    if (!heldOut!.has(key)) known!.add(key);
  return { isHeldOut: (key) => heldOut!.has(key), mayKnow: (key) => known!.has(key) };
}

/** `heldOutCut` of the keys that the version's training held out and learnt from. */
export async function heldOutHash(
  ...[pool, definitions, version, split]: Parameters<typeof splitKeys>
): Promise<number | null> {
  return heldOutCut(await sidesOf(pool, definitions, version, split), split.seed);
}

/** The keys that were held out, and those that were learnt from, once for each of their rows. */
async function sidesOf(
  ...[pool, definitions, version, split]: Parameters<typeof splitKeys>
): Promise<[heldOut: string[], known: string[]]> {
  const { service, dates } = split;
  const keys: string[] = [];
  const labels: RawLabel[] = [];
  const of: number[] = [];
  for (const [date, pinned] of dates.entries()) {
    const columns = oneOfEachSource(await splitColumns(pool, service, version, pinned));
    for await (const row of readTrainingRows(pool, definitions, service, pinned, columns)) {
      keys.push(row.key);
      labels.push(row.label);
      of.push(date);
    }
  }
  const task = taskForService(service);
  const rows = { keys, labels: readLabels(task, labels).labels };
  const { train, test } =
    dates.length > 1
      ? splitByKey(task, { ...rows, dates: { of: Uint16Array.from(of) } }, split.testFraction, split.seed)
      : splitRows(task, rows.keys, rows.labels, split);
  const named = (rows: Uint32Array) => Array.from(rows, (row) => keys[row]!);
  return [named(test), named(train)];
}

/** Who has a label in these snapshots, whatever else is there. */
async function* labelledKeys(
  pool: Pool,
  definitions: Deployment,
  service: FeatureService,
  snapshotIds: readonly number[],
): AsyncGenerator<string, void, undefined> {
  const parts = await findParts(pool, snapshotIds);
  for (const id of snapshotIds) {
    const label = pinLabel(parts.get(id)!, service)?.pinned;
    if (!label) continue;
    const pinned = { features: id, label: id };
    for await (const { key } of readTrainingRows(pool, definitions, service, pinned, { features: [], label }))
      yield key;
  }
  await requireRows(pool, snapshotIds);
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
export function oneOfEachSource({ features, label }: TrainingColumns): TrainingColumns {
  const first = new Map(
    columnsRead(features)
      .toReversed()
      .map((column) => [column.source, column]),
  );
  return { features: [...first.values()], label };
}

/** The names of all that these versions use. */
export const featureNamesOf = (versions: readonly ModelVersion[]): string[] => [
  ...new Set(versions.flatMap(({ signature }) => signature.features.map(({ name }) => name))),
];

/**
 * These features and the label in these snapshots, and columns beside; null where one was made without, has no labels of its date,
 * or carries on what is too old to be served.
 */
export async function pinFeatures(
  pool: Pool,
  service: FeatureService,
  { features, label }: PinnedSnapshots,
  names: readonly string[],
  beside: readonly DeclaredColumn[] = [],
): Promise<TrainingColumns | null> {
  const declared = declaredFeatures(service).filter(({ name }) => names.includes(name));
  const parts = await findParts(pool, [features, label]);
  const own = pinFeatureColumns(parts.get(features)!, [...declared, ...beside]);
  const labels = pinLabel(parts.get(label)!, service);
  if (declared.length < names.length || own.undeclared.length > 0 || !labels?.pinned) return null;
  if (expiredParts(parts.get(features)!, service, own.pinned).length > 0) return null;
  // Of a date from before there was one, rows count the same.
  const weight = pinWeight(service, parts.get(features)!, parts.get(label)!);
  return { features: own.pinned, label: labels.pinned, ...(weight && { weight }) };
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
  const { rows: all } = await pool.query<{ id: number; asOf: string }>(
    `select distinct on (as_of) id, as_of as "asOf" from snapshots s
     where ${hasRows("s")} and not ${isWithdrawn("s")} order by as_of, revision desc`,
  );
  const labelled = new Set((await findLabelledDates(pool, service)).map(({ asOf }) => asOf));
  const { rows: trained } = await pool.query<{ id: number; asOf: string }>(
    'select id, as_of as "asOf" from snapshots where id = any($1)',
    [[candidate.snapshotId, candidate.labelSnapshotId]],
  );
  const dateOf = (id: number) => trained.find((snapshot) => snapshot.id === id)?.asOf;
  // Where labels come less often than features, the dates that have labels are the steps from one to the next.
  const steps = labelled.has(dateOf(candidate.snapshotId) ?? "");
  const dates = steps ? all.filter(({ asOf }) => labelled.has(asOf)) : all;
  const placeOf = (id: number) => dates.findIndex(({ asOf }) => asOf === dateOf(id));
  const offset = Math.max(0, placeOf(candidate.labelSnapshotId) - placeOf(candidate.snapshotId));
  for (let place = dates.length - 1 - offset; place >= 0; place--) {
    const [date, labelDate] = [dates[place]!, dates[place + offset]!];
    const pinned = { features: date.id, label: labelDate.id };
    const columns = await pinFeatures(pool, service, pinned, names);
    if (columns) yield { pinned, asOf: date.asOf, labelAsOf: labelDate.asOf, columns };
  }
}
