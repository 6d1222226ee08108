import type { Pool } from "../db/pool.js";
import { type Deployment, featuresOf, findService, labelTypeOf } from "../definitions/language/deployment.js";
import { type EntityNames, entityNames } from "../definitions/language/entity-names.js";
import { UnusableModelError } from "../errors/unusable-model.js";
import { requireRows } from "../features/snapshot-rows.js";
import { readTrainingRows } from "../features/training-rows.js";
import type { Snapshot } from "../features/types.js";
import {
  type DeclaredSignature,
  requireSupportedGraph,
  signatureOf,
  unnamedClasses,
} from "../registry/external-signature.js";
import type { ModelSignature } from "../registry/model.js";
import { type OnnxFile, readOnnxFile } from "../registry/onnx-file.js";
import type { Labels } from "../training/tasks/labels.js";
import { signatureTask, taskForLabel } from "../training/tasks/registry.js";
import type { Task } from "../training/tasks/task.js";
import type { ReportFile } from "../training/types.js";
import { type ExpectedAnswer, ExpectedAnswers } from "./expected-answers.js";
import type { ModelLimits } from "./isolated/limits.js";
import { ModelTrial, type TrialRow } from "./model-trial.js";
import { type Probed, probe, requireIndependent, requireSomeAlone } from "./trial-probes.js";

export interface JudgeRequest {
  model: string;
  signature: DeclaredSignature;
  seed: number;
  testFraction: number;
  /** Chosen on the rows that are not held out where none is given. */
  threshold?: number | null;
  /** What the model gave where it was trained, of users among the rows. */
  expected?: readonly ExpectedAnswer[] | null;
  expectedTolerance?: number | null;
}

export interface ModelJudgement {
  signature: ModelSignature;
  threshold: number;
  metrics: Record<string, number>;
  /** On the held-out rows. */
  reports: ReportFile[];
  /** What does not keep it from being registered, and should be known. */
  warnings: string[];
}

const CHUNK = 1_024;
export const EXPECTED_TOLERANCE = 1e-4;

/**
 * Reads a file that was made elsewhere, maps it to the features, loads it in a process of its own, tries there what serving
 * will ask, and runs it on every row of the snapshots; what it is judged by is measured on the rows that the seed holds out.
 * @throws {UnusableModelError} what is wrong with the file, and where
 */
export async function judgeModel(
  pool: Pool,
  definitions: Deployment,
  request: JudgeRequest,
  bytes: Buffer,
  pinned: { features: Snapshot; label: Snapshot },
  limits?: ModelLimits,
): Promise<ModelJudgement> {
  const service = findService(definitions, request.model)!;
  const task = taskForLabel(labelTypeOf(service));
  const features = featuresOf(service.views);
  const file = read(bytes);
  const tried = new TriedModel(
    bytes,
    { ...signatureOf(file, features, request.signature), ...signatureTask(task) },
    entityNames(definitions.entity),
    limits,
  );
  const expected = new ExpectedAnswers(
    request.expected ?? [],
    request.expectedTolerance ?? EXPECTED_TOLERANCE,
  );
  const ids = { features: pinned.features.id, label: pinned.label.id };
  const keys: string[] = [];
  const labels: number[] = [];
  const scores: number[] = [];
  let chunk: TrialRow[] = [];
  const flush = async () => {
    if (chunk.length === 0) return;
    for (const [index, score] of (await tried.score(chunk)).entries()) {
      scores.push(score);
      expected.got(chunk[index]!.name, score);
    }
    chunk = [];
  };
  try {
    for await (const { key, label, values } of readTrainingRows(pool, definitions, service, ids)) {
      keys.push(key);
      labels.push(Number(label));
      const row = Object.fromEntries(features.map(({ name }, index) => [name, values[index]!]));
      chunk.push({ name: key, row });
      if (chunk.length === CHUNK) await flush();
    }
    await flush();
  } finally {
    tried.close();
  }
  await requireRows(pool, [ids.features, ids.label]);
  expected.require();
  const judged = judge(task, request, keys, task.labelArray.from(labels), Float64Array.from(scores));
  const unnamed = unnamedClasses(file, request.signature);
  const warnings = [...(unnamed ? [unnamed] : []), ...tried.warnings, ...task.warnings(judged.metrics)];
  return { ...judged, signature: tried.signature, warnings };
}

/** Loaded when there are rows; the first of them are those it is tried on. */
class TriedModel {
  #trial: ModelTrial | null = null;
  #probed: Probed | null = null;

  constructor(
    private readonly bytes: Buffer,
    private readonly declared: ModelSignature,
    private readonly names: EntityNames,
    private readonly limits?: ModelLimits,
  ) {}

  /** @throws {UnusableModelError} */
  async score(rows: readonly TrialRow[]): Promise<Float32Array> {
    if (this.#trial) {
      const scores = await this.#trial.score(rows);
      await requireSomeAlone(this.#trial, rows, scores);
      return scores;
    }
    this.#trial = await ModelTrial.open(this.bytes, this.declared, this.limits);
    const scores = await this.#trial.score(rows);
    await requireIndependent(this.#trial, rows, scores);
    this.#probed = await probe(this.#trial, rows, this.names);
    return scores;
  }

  get warnings(): string[] {
    return this.#probed?.warnings ?? [];
  }

  /** With what was found out: which features it cannot do without, and how many columns its output has. */
  get signature(): ModelSignature {
    const features = this.declared.features.map((feature) =>
      this.#probed?.required.has(feature.name) ? { ...feature, required: true } : feature,
    );
    const outputs = this.declared.outputs.map((output) => ({
      ...output,
      shape: this.#trial?.outputShape ?? output.shape,
    }));
    return { ...this.declared, features, outputs };
  }

  close(): void {
    this.#trial?.close();
  }
}

function read(bytes: Buffer): OnnxFile {
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

function judge(
  task: Task,
  { seed, testFraction, threshold: given }: JudgeRequest,
  keys: string[],
  labels: Labels,
  scores: Float64Array,
): Omit<ModelJudgement, "signature" | "warnings"> {
  const { train, test } = task.split(keys, labels, testFraction, seed);
  const of = (rows: Uint32Array) => ({
    labels: task.labelArray.from(Array.from(rows, (row) => labels[row]!)),
    scores: Float64Array.from(rows, (row) => scores[row]!),
  });
  const [fitted, heldOut] = [of(train), of(test)];
  for (const part of [fitted, heldOut]) {
    if (task.canJudge(part.labels)) continue;
    throw new UnusableModelError(
      `the snapshot's ${keys.length} labelled rows are too few, or all alike, to judge it on`,
    );
  }
  const threshold = given ?? task.chooseThreshold({ labels: fitted.labels, probabilities: fitted.scores });
  const { metrics } = task.evaluate(heldOut.labels, heldOut.scores, threshold);
  return {
    threshold,
    metrics: { ...metrics, rows: keys.length, test_rows: test.length },
    reports: task.answerReports(heldOut.labels, heldOut.scores, threshold),
  };
}
