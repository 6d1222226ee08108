/**
 * One fit of a learner of ours in a process of its own, as bench/training_reference.py does for the others: same files, same
 * line of JSON. Run as built JavaScript, as `npm start` is. The threads are started before the clock is, as many as the
 * service would take of those allowed, or exactly so many with a last argument "exactly".
 */
import { writeFileSync } from "node:fs";
import type { Model } from "../../src/training/learner.js";
import { binMatrix } from "../../src/training/learners/boosting/bins.js";
import { refitClasses } from "../../src/training/learners/boosting/classes/fit-classes.js";
import { refitBoosting } from "../../src/training/learners/boosting/fit-boosting.js";
import { refitValues } from "../../src/training/learners/boosting/fit-values.js";
import { fitClassesForest } from "../../src/training/learners/forest/classes/fit-classes-forest.js";
import { fitForest } from "../../src/training/learners/forest/fit-forest.js";
import { fitValueForest } from "../../src/training/learners/forest/fit-value-forest.js";
import { fitLinear } from "../../src/training/learners/linear/fit-linear.js";
import { refitMultinomial } from "../../src/training/learners/logistic/classes/fit-multinomial.js";
import { refitLogistic } from "../../src/training/learners/logistic/fit-logistic.js";
import type { Matrix } from "../../src/training/matrix.js";
import { resolveParams } from "../../src/training/params.js";
import { threadsFor } from "../../src/training/threads/how-many.js";
import { sharedArray } from "../../src/training/threads/shared.js";
import { spawnHelpers } from "../../src/training/threads/spawn-helpers.js";
import { type Team, teamOf } from "../../src/training/threads/team.js";
import { CONTESTS } from "./training-contests.js";
import { readInto, readTable } from "./training-table.js";

const [folder, contest, allowed, trees, exactly] = process.argv.slice(2) as [string, string, ...string[]];
const { algorithm, task, params: own } = CONTESTS[contest]!;
const table = readTable(folder);
const { columns } = table;
const silent = () => {};

function matrixOf(name: "train" | "test"): Matrix {
  const rows = table[name];
  const values = readInto(`${folder}/${name}.values`, sharedArray(Float32Array, rows * columns.length));
  return { rows, columns, values };
}

type Settings = Record<string, number | string>;
type Fit = (matrix: Matrix, labels: Float64Array, settings: Settings, team: Team) => Model;
const classes = Array.from({ length: table.classes }, (_, k) => `class ${k}`);
const [boosting, forest] = ["GRADIENT_BOOSTING", "RANDOM_FOREST"] as const;
const [linear, logistic] = ["LINEAR_REGRESSION", "LOGISTIC_REGRESSION"] as const;

/** By learner and task: everything on the rows given, nothing judged. */
const FITS: Record<string, Fit> = {
  [`${boosting} BINARY`](matrix, labels, settings, team) {
    const params = resolveParams(boosting, { ...settings, linear_start: 0 });
    return refitBoosting(matrix, bytesOf(labels), params, silent, team);
  },
  [`${boosting} REGRESSION`]: (matrix, labels, settings, team) =>
    refitValues(matrix, labels, resolveParams(boosting, settings, task), silent, team),
  [`${boosting} MULTICLASS`]: (matrix, labels, settings, team) =>
    refitClasses(matrix, bytesOf(labels), classes, resolveParams(boosting, settings, task), silent, team),
  [`${forest} BINARY`]: (matrix, labels, settings, team) =>
    fitForest(matrix, bytesOf(labels), resolveParams(forest, settings), 1, silent, team).model,
  [`${forest} REGRESSION`]: (matrix, labels, settings, team) =>
    fitValueForest(matrix, labels, resolveParams(forest, settings, task), 1, silent, team).model,
  [`${forest} MULTICLASS`](matrix, labels, settings, team) {
    const params = resolveParams(forest, settings, task);
    return fitClassesForest(matrix, bytesOf(labels), classes, params, 1, silent, team).model;
  },
  [`${linear} REGRESSION`]: (matrix, labels, settings, team) =>
    fitLinear(matrix, labels, [], resolveParams(linear, settings, task), silent, team).model,
  [`${logistic} BINARY`]: (matrix, labels, settings, team) =>
    refitLogistic(matrix, bytesOf(labels), resolveParams(logistic, settings), silent, team),
  [`${logistic} MULTICLASS`]: (matrix, labels, settings, team) =>
    refitMultinomial(matrix, bytesOf(labels), classes, resolveParams(logistic, settings, task), silent, team),
};

function bytesOf(labels: Float64Array): Uint8Array {
  const short = sharedArray(Uint8Array, labels.length);
  short.set(labels);
  return short;
}

const train = matrixOf("train");
const labels = readInto(`${folder}/train.labels`, sharedArray(Float64Array, train.rows));
const threads = threadsFor(algorithm, train.rows, exactly ? Number(allowed) : undefined, Number(allowed));
const { workers, ...input } = spawnHelpers(threads);
const team = teamOf(input);
binMatrix({ rows: 1, columns, values: sharedArray(Float32Array, columns.length) }, 2, false, team);

const settings = { ...own(train.rows), ...(Number(trees) > 0 && { trees: Number(trees) }) };
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
const model = FITS[`${algorithm} ${task}`]!(train, labels, settings, team);
const wall = (performance.now() - startedAt) / 1000;
const { user, system } = process.cpuUsage(cpuBefore);
const peakMegabytes = process.resourceUsage().maxRSS / 1024;
for (const worker of workers) await worker.terminate();
writeFileSync(`${folder}/answers`, new Uint8Array(model.predict(matrixOf("test")).buffer));
console.log(JSON.stringify({ wall, cpu: (user + system) / 1e6, threads, peakMegabytes }));
