import { createHash } from "node:crypto";
import { DEFAULT_TASK } from "../values/task.js";
import { type FoldMetrics, foldMetricValues, summarised } from "./evaluation/cross-validated.js";
import { backgroundOf } from "./explain/background.js";
import type { Fitted, Report } from "./learner.js";
import { fitOf } from "./learners/registry.js";
import { gatherMatrix, learnColumns, type Matrix } from "./matrix.js";
import { onnxSignatureOf } from "./onnx/inputs.js";
import { outOfFoldMetrics } from "./out-of-fold-metrics.js";
import { resolveParams } from "./params.js";
import type { Labels } from "./tasks/labels.js";
import { signatureTask, tasks } from "./tasks/registry.js";
import type { Task } from "./tasks/task.js";
import { sharedArray } from "./threads/shared.js";
import { SOLO, type Team } from "./threads/team.js";
import type { HeldOutDigest, TrainingData, TrainOptions, TrainResult } from "./types.js";
import { validateRequest, validateValues } from "./validate.js";

/**
 * Split, fit, choose, judge, export: everything, led by the calling thread. Held-out rows are looked at once, at the end.
 * @throws BadUserInputError
 */
export function train(
  data: TrainingData<Labels>,
  options: TrainOptions,
  report: Report,
  team: Team = SOLO,
): TrainResult {
  const start = performance.now();
  const task = tasks.get(options.task ?? DEFAULT_TASK);
  validateRequest(data, options);
  task.checkLabels(data.labels);
  validateValues(data);
  const split = task.split(data.keys, data.labels, options.testFraction, options.seed);
  task.requireTrainable(data.labels, split.train, split.test);
  const columns = learnColumns(data, split.train);
  const labels = gather(task, data.labels, split.train);
  const matrix = gatherMatrix(data, columns, split.train);
  const { model, curve, outOfFold } = fitLearner(task, options, matrix, labels, report, team);
  const threshold = task.chooseThreshold(outOfFold);
  const onnx = model.toOnnx(metadataOf(data, matrix, options, threshold));
  const trainSeconds = (performance.now() - start) / 1000;
  const test = {
    labels: gather(task, data.labels, split.test),
    matrix: gatherMatrix(data, columns, split.test),
  };
  const answers = model.predict(test.matrix);
  const { metrics } = task.evaluate(test.labels, answers, threshold);
  const folds = options.folds ? judgeFolds(task, data, split.train, options, report, team) : null;
  const { algorithm: learner, seed } = options;
  const background = backgroundOf(matrix);
  const judged = { ...test, learner, model, answers, threshold, background, seed, folds };
  const sizes = { rows: data.keys.length, train_rows: split.train.length, test_rows: split.test.length };
  return {
    onnx,
    sha256: createHash("sha256").update(onnx).digest("hex"),
    threshold,
    metrics: {
      ...metrics,
      ...outOfFoldMetrics(task, outOfFold),
      ...(folds && foldMetricValues(folds)),
      train_seconds: trainSeconds,
      ...sizes,
      ...model.metrics,
    },
    curve,
    hyperparameters: resolveParams(options.algorithm, options.params),
    reports: task.reports(judged, team),
    signature: { ...onnxSignatureOf(columns, task.outputs), ...signatureTask(task) },
    heldOut: heldOutOf(data.keys, split.test),
  };
}

/** The whole training again on each stratified fold of the training rows: columns, trees, threshold. */
function judgeFolds(
  task: Task,
  data: TrainingData<Labels>,
  rows: Uint32Array,
  options: TrainOptions,
  report: Report,
  team: Team,
): FoldMetrics {
  const total = options.folds!;
  const labels = gather(task, data.labels, rows);
  task.requireFolds(labels, total);
  const judged = task.folds(labels, total).map(({ fit, validate }, done) => {
    const fitRows = fit.map((k) => rows[k]!);
    const columns = learnColumns(data, fitRows);
    const matrix = gatherMatrix(data, columns, fitRows);
    const { model, outOfFold } = fitLearner(
      task,
      options,
      matrix,
      gather(task, data.labels, fitRows),
      () => {},
      team,
    );
    const threshold = task.chooseThreshold(outOfFold);
    const validateRows = validate.map((k) => rows[k]!);
    const answers = model.predict(gatherMatrix(data, columns, validateRows));
    const { metrics } = task.evaluate(gather(task, data.labels, validateRows), answers, threshold);
    report({ phase: "evaluation", done: done + 1, total, unit: "folds" });
    return { ...metrics, threshold };
  });
  return summarised(judged);
}

function fitLearner(
  task: Task,
  { algorithm, params, seed }: TrainOptions,
  matrix: Matrix,
  labels: Labels,
  report: Report,
  team: Team,
): Fitted<unknown, Labels> {
  const learn = fitOf(algorithm, task.name);
  const folds = () => task.innerFolds(labels);
  return learn({ matrix, labels, params: resolveParams(algorithm, params), seed, folds, report, team });
}

/** What a reader of the ONNX file alone needs to know: what goes where, and what the answer means. */
function metadataOf(
  data: TrainingData<Labels>,
  matrix: Matrix,
  { algorithm }: TrainOptions,
  threshold: number,
): Record<string, string> {
  const vocabularies = new Map(matrix.columns.map(({ name, vocabulary }) => [name, vocabulary]));
  const features = data.features.map(({ name, kind }) => ({
    name,
    kind,
    categories: vocabularies.get(name),
  }));
  return {
    "asof.algorithm": algorithm,
    "asof.background": JSON.stringify(backgroundOf(matrix)),
    "asof.features": JSON.stringify(features),
    "asof.threshold": String(threshold),
  };
}

function heldOutOf(keys: string[], test: Uint32Array): HeldOutDigest {
  const hash = createHash("sha256");
  const heldOut = Array.from(test, (row) => keys[row]!).sort();
  for (const key of heldOut) hash.update(key).update("\0");
  return { sha256: hash.digest("hex"), rows: test.length };
}

function gather(task: Task, labels: Labels, rows: Uint32Array): Labels {
  const gathered = sharedArray(task.labelArray, rows.length);
  for (let k = 0; k < rows.length; k++) gathered[k] = labels[rows[k]!]!;
  return gathered;
}
