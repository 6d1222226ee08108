import { type SampleWeights, steppedWeights } from "../../../sample-weights.js";
import { f64, forRange, get, i32, instantiate, type KernelFunction, set } from "../../../wasm/assembler.js";
import { partitionKernel } from "../../../wasm/partition.js";
import type { BinnedMatrix } from "../../boosting/binned.js";
import type { ForestParams } from "../params.js";
import { featuresTogether } from "../sample.js";

/** The codes that go left are before it. */
const COUNTS_AT = 256;
/** Values of a byte. */
const CODES = 256;

export type ClassCounts = Uint32Array | Float64Array;

export interface ClassRows {
  labels: Uint8Array;
  classes: number;
  /** Null: they count the same. */
  weights: SampleWeights;
}

interface CountKernels {
  /** Adds the records from..to to the counts by code and class of some features, whose numbers are the last arguments. */
  count(from: number, to: number, ...features: number[]): void;
  /** As RecordKernels.partition. */
  partition(from: number, to: number, feature: number, goesLeft: number): number;
}

/**
 * The rows drawn for a tree of several classes, in memory of the kernels that count them. A record: of rows that weigh how much,
 * times how often it was drawn, a float64; the codes, a byte a feature, then how often it was drawn and its class, a byte each;
 * up to a multiple of 16.
 */
export class ClassesSample {
  readonly together: number;
  /** The codes that go left are at 0. */
  readonly bytes: Uint8Array;
  /** Of the features that were counted last, one after the other: rows by code and class, or what they weigh. */
  readonly counts: ClassCounts;
  private readonly kernels: CountKernels;
  private readonly recordBytes: number;
  private readonly recordsAt: number;
  private readonly codesAt: number;
  private readonly numbers: Float64Array;
  private readonly weights: SampleWeights;

  constructor(
    private readonly binned: BinnedMatrix,
    private readonly rows: ClassRows,
    params: ForestParams,
  ) {
    const features = binned.features.length;
    const { classes } = rows;
    this.weights = rows.weights && steppedWeights(rows.weights);
    const isWeighted = this.weights !== null;
    this.codesAt = isWeighted ? 8 : 0;
    const cellBytes = isWeighted ? 8 : 4;
    this.recordBytes = 16 * Math.ceil((this.codesAt + features + 2) / 16);
    this.together = featuresTogether(features, params.max_features, Math.sqrt(features));
    this.recordsAt = 16 * Math.ceil((COUNTS_AT + cellBytes * this.together * this.perFeature) / 16);
    const kernels = {
      count: (isWeighted ? weighKernel : countKernel)(this.recordBytes, features, this.together, classes),
      partition: partitionKernel(this.recordBytes, this.codesAt),
    };
    const end = this.recordsAt + binned.rows * this.recordBytes;
    const { memory, functions } = instantiate<CountKernels>(kernels, end);
    this.kernels = functions;
    this.bytes = new Uint8Array(memory);
    this.numbers = new Float64Array(memory);
    const array = isWeighted ? Float64Array : Uint32Array;
    this.counts = new array(memory, COUNTS_AT, this.together * this.perFeature);
  }

  /** ClassCounts of one feature. */
  get perFeature(): number {
    return CODES * this.rows.classes;
  }

  /** Writes the rows. @returns where they are, how many, and what those of each class weigh */
  write(drawn: Uint8Array): { from: number; to: number; rows: number; byClass: Float64Array } {
    const { bytes, numbers, weights, recordsAt, recordBytes, codesAt } = this;
    const { labels, classes } = this.rows;
    const { codes, features } = this.binned;
    const width = features.length;
    const byClass = new Float64Array(classes);
    let [at, rows] = [recordsAt, 0];
    for (let row = 0; row < drawn.length; row++) {
      const times = drawn[row]!;
      if (times === 0) continue;
      const first = at + codesAt;
      for (let k = 0; k < width; k++) bytes[first + k] = codes[row * width + k]!;
      bytes[first + width] = times;
      bytes[first + width + 1] = labels[row]!;
      const weight = weights ? times * weights[row]! : times;
      if (weights) numbers[at >>> 3] = weight;
      byClass[labels[row]!]! += weight;
      rows += times;
      at += recordBytes;
    }
    return { from: recordsAt, to: at, rows, byClass };
  }

  /** Of the records from..to. */
  count(from: number, to: number, features: Uint16Array): void {
    this.counts.fill(0);
    this.kernels.count(from, to, ...features);
  }

  /** How many were drawn of the records from..to. @param weight of them, which of rows that count the same says it */
  rowsOf(from: number, to: number, weight: number): number {
    if (!this.weights) return weight;
    const timesAt = this.codesAt + this.binned.features.length;
    let rows = 0;
    for (let at = from; at < to; at += this.recordBytes) rows += this.bytes[at + timesAt]!;
    return rows;
  }

  /** Whether rows weigh, and least rows of a leaf are a share of its weight. */
  get isWeighted(): boolean {
    return this.weights !== null;
  }

  /** Brings the records from..to that go left to the front. @returns where the right side starts */
  partition(from: number, to: number, byte: number, goesLeft: Uint8Array): number {
    this.bytes.set(goesLeft, 0);
    return this.kernels.partition(from, to, byte, 0) >>> 0;
  }
}

function countKernel(
  recordBytes: number,
  features: number,
  together: number,
  classes: number,
): KernelFunction {
  const [at, to] = [0, 1];
  const [cell, own, times] = [2 + together, 3 + together, 4 + together];
  const adds = Array.from({ length: together }, (_, k) => {
    const code = i32.load8U(i32.add(get(at), get(2 + k)));
    const offset = COUNTS_AT + 4 * k * CODES * classes;
    return [
      ...set(cell, i32.add(i32.mul(code, i32.const(4 * classes)), get(own))),
      ...i32.store(get(cell), i32.add(i32.load(get(cell), offset), get(times)), offset),
    ];
  }).flat();
  const body = [
    ...set(own, i32.shl(i32.load8U(get(at), features + 1), i32.const(2))),
    ...set(times, i32.load8U(get(at), features)),
    ...adds,
  ];
  return {
    parameters: ["i32", "i32", ...Array.from({ length: together }, () => "i32" as const)],
    locals: ["i32", "i32", "i32"],
    body: forRange(at, to, recordBytes, body),
  };
}

/** The same of rows that weigh: sums of weights, float64 each. */
function weighKernel(
  recordBytes: number,
  features: number,
  together: number,
  classes: number,
): KernelFunction {
  const [at, to] = [0, 1];
  const [cell, own, weight] = [2 + together, 3 + together, 4 + together];
  const codesAt = 8;
  const adds = Array.from({ length: together }, (_, k) => {
    const code = i32.load8U(i32.add(get(at), get(2 + k)), codesAt);
    const offset = COUNTS_AT + 8 * k * CODES * classes;
    return [
      ...set(cell, i32.add(i32.mul(code, i32.const(8 * classes)), get(own))),
      ...f64.store(get(cell), f64.add(f64.load(get(cell), offset), get(weight)), offset),
    ];
  }).flat();
  const body = [
    ...set(own, i32.shl(i32.load8U(get(at), codesAt + features + 1), i32.const(3))),
    ...set(weight, f64.load(get(at))),
    ...adds,
  ];
  return {
    parameters: ["i32", "i32", ...Array.from({ length: together }, () => "i32" as const)],
    locals: ["i32", "i32", "f64"],
    body: forRange(at, to, recordBytes, body),
  };
}
