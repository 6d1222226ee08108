import {
  type Code,
  f64,
  f64x2,
  forRange,
  get,
  i32,
  instantiate,
  type KernelFunction,
  set,
  v128,
} from "../../wasm/assembler.js";
import { sigmoid } from "../../wasm/exp.js";
import { partitionKernel } from "../../wasm/partition.js";
import type { PackedByte } from "./binned.js";

/**
 * A row while trees grow: all that is known of it in one run of bytes, so that rows are moved to their leaves and every
 * pass over a leaf reads memory from front to back.
 *
 * offset 0 gradient (float32; of a row only judged on: its number) | 4 hessian (float32) | 8 log-odds (float64) |
 * 16 codes, a byte each | label, a byte | up to a multiple of 16.
 */
export interface RecordLayout {
  bytes: number;
  /** Offset of the label. */
  label: number;
}
export const CODES_AT = 16;
export const SCORE_AT = 8;

export function recordLayout(codes: number): RecordLayout {
  const label = CODES_AT + codes;
  return { bytes: 16 * Math.ceil((label + 1) / 16), label };
}

/**
 * Gradients are rounded to multiples of 2^-22 (of the weights' next power of two): they then fit a float32 exactly, and a
 * float64 sum of up to 2^30 of them is exact, so that a histogram depends neither on the order nor on the place of summing.
 */
const GRADIENT_STEPS = 2 ** 22;

export interface RecordKernels {
  /** Adds the records from..to to the histogram: per cell, the sums of gradients and of hessians, float64 each. */
  addToHistogram(from: number, to: number, histogram: number): void;
  /**
   * Brings the records from..to that go left to the front; `goesLeft` holds 1 or 0 for each value of the byte `code` of
   * the codes. @returns where the right side starts.
   */
  partition(from: number, to: number, code: number, goesLeft: number): number;
  /** Adds `value` to the log-odds and takes the next gradients w (p - y) and hessians w p (1 - p). */
  boost(from: number, to: number, value: number): void;
  /** Adds `value` to the log-odds alone. */
  addToScores(from: number, to: number, value: number): void;
}

/** @param weights of a row with label 0 and with label 1. */
export function compileRecords(
  bytes: readonly PackedByte[],
  weights: readonly [number, number],
  memoryBytes: number,
): { memory: ArrayBuffer; functions: RecordKernels } {
  const layout = recordLayout(bytes.length);
  const kernels: Record<keyof RecordKernels, KernelFunction> = {
    addToHistogram: histogramKernel(bytes, layout),
    partition: partitionKernel(layout.bytes, CODES_AT),
    boost: boostKernel(layout, weights),
    addToScores: scoreKernel(layout),
  };
  return instantiate<RecordKernels>(kernels, memoryBytes);
}

/** Unrolled: one 128-bit addition per byte of codes, the byte's first cell a constant in the instruction. */
function histogramKernel(bytes: readonly PackedByte[], layout: RecordLayout): KernelFunction {
  const [at, to, histogram, cell, pair] = [0, 1, 2, 3, 4];
  const adds = bytes.flatMap(({ offset }, k) => [
    ...set(cell, i32.add(get(histogram), i32.shl(i32.load8U(get(at), CODES_AT + k), i32.const(4)))),
    ...v128.store(get(cell), f64x2.add(v128.load(get(cell), 16 * offset), get(pair)), 16 * offset),
  ]);
  const body = [...set(pair, f64x2.loadSingles(get(at))), ...adds];
  return {
    parameters: ["i32", "i32", "i32"],
    locals: ["i32", "v128"],
    body: forRange(at, to, layout.bytes, body),
  };
}

function boostKernel(layout: RecordLayout, [negative, positive]: readonly [number, number]): KernelFunction {
  const [at, to, value, score, label, weight, probability, n, r] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const steps = GRADIENT_STEPS / 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(negative, positive))));
  const rounded = (x: Code) => f64.nearest(f64.mul(f64.mul(x, get(weight)), f64.const(steps)));
  const singles = (x: Code) => f64.mul(x, f64.const(1 / steps));
  const variance = f64.mul(get(probability), f64.sub(f64.const(1), get(probability)));
  const body = [
    ...set(score, f64.add(f64.load(get(at), SCORE_AT), get(value))),
    ...f64.store(get(at), get(score), SCORE_AT),
    ...set(label, f64.convertU(i32.load8U(get(at), layout.label))),
    ...set(weight, f64.add(f64.const(negative), f64.mul(get(label), f64.const(positive - negative)))),
    ...set(probability, sigmoid(get(score), [n, r])),
    ...f64.storeSingle(get(at), singles(rounded(f64.sub(get(probability), get(label)))), 0),
    // At least one step, so that no row is weightless.
    ...f64.storeSingle(get(at), singles(f64.max(rounded(variance), f64.const(1))), 4),
  ];
  return {
    parameters: ["i32", "i32", "f64"],
    locals: ["f64", "f64", "f64", "f64", "f64", "f64"],
    body: forRange(at, to, layout.bytes, body),
  };
}

function scoreKernel(layout: RecordLayout): KernelFunction {
  const [at, to, value] = [0, 1, 2];
  const score = f64.add(f64.load(get(at), SCORE_AT), get(value));
  return {
    parameters: ["i32", "i32", "f64"],
    locals: [],
    body: forRange(at, to, layout.bytes, f64.store(get(at), score, SCORE_AT)),
  };
}
