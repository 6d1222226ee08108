import type { Pool } from "../db/pool.js";
import { type Deployment, featuresOf, findService } from "../definitions/language/deployment.js";
import { UnusableModelError } from "../errors/unusable-model.js";
import { requireRows } from "../features/snapshot-rows.js";
import { readTrainingRows } from "../features/training-rows.js";
import type { Snapshot } from "../features/types.js";
import { type DeclaredSignature, requireServable, signatureOf } from "../registry/external-signature.js";
import type { ModelSignature } from "../registry/model.js";
import { readOnnxFile } from "../registry/onnx-file.js";
import { bestThreshold, evaluate } from "../training/metrics.js";
import { stratifiedSplit } from "../training/split.js";
import { type KeyedRow, requiredFeatures, scoreChecked } from "./external-scores.js";
import { tryModel } from "./model-trial.js";
import { ServedModel } from "./served-model.js";

export interface JudgeRequest {
  model: string;
  signature: DeclaredSignature;
  seed: number;
  testFraction: number;
  /** Chosen on the rows that are not held out where none is given. */
  threshold?: number | null;
}

export interface Judged {
  signature: ModelSignature;
  threshold: number;
  metrics: Record<string, number>;
}

const CHUNK = 1_024;

/**
 * Reads a file that was made elsewhere, maps it to the features, loads it, and runs it on every row of the snapshots; what
 * it is judged by is measured on the rows that the seed holds out.
 * @throws {UnusableModelError} what is wrong with the file, and where
 */
export async function judgeModel(
  pool: Pool,
  definitions: Deployment,
  request: JudgeRequest,
  bytes: Buffer,
  pinned: { features: Snapshot; label: Snapshot },
): Promise<Judged> {
  const service = findService(definitions, request.model)!;
  const features = featuresOf(service.views);
  const signature = read(bytes, features, request.signature);
  let model: ServedModel | null = null;
  const ids = { features: pinned.features.id, label: pinned.label.id };
  const keys: string[] = [];
  const labels: number[] = [];
  const scores: number[] = [];
  let chunk: KeyedRow[] = [];
  let required: Set<string> | null = null;
  const flush = async () => {
    if (chunk.length === 0) return;
    model ??= await openTried(bytes, signature, chunk);
    required ??= await requiredFeatures(model, signature, chunk);
    for (const score of await scoreChecked(model, signature, chunk)) scores.push(score);
    chunk = [];
  };
  for await (const { key, label, values } of readTrainingRows(pool, definitions, service, ids)) {
    keys.push(key);
    labels.push(Number(label));
    chunk.push({ key, row: Object.fromEntries(features.map(({ name }, index) => [name, values[index]!])) });
    if (chunk.length === CHUNK) await flush();
  }
  await flush();
  await requireRows(pool, [ids.features, ids.label]);
  const judged = judge(request, keys, Uint8Array.from(labels), Float64Array.from(scores));
  const marked = signature.features.map((feature) =>
    required?.has(feature.name) ? { ...feature, required: true } : feature,
  );
  return { ...judged, signature: { ...signature, features: marked } };
}

/** Loaded here only after another process has loaded it and run it on some of the rows. */
async function openTried(
  onnx: Buffer,
  signature: ModelSignature,
  sample: readonly KeyedRow[],
): Promise<ServedModel> {
  await tryModel({ onnx, signature, rows: sample.map(({ row }) => row) });
  return ServedModel.open({ signature }, onnx);
}

function read(
  bytes: Buffer,
  features: ReturnType<typeof featuresOf>,
  declared: DeclaredSignature,
): ModelSignature {
  let file: ReturnType<typeof readOnnxFile>;
  try {
    file = readOnnxFile(bytes);
  } catch (error) {
    throw new UnusableModelError(
      `its ${bytes.byteLength} bytes are no ONNX file: ${(error as Error).message}`,
    );
  }
  requireServable(file);
  return signatureOf(file, features, declared);
}

function judge(
  { seed, testFraction, threshold: given }: JudgeRequest,
  keys: string[],
  labels: Uint8Array,
  scores: Float64Array,
): Omit<Judged, "signature"> {
  const { train, test } = stratifiedSplit(keys, labels, testFraction, seed);
  const of = (rows: Uint32Array) => ({
    labels: Uint8Array.from(rows, (row) => labels[row]!),
    scores: Float64Array.from(rows, (row) => scores[row]!),
  });
  const [fitted, heldOut] = [of(train), of(test)];
  for (const part of [fitted, heldOut]) {
    if (part.labels.includes(0) && part.labels.includes(1)) continue;
    throw new UnusableModelError(
      `the snapshot's ${keys.length} labelled rows are too few, or all alike, to judge it on`,
    );
  }
  const threshold = given ?? bestThreshold(fitted.labels, fitted.scores);
  const { metrics } = evaluate(heldOut.labels, heldOut.scores, threshold);
  return { threshold, metrics: { ...metrics, rows: keys.length, test_rows: test.length } };
}
