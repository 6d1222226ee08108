/**
 * One fit of a learner of ours in a process of its own, as bench/training_reference.py does for the others: same files, same
 * arguments, same line of JSON. Run as built JavaScript, as `npm start` is. The threads are started before the clock is, as
 * many as the service would take of those allowed, or exactly so many with a last argument "exactly".
 */
import { closeSync, openSync, readSync } from "node:fs";
import type { Model } from "../../src/training/learner.js";
import { binMatrix } from "../../src/training/learners/boosting/bins.js";
import { refitBoosting } from "../../src/training/learners/boosting/fit-boosting.js";
import { fitForest } from "../../src/training/learners/forest/fit-forest.js";
import { refitLogistic } from "../../src/training/learners/logistic/fit-logistic.js";
import type { BuiltInAlgorithm as Algorithm } from "../../src/training/learners/registry.js";
import type { Matrix } from "../../src/training/matrix.js";
import { resolveParams } from "../../src/training/params.js";
import { areaUnderRoc } from "../../src/training/tasks/binary/metrics.js";
import { threadsFor } from "../../src/training/threads/how-many.js";
import { sharedArray } from "../../src/training/threads/shared.js";
import { spawnHelpers } from "../../src/training/threads/spawn-helpers.js";
import { type Team, teamOf } from "../../src/training/threads/team.js";
import { CATEGORIES, CATEGORY_AT, FEATURES } from "./training-rows.js";

type Fit = (matrix: Matrix, labels: Uint8Array, trees: number, leaves: number, team: Team) => Model;
const silent = () => {};

const FITS: Record<Algorithm, Fit> = {
  GRADIENT_BOOSTING: (matrix, labels, trees, leaves, team) => {
    const settings = { trees, leaves, learning_rate: 0.1, l2: 0, min_leaf_rows: 20, linear_start: 0 };
    return refitBoosting(matrix, labels, resolveParams("GRADIENT_BOOSTING", settings), silent, team);
  },
  RANDOM_FOREST: (matrix, labels, trees, max_leaves, team) => {
    const params = resolveParams("RANDOM_FOREST", { trees, max_leaves, min_leaf_rows: 5 });
    return fitForest(matrix, labels, params, 1, silent, team).model;
  },
  LOGISTIC_REGRESSION: (matrix, labels, _trees, _leaves, team) =>
    refitLogistic(matrix, labels, resolveParams("LOGISTIC_REGRESSION"), silent, team),
};

const [learner, folder, trainRows, testRows, allowed, trees, leaves, exactly] = process.argv.slice(2) as [
  string,
  string,
  ...string[],
];
const algorithm = learner.replace("asof_", "").toUpperCase() as Algorithm;
const columns = FEATURES.map((name, k) => (k === CATEGORY_AT ? { name, vocabulary: CATEGORIES } : { name }));

function readInto(path: string, bytes: Uint8Array): void {
  const file = openSync(path, "r");
  for (let at = 0; at < bytes.length; ) {
    const length = readSync(file, bytes, at, Math.min(2 ** 26, bytes.length - at), null);
    if (length === 0) throw new Error(`${path} ends after ${at} of ${bytes.length} bytes`);
    at += length;
  }
  closeSync(file);
}

function read(name: string, rows: number): { matrix: Matrix; labels: Uint8Array } {
  const values = sharedArray(Float32Array, rows * FEATURES.length);
  const labels = sharedArray(Uint8Array, rows);
  readInto(`${folder}/${name}.values`, new Uint8Array(values.buffer));
  readInto(`${folder}/${name}.labels`, labels);
  return { matrix: { rows, columns, values }, labels };
}

const train = read("train", Number(trainRows));
const threads = threadsFor(
  algorithm,
  train.matrix.rows,
  exactly ? Number(allowed) : undefined,
  Number(allowed),
);
const { workers, ...input } = spawnHelpers(threads);
const team = teamOf(input);
binMatrix({ rows: 1, columns, values: sharedArray(Float32Array, FEATURES.length) }, 2, false, team);

const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
const model = FITS[algorithm](train.matrix, train.labels, Number(trees), Number(leaves), team);
const wall = (performance.now() - startedAt) / 1000;
const { user, system } = process.cpuUsage(cpuBefore);
const peakMegabytes = process.resourceUsage().maxRSS / 1024;
for (const worker of workers) await worker.terminate();
const test = read("test", Number(testRows));
const auc = areaUnderRoc(test.labels, model.predict(test.matrix));
console.log(JSON.stringify({ wall, cpu: (user + system) / 1e6, auc, threads, peakMegabytes }));
