import type { Pool } from "../db/pool.js";
import type { ColumnValue } from "../definitions/language/column.js";
import {
  type Deployment,
  type FeatureService,
  featuresOf,
  findService,
} from "../definitions/language/deployment.js";
import { COMPARED_METRICS, type ResolvedGates } from "../definitions/language/gates.js";
import { ModelNotFoundError } from "../errors/errors.js";
import { ModelNotLoadableError } from "../errors/model-not-servable.js";
import { EntityStore } from "../features/entity-store.js";
import { type PinnedSnapshots, readTrainingRows } from "../features/training-rows.js";
import type { HeldOutEvidence, Serving } from "../registry/evidence.js";
import type { ModelVersion } from "../registry/model.js";
import type { RunStore } from "../registry/run-store.js";
import { evaluate } from "../training/metrics.js";
import { pairedBootstrap } from "../training/paired-bootstrap.js";
import { stratifiedSplit } from "../training/split.js";
import { groupRates } from "./group-rates.js";
import type { ModelCache } from "./model-cache.js";
import type { ServedModel } from "./served-model.js";

const CHUNK = 4_096;

/** What decided which rows a training held out. */
interface Split {
  service: FeatureService;
  pinned: PinnedSnapshots;
  seed: number;
  testFraction: number;
}

/** The rows one training held out, in key order. */
interface HeldOutRows {
  keys: string[];
  labels: Uint8Array;
  /** One score a row, by version id. */
  scores: Map<string, Float64Array>;
}

/**
 * Scores versions on the rows that the candidate's training held out: the split follows from that run's pinned
 * snapshots, seed and fraction, so it is made again rather than kept. Two passes over the rows; only keys,
 * labels and scores are held.
 */
export function heldOutEvidence(
  pool: Pool,
  definitions: Deployment,
  runs: RunStore,
  cache: ModelCache,
): Serving["heldOut"] {
  return async (candidate, production, gates) => {
    const split = await splitOf(candidate, definitions, runs);
    if (!split) return null;
    const loaded = production && (await loadable(cache, production));
    const heldOut = await scoreHeldOut(pool, definitions, split, await cache.named(candidate), loaded);
    const comparable = loaded && heldOut.scores.has(loaded.version.id) ? loaded : null;
    const evidence = await measure(heldOut, candidate, comparable?.version ?? null, gates);
    if (comparable && evidence) {
      const other = await splitOf(comparable.version, definitions, runs);
      evidence.trainedOnByProduction =
        other && (await overlap(pool, definitions, heldOut.keys, split, other));
    }
    if (!gates.fairness) return evidence;
    const entities = await new EntityStore(pool, definitions).find(heldOut.keys);
    const groups = entities.map((entity) => entity?.[gates.fairness!.attribute] ?? null);
    const called = heldOut.scores.get(candidate.id)!.map((score) => (score >= candidate.threshold ? 1 : 0));
    return { ...evidence, groups: groupRates(gates.fairness.measure, groups, heldOut.labels, called) };
  };
}

/** Null where Production's own file cannot be loaded: its replacement must remain possible, by force. */
async function loadable(cache: ModelCache, production: ModelVersion): Promise<ServedModel | null> {
  try {
    return await cache.named(production);
  } catch (error) {
    if (error instanceof ModelNotLoadableError) return null;
    throw error;
  }
}

/** Null where the version was trained elsewhere and pinned no split. */
async function splitOf(
  version: ModelVersion,
  definitions: Deployment,
  runs: RunStore,
): Promise<Split | null> {
  const service = findService(definitions, version.model);
  const run = await runs.find(version.runId);
  if (!service || !run) throw new ModelNotFoundError(version.model, version.version);
  // What is trained elsewhere has parameters of its own; its registration pinned the split it is judged on.
  const pinnedBy = run.kind === "EXTERNAL" ? run.params.registration : run.params;
  const { seed, testFraction } = (pinnedBy ?? {}) as { seed?: number; testFraction?: number };
  if (seed === undefined || testFraction === undefined) return null;
  const pinned = { features: version.snapshotId, label: version.labelSnapshotId };
  return { service, pinned, seed, testFraction };
}

async function splitKeys(
  pool: Pool,
  definitions: Deployment,
  { service, pinned, seed, testFraction }: Split,
): Promise<{ trained: string[]; heldOut: Set<string> }> {
  const keys: string[] = [];
  const labels: boolean[] = [];
  for await (const row of readTrainingRows(pool, definitions, service, pinned)) {
    keys.push(row.key);
    labels.push(row.label);
  }
  const { train, test } = stratifiedSplit(keys, Uint8Array.from(labels, Number), testFraction, seed);
  return {
    trained: Array.from(train, (row) => keys[row]!),
    heldOut: new Set(Array.from(test, (row) => keys[row]!)),
  };
}

async function scoreHeldOut(
  pool: Pool,
  definitions: Deployment,
  split: Split,
  candidate: ServedModel,
  production: ServedModel | null,
): Promise<HeldOutRows> {
  const { heldOut } = await splitKeys(pool, definitions, split);
  const names = featuresOf(split.service.views).map(({ name }) => name);
  const keys: string[] = [];
  const labels: number[] = [];
  const scores = new Map<ServedModel, number[]>([[candidate, []]]);
  if (production) scores.set(production, []);
  let chunk: Record<string, ColumnValue>[] = [];
  const flush = async () => {
    for (const [model, own] of scores) {
      try {
        for (const score of await model.scoreMany(chunk)) own.push(score);
      } catch (error) {
        // Production that has no answer to these rows cannot be compared with: its replacement must remain possible.
        if (model === candidate || !(error instanceof ModelNotLoadableError)) throw error;
        scores.delete(model);
      }
    }
    chunk = [];
  };
  for await (const row of readTrainingRows(pool, definitions, split.service, split.pinned)) {
    if (!heldOut.has(row.key)) continue;
    keys.push(row.key);
    labels.push(Number(row.label));
    chunk.push(Object.fromEntries(names.map((name, index) => [name, row.values[index]!])));
    if (chunk.length === CHUNK) await flush();
  }
  await flush();
  const byVersion = Array.from(scores, ([{ version }, own]) => [version.id, Float64Array.from(own)] as const);
  return { keys, labels: Uint8Array.from(labels), scores: new Map(byVersion) };
}

async function measure(
  { labels, scores }: HeldOutRows,
  candidate: ModelVersion,
  production: ModelVersion | null,
  { notWorse }: ResolvedGates,
): Promise<HeldOutEvidence> {
  const metricsOf = (version: ModelVersion): Record<string, number> => {
    const { metrics } = evaluate(labels, scores.get(version.id)!, version.threshold);
    return Object.fromEntries(COMPARED_METRICS.map((name) => [name, metrics[name]]));
  };
  const { metric, confidence, resamples, seed } = notWorse;
  return {
    rows: labels.length,
    positives: labels.reduce((sum, label) => sum + label, 0),
    candidate: metricsOf(candidate),
    production: production && metricsOf(production),
    difference:
      production &&
      (await pairedBootstrap(labels, scores.get(candidate.id)!, scores.get(production.id)!, {
        metric,
        confidence,
        resamples,
        seed,
      })),
    trainedOnByProduction: null,
    groups: null,
  };
}

/** How many of these users the other training fitted on, in whatever month. */
async function overlap(
  pool: Pool,
  definitions: Deployment,
  keys: readonly string[],
  own: Split,
  other: Split,
): Promise<number> {
  const decisive = ({ pinned, seed, testFraction }: Split) => JSON.stringify([pinned, seed, testFraction]);
  if (decisive(own) === decisive(other)) return 0;
  const trained = new Set((await splitKeys(pool, definitions, other)).trained);
  return keys.reduce((sum, key) => sum + (trained.has(key) ? 1 : 0), 0);
}
