import { createHash } from "node:crypto";
import { type FoldMetrics, foldMetricValues, summarised } from "./evaluation/cross-validated.js";
import { backgroundOf } from "./explain/background.js";
import type { Fitted, Report } from "./learner.js";
import { fitOf } from "./learners/registry.js";
import { gatherMatrix, learnColumns, type Matrix } from "./matrix.js";
import { onnxSignatureOf } from "./onnx/inputs.js";
import { resolveParams } from "./params.js";
import { bestThreshold, evaluate } from "./tasks/binary/metrics.js";
import { outOfFoldMetrics } from "./tasks/binary/out-of-fold-metrics.js";
import { reportFiles } from "./tasks/binary/report.js";
import { type Fold, stratifiedFolds, stratifiedSplit } from "./tasks/binary/split.js";
import { sharedArray } from "./threads/shared.js";
import { SOLO, type Team } from "./threads/team.js";
import type { HeldOutDigest, TrainingData, TrainOptions, TrainResult } from "./types.js";
import { validateClasses, validateFolds, validateRequest, validateValues } from "./validate.js";

const INNER_FOLDS = 5;
/** From here on one hold-out of a fifth is precise enough, and five fits are dear. */
const SINGLE_HOLD_OUT_ROWS = 50_000;

/**
 * Split, fit, choose, judge, export: everything, led by the calling thread. Held-out rows are looked at once, at the end.
 * @throws BadUserInputError
 */
export function train(
  data: TrainingData,
  options: TrainOptions,
  report: Report,
  team: Team = SOLO,
): TrainResult {
  const start = performance.now();
  validateRequest(data, options);
  validateValues(data);
  const split = stratifiedSplit(data.keys, data.labels, options.testFraction, options.seed);
  validateClasses(data.labels, split.train, split.test);
  const columns = learnColumns(data, split.train);
  const labels = gather(data.labels, split.train);
  const matrix = gatherMatrix(data, columns, split.train);
  const { model, curve, outOfFold } = fitLearner(options, matrix, labels, report, team);
  const threshold = bestThreshold(outOfFold.labels, outOfFold.probabilities);
  const onnx = model.toOnnx(metadataOf(data, matrix, options, threshold));
  const trainSeconds = (performance.now() - start) / 1000;
  const test = { labels: gather(data.labels, split.test), matrix: gatherMatrix(data, columns, split.test) };
  const probabilities = model.predict(test.matrix);
  const judged = evaluate(test.labels, probabilities, threshold);
  const folds = options.folds ? judgeFolds(data, split.train, options, report, team) : null;
  const background = backgroundOf(matrix);
  const reports = {
    ...test,
    learner: options.algorithm,
    model,
    probabilities,
    evaluation: judged,
    background,
    seed: options.seed,
    folds,
  };
  const sizes = { rows: data.keys.length, train_rows: split.train.length, test_rows: split.test.length };
  return {
    onnx,
    sha256: createHash("sha256").update(onnx).digest("hex"),
    threshold,
    metrics: {
      ...judged.metrics,
      ...outOfFoldMetrics(outOfFold),
      ...(folds && foldMetricValues(folds)),
      train_seconds: trainSeconds,
      ...sizes,
      ...model.metrics,
    },
    curve,
    confusion: judged.confusion,
    roc: judged.roc,
    hyperparameters: resolveParams(options.algorithm, options.params),
    reports: reportFiles(reports, team),
    signature: onnxSignatureOf(columns),
    heldOut: heldOutOf(data.keys, split.test),
  };
}

/** The whole training again on each stratified fold of the training rows: columns, trees, threshold. */
function judgeFolds(
  data: TrainingData,
  rows: Uint32Array,
  options: TrainOptions,
  report: Report,
  team: Team,
): FoldMetrics {
  const total = options.folds!;
  const labels = gather(data.labels, rows);
  validateFolds(labels, total);
  const judged = stratifiedFolds(labels, total).map(({ fit, validate }, done) => {
    const fitRows = fit.map((k) => rows[k]!);
    const columns = learnColumns(data, fitRows);
    const matrix = gatherMatrix(data, columns, fitRows);
    const { model, outOfFold } = fitLearner(options, matrix, gather(data.labels, fitRows), () => {}, team);
    const threshold = bestThreshold(outOfFold.labels, outOfFold.probabilities);
    const validateRows = validate.map((k) => rows[k]!);
    const probabilities = model.predict(gatherMatrix(data, columns, validateRows));
    report({ phase: "evaluation", done: done + 1, total, unit: "folds" });
    return { ...evaluate(gather(data.labels, validateRows), probabilities, threshold).metrics, threshold };
  });
  return summarised(judged);
}

function fitLearner(
  { algorithm, params, seed }: TrainOptions,
  matrix: Matrix,
  labels: Uint8Array,
  report: Report,
  team: Team,
): Fitted {
  return fitOf(
    algorithm,
    "BINARY",
  )({
    matrix,
    labels,
    params: resolveParams(algorithm, params),
    seed,
    folds: () => innerFolds(labels),
    report,
    team,
  });
}

/** Five folds, fewer when a class has fewer rows; one hold-out for large tables. */
function innerFolds(labels: Uint8Array): Fold[] {
  if (labels.length >= SINGLE_HOLD_OUT_ROWS) return stratifiedFolds(labels, INNER_FOLDS, 1);
  const positives = labels.reduce((sum, label) => sum + label, 0);
  return stratifiedFolds(labels, Math.min(INNER_FOLDS, positives, labels.length - positives));
}

/** What a reader of the ONNX file alone needs to know: what goes where, and what the probability means. */
function metadataOf(
  data: TrainingData,
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

function gather(labels: Uint8Array, rows: Uint32Array): Uint8Array {
  const gathered = sharedArray(Uint8Array, rows.length);
  for (let k = 0; k < rows.length; k++) gathered[k] = labels[rows[k]!]!;
  return gathered;
}
