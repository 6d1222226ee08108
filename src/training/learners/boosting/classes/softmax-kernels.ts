import {
  f64,
  forRange,
  get,
  i32,
  i64,
  instantiate,
  type KernelFunction,
  set,
} from "../../../wasm/assembler.js";
import { exponential } from "../../../wasm/exp.js";
import { partitionKernel } from "../../../wasm/partition.js";
import type { PackedByte } from "../binned.js";
import { histogramKernel, type RecordKernels } from "../records.js";

/**
 * A row while trees of several classes grow: gradient and hessian of the class at hand (float32 each), the row's place among the
 * thread's rows (uint32), its codes, a byte each; up to a multiple of 16. Its scores and the derivatives of every class lie
 * apart, by that place: what moves from leaf to leaf stays as small as with two classes.
 */
export interface RowLayout {
  bytes: number;
  codes: number;
}
export const PLACE_AT = 8;
const CODES_AT = 12;

export const rowLayout = (codes: number): RowLayout => ({
  bytes: 16 * Math.ceil((CODES_AT + codes) / 16),
  codes: CODES_AT,
});

export interface SoftmaxKernels extends Pick<RecordKernels, "addToHistogram" | "partition"> {
  /**
   * The derivatives of every class, of the rows whose scores lie at from..to: p - 1 for the row's own class and p for the
   * others, and p (1 - p) K / (K - 1); each times the row's weight, where rows have some.
   * @param derivatives where the first row's go, 8 bytes a class @param labels of the rows, a byte each
   * @param weights of the rows, float64 each
   */
  derive(from: number, to: number, derivatives: number, labels: number, weights: number): void;
  /** Gives the records from..to the derivatives of one class. @param derivatives of that class and the row at place 0 */
  take(from: number, to: number, derivatives: number): void;
  /** Adds `value` to the scores of the records from..to. @param scores of one class and the row at place 0 */
  addToScores(from: number, to: number, scores: number, value: number): void;
}

/** @param steps in 1: derivatives are rounded to them, so that their sums are exact */
export function compileSoftmax(
  bytes: readonly PackedByte[],
  layout: RowLayout,
  classes: number,
  { steps, isWeighted }: { steps: number; isWeighted: boolean },
  memoryBytes: number,
): { memory: ArrayBuffer; functions: SoftmaxKernels } {
  const kernels: Record<keyof SoftmaxKernels, KernelFunction> = {
    addToHistogram: histogramKernel(bytes, layout),
    partition: partitionKernel(layout.bytes, layout.codes),
    derive: deriveKernel(classes, steps, isWeighted),
    take: takeKernel(layout, classes),
    addToScores: scoreKernel(layout, classes),
  };
  return instantiate<SoftmaxKernels>(kernels, memoryBytes);
}

function deriveKernel(classes: number, steps: number, isWeighted: boolean): KernelFunction {
  const [score, to, out, label, weights] = [0, 1, 2, 3, 4];
  const [at, end, place, own, most, sum, p, weight, n, r] = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14];
  const rowBytes = 8 * classes;
  const singles = (x: readonly number[]) => f64.mul(x, f64.const(1 / steps));
  const weighted = (x: readonly number[]) => (isWeighted ? f64.mul(x, get(weight)) : x);
  const rounded = (x: readonly number[]) => f64.nearest(f64.mul(weighted(x), f64.const(steps)));
  const isOwn = f64.convertU(i32.eqz(i32.sub(get(place), get(own))));
  const variance = f64.mul(
    f64.mul(get(p), f64.sub(f64.const(1), get(p))),
    f64.const(classes / (classes - 1)),
  );
  const eachScore = (body: readonly number[]) => [...set(at, get(score)), ...forRange(at, end, 8, body)];
  const eachPlace = (body: readonly number[]) => [
    ...set(place, get(out)),
    ...set(end, i32.add(get(out), i32.const(rowBytes))),
    ...forRange(place, end, 8, body),
  ];
  const body = [
    ...set(end, i32.add(get(score), i32.const(rowBytes))),
    ...set(most, f64.load(get(score))),
    ...eachScore(set(most, f64.max(get(most), f64.load(get(at))))),
    ...set(sum, f64.const(0)),
    ...set(place, get(out)),
    // Where the derivatives will be, exp(score - most) is first.
    ...eachScore([
      ...set(p, exponential(f64.sub(f64.load(get(at)), get(most)), [n, r])),
      ...set(sum, f64.add(get(sum), get(p))),
      ...f64.store(get(place), get(p)),
      ...set(place, i32.add(get(place), i32.const(8))),
    ]),
    ...set(own, i32.add(get(out), i32.shl(i32.load8U(get(label)), i32.const(3)))),
    ...(isWeighted
      ? [...set(weight, f64.load(get(weights))), ...set(weights, i32.add(get(weights), i32.const(8)))]
      : []),
    ...eachPlace([
      ...set(p, f64.div(f64.load(get(place)), get(sum))),
      ...f64.storeSingle(get(place), singles(rounded(f64.sub(get(p), isOwn))), 0),
      // At least one step, so that no row is weightless.
      ...f64.storeSingle(get(place), singles(f64.max(rounded(variance), f64.const(1))), 4),
    ]),
    ...set(out, i32.add(get(out), i32.const(rowBytes))),
    ...set(label, i32.add(get(label), i32.const(1))),
  ];
  return {
    parameters: ["i32", "i32", "i32", "i32", "i32"],
    locals: ["i32", "i32", "i32", "i32", "f64", "f64", "f64", "f64", "f64", "f64"],
    body: forRange(score, to, rowBytes, body),
  };
}

/** Where the record's row has its number of the class. */
const ofRow = (base: number, at: number, classes: number) =>
  i32.add(get(base), i32.mul(i32.load(get(at), PLACE_AT), i32.const(8 * classes)));

function takeKernel(layout: RowLayout, classes: number): KernelFunction {
  const [at, to, derivatives] = [0, 1, 2];
  return {
    parameters: ["i32", "i32", "i32"],
    locals: [],
    body: forRange(at, to, layout.bytes, i64.store(get(at), i64.load(ofRow(derivatives, at, classes)))),
  };
}

function scoreKernel(layout: RowLayout, classes: number): KernelFunction {
  const [at, to, scores, value, place] = [0, 1, 2, 3, 4];
  return {
    parameters: ["i32", "i32", "i32", "f64"],
    locals: ["i32"],
    body: forRange(at, to, layout.bytes, [
      ...set(place, ofRow(scores, at, classes)),
      ...f64.store(get(place), f64.add(f64.load(get(place)), get(value))),
    ]),
  };
}
