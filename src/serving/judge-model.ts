import type { Pool } from "../db/pool.js";
import { type Deployment, type FeatureService, findService } from "../definitions/language/deployment.js";
import { entityOfService } from "../definitions/language/entities.js";
import { entityNames } from "../definitions/language/entity-names.js";
import { decisionOf } from "../definitions/language/learns.js";
import { serviceFeatures } from "../definitions/language/service-features.js";
import { UnusableModelError } from "../errors/unusable-model.js";
import { ErasedKeys } from "../features/erasure/kept-out.js";
import type { Categories } from "../features/export-shape.js";
import { declaredWeight, weightInWords } from "../features/pinned-columns.js";
import { requireRows } from "../features/snapshot-rows.js";
import { countLabelledUsers, readTrainingRows } from "../features/training-rows.js";
import type { Snapshot } from "../features/types.js";
import {
  type DeclaredSignature,
  requireSupportedGraph,
  signatureOf,
  unnamedClasses,
} from "../registry/external-signature.js";
import type { ModelSignature } from "../registry/model.js";
import { type OnnxFile, readOnnxFile } from "../registry/onnx-file.js";
import { shapSummaryFile } from "../training/explain/shap-summary.js";
import { type SampleWeights, weightsOf } from "../training/sample-weights.js";
import { type RawLabel, widened } from "../training/tasks/classes.js";
import type { Labels } from "../training/tasks/labels.js";
import { taskOutputs } from "../training/tasks/outputs.js";
import { readLabels, signatureTask, taskForService } from "../training/tasks/registry.js";
import type { Task } from "../training/tasks/task.js";
import type { ReportFile } from "../training/types.js";
import { requireWeights } from "../training/validate.js";
import type { DecisionRule } from "../values/decision.js";
import { MOST_JUDGED_ROWS } from "../values/ranges.js";
import { answerAt } from "./answers.js";
import { type BackgroundRow, BackgroundSample } from "./background-rows.js";
import { type ChosenRows, chooseRows } from "./chosen-rows.js";
import { type ExpectedAnswer, ExpectedAnswers } from "./expected-answers.js";
import type { ModelLimits } from "./isolated/limits.js";
import type { MadeUpAnswers } from "./made-up-answers.js";
import type { TrialRow } from "./model-trial.js";
import { ScoredRows } from "./scored-rows.js";
import { type HeldOutSplit, splitRows } from "./training-split.js";
import { TriedModel } from "./tried-model.js";

export interface JudgeRequest {
  model: string;
  signature: DeclaredSignature;
  /** Of the features that it was trained on as codes their categories. */
  categories?: Categories | null;
  /** Who is held out. */
  split: HeldOutSplit;
  /** Chosen on the rows that are not held out where none is given. */
  threshold?: number | null;
  /** What the model gave where it was trained, of users among the rows. */
  expected?: readonly ExpectedAnswer[] | null;
  expectedTolerance?: number | null;
  /** What it gave elsewhere of rows that nobody has. */
  madeUp?: MadeUpAnswers | null;
  /** Of more labelled rows than these a sample is judged. */
  maxRows?: number | null;
}

/** Which rows a model was judged on. */
export interface JudgedRows {
  /** Labelled, in the snapshots. */
  rows: number;
  scoredRows: number;
  heldOutRows: number;
  /** In words. */
  sample: string;
}

export interface ModelJudgement {
  signature: ModelSignature;
  /** Null of a task without one. */
  threshold: number | null;
  metrics: Record<string, number>;
  /** On the held-out rows. */
  reports: ReportFile[];
  /** What does not keep it from being registered, and should be known. */
  warnings: string[];
  judgedOn: JudgedRows;
  /** Why nothing can be said of what its features add to its answers; null where it can. */
  notExplained: string | null;
}

export interface Judging {
  limits?: ModelLimits;
  /** Called now and then; may throw to end it. */
  progress?(done: { scored: number; of: number }): void;
  /** Keeps the rows that its answers are compared with from now on. */
  keep?(background: readonly BackgroundRow[]): Promise<void>;
}

const CHUNK = 1_024;
export const EXPECTED_TOLERANCE = 1e-4;

/**
 * What can be said of a file without running it: that it is ONNX of operators that are run, and how features fill it.
 * @throws {UnusableModelError} what is wrong with it, and where
 */
export function readModelFile(
  bytes: Uint8Array,
  service: FeatureService,
  declared: DeclaredSignature,
  categories: Categories | null = null,
): { signature: ModelSignature; unnamed: string | null } {
  const file = read(bytes);
  const task = taskForService(service);
  const signature = {
    ...signatureOf(file, serviceFeatures(service), declared, taskOutputs[task.name]!, {
      hasClasses: task.hasClasses,
      categories: categories ?? {},
    }),
    ...signatureTask(task),
  };
  return { signature, unnamed: task.hasClasses ? null : unnamedClasses(file, declared) };
}

/**
 * Reads a file that was made elsewhere, maps it to the features, loads it in a process of its own, tries there what serving
 * will ask, and runs it on the rows of the snapshots, or on a sample of them; what it is judged by is measured on the rows
 * that the split holds out.
 * @throws {UnusableModelError} what is wrong with the file, and where
 */
export async function judgeModel(
  pool: Pool,
  definitions: Deployment,
  request: JudgeRequest,
  bytes: Buffer,
  pinned: { features: Snapshot; label: Snapshot },
  judging: Judging = {},
): Promise<ModelJudgement> {
  const service = findService(definitions, request.model)!;
  const read = readModelFile(bytes, service, request.signature, request.categories);
  const names = entityNames(entityOfService(definitions, service));
  const tried = new TriedModel(bytes, read.signature, names, judging.limits);
  try {
    return await judgeTried(pool, definitions, request, { ...read, service, tried }, pinned, judging);
  } finally {
    tried.close();
  }
}

interface Tried extends ReturnType<typeof readModelFile> {
  service: FeatureService;
  tried: TriedModel;
}

async function judgeTried(
  pool: Pool,
  definitions: Deployment,
  request: JudgeRequest,
  { signature, unnamed, service, tried }: Tried,
  pinned: { features: Snapshot; label: Snapshot },
  { progress, keep }: Judging,
): Promise<ModelJudgement> {
  const task = taskForService(service);
  const features = serviceFeatures(service);
  const expected = new ExpectedAnswers(
    request.expected ?? [],
    request.expectedTolerance ?? EXPECTED_TOLERANCE,
  );
  const ids = { features: pinned.features.id, label: pinned.label.id };
  const most = request.maxRows ?? MOST_JUDGED_ROWS.default;
  const labelled = await countLabelledUsers(pool, definitions, service, ids);
  const chosen =
    labelled > most
      ? await chooseRows(pool, definitions, service, ids, task, { split: request.split, most })
      : null;
  const of = chosen?.size ?? labelled;
  const keys: string[] = [];
  const labels: RawLabel[] = [];
  const weights: number[] = [];
  const scores = new ScoredRows();
  const background = new BackgroundSample(signature.features);
  let chunk: TrialRow[] = [];
  const flush = async () => {
    if (chunk.length === 0) return;
    const given = await tried.score(chunk);
    scores.push(given.probabilities);
    for (const [index, { name, row }] of chunk.entries()) {
      const answer = answerAt(given, index);
      background.add(name, row);
      // Of several classes, what is expected is the probability of the likeliest.
      expected.got(name, Math.max(...answer));
    }
    progress?.({ scored: keys.length, of });
    chunk = [];
  };
  for await (const { key, label, values, weight } of readTrainingRows(pool, definitions, service, ids)) {
    if (chosen && !chosen.has(key) && !expected.asks(key)) continue;
    keys.push(key);
    labels.push(label);
    weights.push(weight);
    const row = Object.fromEntries(features.map(({ name }, index) => [name, values[index]!]));
    chunk.push({ name: key, row });
    if (chunk.length === CHUNK) await flush();
  }
  await flush();
  if (request.madeUp) await tried.requireSame(request.madeUp);
  await requireRows(pool, [ids.features, ids.label]);
  if (expected.someAreLeft) {
    const erased = await ErasedKeys.read(pool);
    const entity = entityOfService(definitions, service);
    expected.leaveOut((key) => erased.has(entity, key));
  }
  expected.require();
  const own = signature.classes;
  const named = readLabels(task, labels, [own]);
  const answers = scores.values;
  const rowsJudged = {
    keys,
    weights: weightsToJudge(service, weights),
    ...named,
    answers: own ? widened(answers, own, named.classes!) : answers,
  };
  const sides = chosen ? chosen.among(keys) : splitRows(task, keys, named.labels, request.split);
  const judged = judge(task, request, rowsJudged, decisionOf(service.threshold), sides);
  const heldOut = new Set(Array.from(sides.test, (row) => keys[row]!));
  const stored = background.rows();
  const { summary, problem } = await tried.summarize(
    stored.map(({ row }) => row),
    stored.filter(({ key }) => heldOut.has(key)).map(({ row }) => row),
  );
  if (summary) await keep?.(stored);
  const unknown = own ? named.classes!.filter((name) => !own.includes(name)) : [];
  const strange =
    unknown.length > 0
      ? [`it does not know ${unknown.join(", ")}, which some labels are: those rows are wrong`]
      : [];
  const warnings = [
    ...(unnamed ? [unnamed] : []),
    ...strange,
    ...tried.warnings,
    ...task.warnings(judged.metrics),
  ];
  const heldOutRows = judged.metrics.test_rows!;
  const on = `snapshot ${pinned.features.asOf} revision ${pinned.features.revision}`;
  const rows = chosen?.total ?? keys.length;
  const sample = chosen
    ? `${chosen.heldOut} of the ${chosen.allHeldOut} held-out rows of ${on}, evenly by the hash of their keys${thresholdOn(chosen)}`
    : `all ${heldOutRows} held-out rows of ${on}`;
  return {
    ...judged,
    reports: summary ? [...judged.reports, ...shapSummaryFile(summary)] : judged.reports,
    notExplained: problem,
    signature: tried.signature,
    warnings,
    judgedOn: { rows, scoredRows: keys.length, heldOutRows, sample },
  };
}

const thresholdOn = ({ size, heldOut }: ChosenRows): string =>
  size > heldOut ? `; the threshold on ${size - heldOut} of the others` : "";

function read(bytes: Uint8Array): OnnxFile {
  let file: OnnxFile;
  try {
    file = readOnnxFile(bytes);
  } catch (error) {
    throw new UnusableModelError(
      `its ${bytes.byteLength} bytes are no ONNX file: ${(error as Error).message}`,
    );
  }
  requireSupportedGraph(file);
  return file;
}

/** @throws {BadUserInputError} some are no numbers above 0 */
function weightsToJudge(service: FeatureService, weights: readonly number[]): SampleWeights {
  const declared = declaredWeight(service);
  if (!declared) return null;
  const own = Float64Array.from(weights);
  requireWeights({ weights: own, weightName: weightInWords(declared) });
  return own;
}

interface JudgedAnswers {
  keys: string[];
  weights: SampleWeights;
  labels: Labels;
  /** One a row, of several classes one for each. */
  answers: Float64Array;
  classes: readonly string[] | null;
}

function ofRows(answers: Float64Array, rows: Uint32Array, width: number): Float64Array {
  const own = new Float64Array(rows.length * width);
  for (const [k, row] of rows.entries()) own.set(answers.subarray(row * width, (row + 1) * width), k * width);
  return own;
}

function judge(
  task: Task,
  { threshold: given }: JudgeRequest,
  { keys, labels, weights, answers, classes }: JudgedAnswers,
  decision: DecisionRule,
  { train, test }: ReturnType<ChosenRows["among"]>,
): Pick<ModelJudgement, "threshold" | "metrics" | "reports"> {
  const of = (rows: Uint32Array) => ({
    labels: task.labelArray.from(Array.from(rows, (row) => labels[row]!)),
    scores: ofRows(answers, rows, classes?.length ?? 1),
    weights: weightsOf(weights, rows),
  });
  const [fitted, heldOut] = [of(train), of(test)];
  const choosesThreshold = task.decision !== null && (given ?? null) === null;
  for (const part of train.length > 0 || choosesThreshold ? [fitted, heldOut] : [heldOut]) {
    if (task.canJudge(part.labels)) continue;
    throw new UnusableModelError(
      `the snapshot's ${keys.length} labelled rows are too few, or all alike, to judge it on`,
    );
  }
  const threshold =
    task.decision &&
    (given ??
      task.decision.chooseThreshold(
        { labels: fitted.labels, probabilities: fitted.scores, weights: fitted.weights },
        decision,
      ));
  const { metrics } = task.evaluate(heldOut.labels, heldOut.scores, threshold, heldOut.weights);
  return {
    threshold,
    metrics: { ...metrics, rows: keys.length, test_rows: test.length },
    reports: task.answerReports(heldOut.labels, heldOut.scores, { threshold, classes }, heldOut.weights),
  };
}
