import { createHash } from "node:crypto";
import { DEFAULT_TASK } from "../values/task.js";
import { chooseDecision } from "./decided.js";
import { encodedInputs, encodeInputs } from "./encoding/encode-inputs.js";
import { type FoldMetrics, foldMetricValues, summarised } from "./evaluation/cross-validated.js";
import { backgroundOf } from "./explain/background.js";
import { shapSummaryFile } from "./explain/shap-summary.js";
import { summaryOfRows } from "./explain/summary.js";
import { type FitRows, fitLearner, fitRowsOf, gather, gatherWeights } from "./fit-rows.js";
import type { OutOfFold, Report } from "./learner.js";
import { learners } from "./learners/registry.js";
import type { Matrix } from "./matrix.js";
import { onnxSignatureOf } from "./onnx/inputs.js";
import { onnxMetadata } from "./onnx/metadata.js";
import { outOfFoldMetrics } from "./out-of-fold-metrics.js";
import { keyStarts, shareOfRows, splitByKey, splitByTime } from "./panel.js";
import { resolveParams } from "./params.js";
import { weightsOf } from "./sample-weights.js";
import { bestFeatures, selectionFile } from "./selection/select-features.js";
import type { Labels } from "./tasks/labels.js";
import { signatureTask, tasks } from "./tasks/registry.js";
import type { Task } from "./tasks/task.js";
import { SOLO, type Team } from "./threads/team.js";
import { foldsFor, timeFolds } from "./time-folds.js";
import type { HeldOutDigest, ReportFile, TrainingData, TrainOptions, TrainResult } from "./types.js";
import { validateRequest, validateValues } from "./validate.js";

/**
 * Split, fit, choose, judge, export: everything, led by the calling thread. Held-out rows are looked at once, at the end.
 * @throws BadUserInputError
 */
export function train(
  given: TrainingData<Labels>,
  options: TrainOptions,
  report: Report,
  team: Team = SOLO,
): TrainResult {
  const start = performance.now();
  const task = tasks.get(options.task ?? DEFAULT_TASK);
  validateRequest(given, options);
  task.checkLabels(given.labels);
  validateValues(given);
  const { classes = null } = given;
  const { heldOutFrom, testFraction, seed: splitSeed } = options;
  const whole =
    heldOutFrom === undefined
      ? splitByKey(task, given, testFraction, splitSeed)
      : splitByTime(given, heldOutFrom, splitSeed);
  const split = { ...whole, train: shareOfRows(task, given, whole.train, options.share ?? 1) };
  task.requireTrainable(given.labels, split.train, split.test, classes);
  const { data, selection } = bestFeatures(task, given, split.train, options, report, team);
  const own = fitRowsOf(task, data, split.train, options);
  const { table, matrix, starts } = own;
  const fitted = fitLearner(task, data, options, own, report, team);
  const { model, curve } = fitted;
  const outOfFold = judgedForward(task, data, options, own, team) ?? fitted.outOfFold;
  const { threshold, judged, decided } = chooseDecision(task, outOfFold, options, starts);
  const calibration = decided?.calibration ?? null;
  const learnt = model.toOnnx(
    onnxMetadata(data, table, matrix, options, threshold, calibration?.metadata ?? null),
  );
  const plain = encodeInputs(learnt, data.features, table.codings);
  const onnx = calibration?.extend(plain) ?? plain;
  const trainSeconds = (performance.now() - start) / 1000;
  const test = {
    labels: gather(task, data.labels, split.test),
    weights: gatherWeights(data, split.test),
    matrix: table.gather(split.test),
  };
  const uncalibrated = model.predict(test.matrix);
  const answers = calibration?.apply(uncalibrated) ?? uncalibrated;
  const { metrics } = task.evaluate(test.labels, answers, threshold, test.weights);
  const folds = options.folds ? judgeFolds(task, given, split.train, options, report, team) : null;
  const { algorithm: learner, seed } = options;
  const background = backgroundOf(matrix);
  const judgedModel = {
    ...{ ...test, learner, model, answers, threshold, classes, background, seed, folds },
    decided: decided && { ...decided, uncalibrated },
  };
  const sizes = { rows: data.keys.length, train_rows: split.train.length, test_rows: split.test.length };
  return {
    onnx,
    sha256: createHash("sha256").update(onnx).digest("hex"),
    threshold,
    metrics: {
      ...metrics,
      ...model.lossOn?.(test.labels, answers, test.weights),
      ...(decided &&
        task.decision!.metrics(test.labels, answers, threshold!, decided.decision, test.weights)),
      ...outOfFoldMetrics(task, judged),
      ...(folds && foldMetricValues(folds)),
      train_seconds: trainSeconds,
      ...sizes,
      ...model.metrics,
    },
    curve,
    hyperparameters: resolveParams(options.algorithm, options.params, task.name),
    reports:
      options.reports === false
        ? []
        : [
            ...task.reports(judgedModel, team),
            ...explainedOver(learner, onnx, test.matrix),
            ...(selection ? selectionFile(selection) : []),
          ],
    features: data.features,
    signature: {
      ...onnxSignatureOf(encodedInputs(data.features), task.outputs(classes)),
      ...signatureTask(task),
      ...(classes && { classes }),
    },
    heldOut: heldOutOf(data, split.test),
  };
}

/** What features add to answers, from the file as it is served; nothing of a learner whose answers cannot be explained so. */
function explainedOver(learner: string, onnx: Uint8Array, heldOut: Matrix): ReportFile[] {
  const explainer = learners.get(learner).explainer?.(onnx)?.ofRows;
  const summary = explainer ? summaryOfRows(explainer, heldOut) : null;
  return summary ? shapSummaryFile(summary) : [];
}

/** The whole training again on each stratified fold of the training rows: features, columns, trees, threshold. */
function judgeFolds(
  task: Task,
  given: TrainingData<Labels>,
  rows: Uint32Array,
  options: TrainOptions,
  report: Report,
  team: Team,
): FoldMetrics {
  const total = options.folds!;
  const labels = gather(task, given.labels, rows);
  const starts = keyStarts(given, rows);
  task.requireFolds(labels, total);
  const folds = foldsFor(task, given, { rows, labels, starts }, options, total);
  const judged = folds.map(({ fit, validate }, done) => {
    const fitRows = fit.map((k) => rows[k]!);
    const { data } = bestFeatures(task, given, fitRows, options, () => {}, team);
    const own = fitRowsOf(task, data, fitRows, options);
    const { table } = own;
    const { model, outOfFold } = fitLearner(task, data, options, own, () => {}, team);
    const forward = judgedForward(task, data, options, own, team) ?? outOfFold;
    const { threshold, decided } = chooseDecision(task, forward, options, own.starts);
    const validateRows = validate.map((k) => rows[k]!);
    const raw = model.predict(table.gather(validateRows));
    const answers = decided?.calibration.apply(raw) ?? raw;
    const weights = gatherWeights(data, validateRows);
    const { metrics } = task.evaluate(gather(task, data.labels, validateRows), answers, threshold, weights);
    report({ phase: "evaluation", done: done + 1, total, unit: "folds" });
    return { ...metrics, ...(threshold !== null && { threshold }) };
  });
  return summarised(judged);
}

/** Of a learner that judges itself on rows of all dates, answers that go forward in time; null where its own are. */
function judgedForward(
  task: Task,
  data: TrainingData<Labels>,
  options: TrainOptions,
  { rows, labels, weights }: FitRows,
  team: Team,
): OutOfFold<Labels> | null {
  if (options.heldOutFrom === undefined || !learners.get(options.algorithm).judgesItself) return null;
  const folds = timeFolds(task, data, { rows, labels }, null);
  if (folds.length === 0) return null;
  const answers = folds.map(({ fit, validate }) => {
    const own = fitRowsOf(
      task,
      data,
      fit.map((k) => rows[k]!),
      options,
    );
    const { model } = fitLearner(task, data, options, own, () => {}, team);
    return model.predict(own.table.gather(validate.map((k) => rows[k]!)));
  });
  const judged = Uint32Array.from(folds.flatMap(({ validate }) => [...validate]));
  return {
    rows: judged,
    labels: gather(task, labels, judged),
    probabilities: Float64Array.from(answers.flatMap((own) => [...own])),
    weights: weightsOf(weights, judged),
  };
}

function heldOutOf({ keys, dates }: TrainingData<Labels>, test: Uint32Array): HeldOutDigest {
  const hash = createHash("sha256");
  const named = (row: number) => (dates ? `${dates.names[dates.of[row]!]} ${keys[row]!}` : keys[row]!);
  const heldOut = Array.from(test, named).sort();
  for (const key of heldOut) hash.update(key).update("\0");
  return { sha256: hash.digest("hex"), rows: test.length };
}
