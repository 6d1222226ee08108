import { inWeightSteps, type SampleWeights, steppedWeights } from "../../sample-weights.js";
import {
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
import type { BinnedMatrix } from "../boosting/binned.js";
import type { LeafSums } from "../boosting/find-split.js";
import { CELL_BYTES, State, splitKernels } from "../boosting/split-kernels.js";
import type { ForestParams } from "./params.js";
import { featuresTogether, type Sample, type SampleSums } from "./sample.js";

const STATE_AT = 256;
const SUMS_AT = STATE_AT + 128;
/** Bytes of one feature's sums: 256 codes, label and rows as a float64 each. */
const SUMS_BYTES = 256 * CELL_BYTES;
/**
 * A record: label times how often it was drawn, and that, a float64 each, both times the row's weight; then the codes, a byte a
 * feature, and of rows that weigh how often it was drawn, a byte.
 */
const CODES_AT = 16;

type ValueKernels = Sample["kernels"] & {
  /** Adds the records from..to to the sums by the codes of some features, whose numbers are the last arguments. */
  add(from: number, to: number, ...features: number[]): void;
};

/** What trees of values are grown on. */
export interface ValueRows {
  /** Whose sums are exact: within ±1, multiples of 2^-26. */
  labels: Float64Array;
  weights: SampleWeights;
  /** Whether labels are 0 and 1: of two classes the fall of the squared error is Gini's gain. */
  areClasses: boolean;
}

/** Of values. Sums: gradient = the labels', hessian = the rows', so that the gain is the fall of the squared error. */
export class ValueSample implements Sample {
  readonly together: number;
  readonly bytes: Uint8Array;
  readonly numbers: Float64Array;
  readonly state: Float64Array;
  readonly kernels: ValueKernels;
  private readonly recordBytes: number;
  private readonly recordsAt: number;

  private readonly weights: SampleWeights;

  constructor(
    private readonly binned: BinnedMatrix,
    private readonly rows: ValueRows,
    params: ForestParams,
  ) {
    const features = binned.features.length;
    this.weights = rows.weights && steppedWeights(rows.weights);
    this.recordBytes = 16 * Math.ceil((CODES_AT + features + (this.weights ? 1 : 0)) / 16);
    const usual = rows.areClasses ? Math.sqrt(features) : features / 3;
    this.together = featuresTogether(features, params.max_features, usual);
    this.recordsAt = SUMS_AT + this.together * SUMS_BYTES;
    const kernels = {
      add: addKernel(this.recordBytes, this.together),
      partition: partitionKernel(this.recordBytes, CODES_AT),
      ...splitKernels(0, STATE_AT),
    };
    const end = this.recordsAt + binned.rows * this.recordBytes;
    const { memory, functions } = instantiate<ValueKernels>(kernels, end);
    this.kernels = functions;
    this.bytes = new Uint8Array(memory);
    this.numbers = new Float64Array(memory);
    this.state = new Float64Array(memory, STATE_AT, State.slots);
  }

  write(drawn: Uint8Array): SampleSums {
    const { bytes, numbers, weights, recordsAt, recordBytes } = this;
    const { labels } = this.rows;
    const { codes, features } = this.binned;
    const width = features.length;
    let at = recordsAt;
    let [gradient, hessian, rows] = [0, 0, 0];
    for (let row = 0; row < drawn.length; row++) {
      const times = drawn[row]!;
      if (times === 0) continue;
      const weight = weights ? weights[row]! : 1;
      const sum = times * (weights ? inWeightSteps(weight * labels[row]!) : labels[row]!);
      numbers[at >>> 3] = sum;
      numbers[(at + 8) >>> 3] = times * weight;
      if (weights) bytes[at + CODES_AT + width] = times;
      for (let k = 0; k < width; k++) bytes[at + CODES_AT + k] = codes[row * width + k]!;
      gradient += sum;
      hessian += times * weight;
      rows += times;
      at += recordBytes;
    }
    return { from: recordsAt, to: at, gradient, hessian, rows };
  }

  isPure({ gradient, hessian }: LeafSums): boolean {
    return this.rows.areClasses && (gradient === 0 || gradient === hessian);
  }

  rowsOf(from: number, to: number): number {
    const { numbers, bytes, recordBytes } = this;
    const timesAt = CODES_AT + this.binned.features.length;
    let rows = 0;
    for (let at = from; at < to; at += recordBytes)
      rows += this.weights ? bytes[at + timesAt]! : numbers[(at + 8) >>> 3]!;
    return rows;
  }

  sumUp(
    from: number,
    to: number,
    features: Uint16Array,
    search: (position: number, sumsAt: number) => void,
  ): void {
    const { numbers, together } = this;
    numbers.fill(0, SUMS_AT / 8, (SUMS_AT + together * SUMS_BYTES) / 8);
    this.kernels.add(from, to, ...features);
    for (const [k, position] of features.entries()) search(position, SUMS_AT + k * SUMS_BYTES);
  }
}

/** Both sums of a code are one 128-bit addition. */
function addKernel(recordBytes: number, together: number): KernelFunction {
  const [at, to] = [0, 1];
  const cell = 2 + together;
  const pair = cell + 1;
  const adds = Array.from({ length: together }, (_, k) => {
    const code = i32.load8U(i32.add(get(at), get(2 + k)), CODES_AT);
    const offset = SUMS_AT + k * SUMS_BYTES;
    return [
      ...set(cell, i32.shl(code, i32.const(4))),
      ...v128.store(get(cell), f64x2.add(v128.load(get(cell), offset), get(pair)), offset),
    ];
  }).flat();
  return {
    parameters: ["i32", "i32", ...Array.from({ length: together }, () => "i32" as const)],
    locals: ["i32", "v128"],
    body: forRange(at, to, recordBytes, [...set(pair, v128.load(get(at))), ...adds]),
  };
}
