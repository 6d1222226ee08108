/**
 * One fit of a learner of ours in a process of its own, as bench/training_reference.py does for the others: same files, same
 * arguments, same line of JSON. The threads are started before the clock is; under tsx that takes far longer than in the service.
 */
import { readFileSync } from "node:fs";
import { binMatrix } from "../../src/training/boosting/bins.js";
import { refitBoosting } from "../../src/training/boosting/fit-boosting.js";
import { fitForest } from "../../src/training/forest/fit-forest.js";
import type { Model } from "../../src/training/learner.js";
import { refitLogistic } from "../../src/training/logistic/fit-logistic.js";
import type { Matrix } from "../../src/training/matrix.js";
import { evaluate } from "../../src/training/metrics.js";
import { resolveParams } from "../../src/training/params.js";
import { sharedArray } from "../../src/training/threads/shared.js";
import { spawnHelpers } from "../../src/training/threads/spawn-helpers.js";
import { type Team, teamOf } from "../../src/training/threads/team.js";
import { CATEGORIES, CATEGORY_AT, FEATURES } from "./training-rows.js";

type Fit = (matrix: Matrix, labels: Uint8Array, trees: number, leaves: number, team: Team) => Model;
const silent = () => {};

const FITS: Record<string, Fit> = {
  asof_gradient_boosting: (matrix, labels, trees, leaves, team) => {
    const settings = { trees, leaves, learning_rate: 0.1, l2: 0, min_leaf_rows: 20 };
    return refitBoosting(matrix, labels, resolveParams("GRADIENT_BOOSTING", settings), silent, team);
  },
  asof_random_forest: (matrix, labels, trees, max_leaves, team) => {
    const params = resolveParams("RANDOM_FOREST", { trees, max_leaves, min_leaf_rows: 5 });
    return fitForest(matrix, labels, params, 1, silent, team).model;
  },
  asof_logistic_regression: (matrix, labels, _trees, _leaves, team) =>
    refitLogistic(matrix, labels, resolveParams("LOGISTIC_REGRESSION"), silent, team),
};

const [learner, folder, trainRows, testRows, threads, trees, leaves] = process.argv.slice(2) as [
  string,
  string,
  ...string[],
];
const columns = FEATURES.map((name, k) => (k === CATEGORY_AT ? { name, vocabulary: CATEGORIES } : { name }));

function read(name: string, rows: number): { matrix: Matrix; labels: Uint8Array } {
  const values = sharedArray(Float32Array, rows * FEATURES.length);
  const labels = sharedArray(Uint8Array, rows);
  new Uint8Array(values.buffer).set(readFileSync(`${folder}/${name}.values`));
  labels.set(readFileSync(`${folder}/${name}.labels`));
  return { matrix: { rows, columns, values }, labels };
}

const train = read("train", Number(trainRows));
const test = read("test", Number(testRows));
const { workers, ...input } = spawnHelpers(Number(threads));
const team = teamOf(input);
binMatrix({ rows: 1, columns, values: sharedArray(Float32Array, FEATURES.length) }, 2, false, team);

const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
const model = FITS[learner!]!(train.matrix, train.labels, Number(trees), Number(leaves), team);
const wall = (performance.now() - startedAt) / 1000;
const { user, system } = process.cpuUsage(cpuBefore);
for (const worker of workers) await worker.terminate();
const { auc } = evaluate(test.labels, model.predict(test.matrix), 0.5).metrics;
const peakMegabytes = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ wall, cpu: (user + system) / 1e6, auc, peakMegabytes }));
