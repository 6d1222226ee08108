import type { Pool } from "../db/pool.js";
import type { ColumnValue } from "../definitions/language/column.js";
import { type Deployment, featuresOf, findService } from "../definitions/language/deployment.js";
import { ModelNotFoundError } from "../errors/errors.js";
import { readTrainingRows } from "../features/training-rows.js";
import type { HeldOutScorer } from "../registry/promotion.js";
import type { RunStore } from "../registry/run-store.js";
import { evaluate } from "../training/metrics.js";
import { stratifiedSplit } from "../training/split.js";
import type { ModelCache } from "./model-cache.js";

const CHUNK = 4_096;

/**
 * AUC of a version on the rows that another version's training held out: the split follows from that run's
 * pinned snapshots, seed and fraction, so it is made again rather than kept. Two passes over the rows; only
 * keys, labels and scores are held.
 */
export function heldOutScorer(
  pool: Pool,
  definitions: Deployment,
  runs: RunStore,
  cache: ModelCache,
): HeldOutScorer {
  return async (version, heldOutBy) => {
    const service = findService(definitions, heldOutBy.model);
    const run = await runs.find(heldOutBy.runId);
    if (!service || !run) throw new ModelNotFoundError(heldOutBy.model, heldOutBy.version);
    const { seed, testFraction } = run.params as { seed: number; testFraction: number };
    const pinned = { features: heldOutBy.snapshotId, label: heldOutBy.labelSnapshotId };
    const rows = () => readTrainingRows(pool, definitions, service, pinned);

    const keys: string[] = [];
    const labels: boolean[] = [];
    for await (const row of rows()) {
      keys.push(row.key);
      labels.push(row.label);
    }
    const { test } = stratifiedSplit(keys, Uint8Array.from(labels, Number), testFraction, seed);
    const heldOut = new Set(Array.from(test, (row) => keys[row]!));

    const model = await cache.named(version);
    const names = featuresOf(service.views).map(({ name }) => name);
    const scores: number[] = [];
    const truth: number[] = [];
    let chunk: Record<string, ColumnValue>[] = [];
    const flush = async () => {
      for (const score of await model.scoreMany(chunk)) scores.push(score);
      chunk = [];
    };
    for await (const row of rows()) {
      if (!heldOut.has(row.key)) continue;
      truth.push(Number(row.label));
      chunk.push(Object.fromEntries(names.map((name, index) => [name, row.values[index]!])));
      if (chunk.length === CHUNK) await flush();
    }
    await flush();
    return evaluate(Uint8Array.from(truth), Float64Array.from(scores), version.threshold).metrics.auc;
  };
}
