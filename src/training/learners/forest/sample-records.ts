import { forRange, get, i32, i64, instantiate, type KernelFunction, set } from "../../wasm/assembler.js";
import { partitionKernel } from "../../wasm/partition.js";
import { type SplitKernels, splitKernels } from "../boosting/split-kernels.js";

/**
 * A row drawn into a tree's sample: its codes, a byte a feature, then how often it was drawn and the same if its label is
 * 1, else 0, a byte each; up to a multiple of 16.
 */
export interface SampleLayout {
  bytes: number;
  drawn: number;
  positive: number;
}

export function sampleLayout(features: number): SampleLayout {
  return { bytes: 16 * Math.ceil((features + 2) / 16), drawn: features, positive: features + 1 };
}

export const STATE_AT = 256;
export const COUNTS_AT = STATE_AT + 128;
/** Bytes of one feature's counts: 256 codes, rows and positive rows as a uint32 each. */
export const COUNTS_BYTES = 256 * 8;

export interface SampleKernels extends SplitKernels {
  /** Counts the records from..to by the codes of some features, whose numbers are the last arguments. */
  count(from: number, to: number, counts: number, ...features: number[]): void;
  /** As RecordKernels.partition. */
  partition(from: number, to: number, feature: number, goesLeft: number): number;
}

/** The codes that go left are at 0, a search's state at STATE_AT. @param together features that `count` takes at once. */
export function compileSample(
  features: number,
  together: number,
  memoryBytes: number,
): { memory: ArrayBuffer; functions: SampleKernels } {
  const layout = sampleLayout(features);
  return instantiate<SampleKernels>(
    {
      count: countKernel(layout, together),
      partition: partitionKernel(layout.bytes, 0),
      ...splitKernels(0, STATE_AT),
    },
    memoryBytes,
  );
}

/** Both counts of a code are one 64-bit addition. */
function countKernel(layout: SampleLayout, together: number): KernelFunction {
  const [at, to, counts] = [0, 1, 2];
  const cell = 3 + together;
  const both = cell + 1;
  const low = i64.extendU(i32.load8U(get(at), layout.drawn));
  const high = i64.shl(i64.extendU(i32.load8U(get(at), layout.positive)), i64.const(32n));
  const adds = Array.from({ length: together }, (_, k) => [
    ...set(cell, i32.add(get(counts), i32.shl(i32.load8U(i32.add(get(at), get(3 + k))), i32.const(3)))),
    ...i64.store(get(cell), i64.add(i64.load(get(cell), k * COUNTS_BYTES), get(both)), k * COUNTS_BYTES),
  ]).flat();
  return {
    parameters: ["i32", "i32", "i32", ...Array.from({ length: together }, () => "i32" as const)],
    locals: ["i32", "i64"],
    body: forRange(at, to, layout.bytes, [...set(both, i64.add(low, high)), ...adds]),
  };
}
