import { InferenceSession, Tensor } from "onnxruntime-node";
import type { TrainingData } from "../../src/training/types.js";

/** Probabilities onnxruntime gives to all rows of `data`, from raw features. */
export async function scoreOnnx(onnx: Uint8Array, data: TrainingData): Promise<Float32Array> {
  const session = await InferenceSession.create(onnx, { logSeverityLevel: 3 });
  const rows = data.keys.length;
  const feeds: Record<string, Tensor> = {};
  const numericWidth = data.features.filter(({ kind }) => kind === "numeric").length;
  if (numericWidth > 0) feeds.numeric = new Tensor("float32", data.numeric.slice(), [rows, numericWidth]);
  const categorical = data.features.filter(({ kind }) => kind === "categorical");
  for (const [k, { name }] of categorical.entries()) {
    const { codes, vocabulary } = data.categorical[k]!;
    const texts = Array.from(codes, (code) => vocabulary[code] ?? "");
    feeds[name] = new Tensor("string", texts, [rows, 1]);
  }
  const { probability } = await session.run(feeds);
  await session.release();
  return probability!.data as Float32Array;
}

export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  let max = 0;
  for (let k = 0; k < a.length; k++) {
    const difference = Math.abs(a[k]! - b[k]!);
    if (!(difference <= max)) max = difference;
  }
  return max;
}
