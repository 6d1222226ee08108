import {
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
import { partitionKernel } from "../../wasm/partition.js";
import type { PackedByte } from "./binned.js";

/**
 * A row while trees grow: all that is known of it in one run of bytes, so that rows are moved to their leaves and every
 * pass over a leaf reads memory from front to back.
 *
 * offset 0 gradient (float32; of a row only judged on: its number) | 4 hessian (float32) | 8 score, such as log-odds
 * (float64) | weight (float64), of rows that have one | codes, a byte each, and label | up to a multiple of 16.
 */
export interface RecordLayout {
  bytes: number;
  /** Offset of the codes. */
  codes: number;
  /** Offset of the label. */
  label: number;
  /** Offset of the row's weight; null: rows have none of their own. */
  weight: number | null;
}
export const SCORE_AT = 8;
const NEXT_AT = 16;

/** A label of a byte follows the codes, one of a float64 precedes them. */
export function recordLayout(codes: number, labelBytes: 1 | 8, isWeighted = false): RecordLayout {
  const weight = isWeighted ? NEXT_AT : null;
  const next = NEXT_AT + (isWeighted ? 8 : 0);
  const bytes = 16 * Math.ceil((next + codes + labelBytes) / 16);
  return labelBytes === 1
    ? { bytes, codes: next, label: next + codes, weight }
    : { bytes, codes: next + labelBytes, label: next, weight };
}

export interface RecordKernels {
  /** Adds the records from..to to the histogram: per cell, the sums of gradients and of hessians, float64 each. */
  addToHistogram(from: number, to: number, histogram: number): void;
  /**
   * Brings the records from..to that go left to the front; `goesLeft` holds 1 or 0 for each value of the byte `code` of
   * the codes. @returns where the right side starts.
   */
  partition(from: number, to: number, code: number, goesLeft: number): number;
  /** Adds `value` to the scores and takes the next gradients and hessians of the objective. */
  boost(from: number, to: number, value: number): void;
  /** Adds `value` to the scores alone. */
  addToScores(from: number, to: number, value: number): void;
}

/** @param boost of the objective */
export function compileRecords(
  bytes: readonly PackedByte[],
  layout: RecordLayout,
  boost: KernelFunction,
  memoryBytes: number,
): { memory: ArrayBuffer; functions: RecordKernels } {
  const kernels: Record<keyof RecordKernels, KernelFunction> = {
    addToHistogram: histogramKernel(bytes, layout),
    partition: partitionKernel(layout.bytes, layout.codes),
    boost,
    addToScores: scoreKernel(layout),
  };
  return instantiate<RecordKernels>(kernels, memoryBytes);
}

/** Unrolled: one 128-bit addition per byte of codes, the byte's first cell a constant in the instruction. */
export function histogramKernel(
  bytes: readonly PackedByte[],
  layout: Pick<RecordLayout, "bytes" | "codes">,
): KernelFunction {
  const [at, to, histogram, cell, pair] = [0, 1, 2, 3, 4];
  const adds = bytes.flatMap(({ offset }, k) => [
    ...set(cell, i32.add(get(histogram), i32.shl(i32.load8U(get(at), layout.codes + k), i32.const(4)))),
    ...v128.store(get(cell), f64x2.add(v128.load(get(cell), 16 * offset), get(pair)), 16 * offset),
  ]);
  const body = [...set(pair, f64x2.loadSingles(get(at))), ...adds];
  return {
    parameters: ["i32", "i32", "i32"],
    locals: ["i32", "v128"],
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
