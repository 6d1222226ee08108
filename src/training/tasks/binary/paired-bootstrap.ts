import { setImmediate as nextTurn } from "node:timers/promises";
import type { BINARY } from "../../../values/task.js";
import type { PairedDifference, PairedOptions } from "../task.js";

export type PairedMetric = (typeof BINARY)["compared"][number]["name"];

/** Rows drawn in all resamples together: beyond it fewer resamples are taken, but at least 200. */
const MAX_DRAWS = 3e8;
const MIN_RESAMPLES = 200;

/**
 * Percentile interval of the difference of a metric between two models scored on the same rows (Efron and Tibshirani,
 * An Introduction to the Bootstrap, 1993, chapter 13). Rows are drawn with replacement within each class,
 * the same rows for both models, so that what makes a row easy or hard for both cancels out. Two equal score vectors
 * give exactly [0, 0]. Lets other work pass between resamples.
 *
 * @param labels 0 or 1, one per row, of both classes
 * @param first, second probabilities, one per row
 */
export async function pairedBootstrap(
  labels: Uint8Array,
  first: Float64Array,
  second: Float64Array,
  options: PairedOptions,
): Promise<PairedDifference> {
  const rows = labels.length;
  const resamples = Math.max(
    Math.min(options.resamples, MIN_RESAMPLES),
    Math.min(options.resamples, Math.floor(MAX_DRAWS / rows)),
  );
  const [one, other] = [first, second].map((scores) => WEIGHTED[options.metric](labels, scores));
  const difference = (weights: Uint32Array) => one!(weights) - other!(weights);
  const observed = difference(new Uint32Array(rows).fill(1));
  const classes = [0, 1].map((label) =>
    Uint32Array.from(labels.keys()).filter((row) => labels[row] === label),
  );
  const random = sfc32(options.seed);
  const weights = new Uint32Array(rows);
  const differences = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    weights.fill(0);
    for (const members of classes) {
      const size = members.length;
      // High bits times the size: no modulo, and 2^32 is so much more than the rows that the bias is nil.
      for (let k = 0; k < size; k++) weights[members[Math.floor((random() / 4294967296) * size)]!]!++;
    }
    differences[resample] = difference(weights);
    if (resample % 16 === 0 || rows > 10_000) await nextTurn();
  }
  differences.sort();
  const tail = (1 - options.confidence) / 2;
  return {
    ...options,
    resamples,
    observed,
    lower: quantile(differences, tail),
    upper: quantile(differences, 1 - tail),
  };
}

type WeightedMetric = (weights: Uint32Array) => number;

/** Each metric as a function of how often each row is taken, greater is better; what does not depend on that is done once. */
const WEIGHTED: Record<PairedMetric, (labels: Uint8Array, scores: Float64Array) => WeightedMetric> = {
  auc: weightedAuc,
  average_precision: weightedAveragePrecision,
  log_loss: (labels, scores) => weightedLoss(scores.map((score, row) => nats(labels[row]!, score))),
  brier: (labels, scores) => weightedLoss(scores.map((score, row) => (score - labels[row]!) ** 2)),
};

function weightedLoss(losses: Float64Array): WeightedMetric {
  return (weights) => {
    let sum = 0;
    for (let row = 0; row < losses.length; row++) sum -= weights[row]! * losses[row]!;
    return sum / losses.length;
  };
}

function nats(label: number, score: number): number {
  const given = label ? score : 1 - score;
  return -Math.log(Math.min(Math.max(given, 1e-15), 1 - 1e-15));
}

/** Rows from the greatest score down; `last[k]`: the k-th is the last one of its score. */
function ranking(scores: Float64Array): { order: Uint32Array; last: Uint8Array } {
  const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
  const last = Uint8Array.from(order, (row, k) =>
    k + 1 === order.length || scores[order[k + 1]!] !== scores[row] ? 1 : 0,
  );
  return { order, last };
}

function weightedAuc(labels: Uint8Array, scores: Float64Array): WeightedMetric {
  const { order, last } = ranking(scores);
  return (weights) => {
    let [area, positives, negatives, tiedPositives, tiedNegatives] = [0, 0, 0, 0, 0];
    for (let k = 0; k < order.length; k++) {
      const row = order[k]!;
      if (labels[row]) tiedPositives += weights[row]!;
      else tiedNegatives += weights[row]!;
      if (!last[k]) continue;
      area += tiedNegatives * (positives + tiedPositives / 2);
      positives += tiedPositives;
      negatives += tiedNegatives;
      tiedPositives = 0;
      tiedNegatives = 0;
    }
    return area / (positives * negatives);
  };
}

function weightedAveragePrecision(labels: Uint8Array, scores: Float64Array): WeightedMetric {
  const { order, last } = ranking(scores);
  return (weights) => {
    let [sum, positives, taken, tiedPositives] = [0, 0, 0, 0];
    for (let k = 0; k < order.length; k++) {
      const row = order[k]!;
      taken += weights[row]!;
      if (labels[row]) tiedPositives += weights[row]!;
      if (!last[k]) continue;
      positives += tiedPositives;
      if (tiedPositives > 0) sum += (tiedPositives * positives) / taken;
      tiedPositives = 0;
    }
    return sum / positives;
  };
}

/** Linear between neighbours, as NumPy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!);
}

/** Chris Doty-Humphrey's small fast counter generator, seeded through its counter; 32 random bits a call. */
export function sfc32(seed: number): () => number {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, seed | 0];
  const next = () => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let k = 0; k < 15; k++) next();
  return next;
}
