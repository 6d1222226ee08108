import type { Matrix } from "../../matrix.js";
import {
  type Code,
  clear,
  f32,
  f64,
  forRange,
  get,
  i32,
  instantiate,
  type KernelFunction,
  set,
  when,
} from "../../wasm/assembler.js";
import type { Design } from "./design.js";
import { ROWS_TOGETHER, updateKernel } from "./rank-update.js";

/** Design rows at once: they stay in the processor's cache from kernel to kernel. A multiple of ROWS_TOGETHER. */
const CHUNK = 128;

/** Addresses in the kernels' memory; all but `raw` float64. A design row takes `stride` numbers, an even one, the last maybe 0. */
export interface DesignLayout {
  stride: number;
  rows: number;
  /** Of each row: its label, what it counts, and the curvature of its loss. */
  labels: number;
  counts: number;
  curvatures: number;
  /** Out, of each row: its loss is `linear` and the logarithm of `grown`. */
  linear: number;
  grown: number;
  /** Of each class. */
  weights: number;
  gradient: number;
  scores: number;
  /** width x stride; the lower triangle (and up to one cell right of it) is kept. */
  hessian: number;
  raw: number;
}

interface DesignKernels {
  /** Makes design rows of the raw rows from..to. */
  encode(from: number, to: number): void;
  /** hessian += sum over the design rows from..to of curvature x row x row'. Their number is a multiple of ROWS_TOGETHER. */
  update(from: number, to: number, curvatures: number): void;
  /** The losses, residuals and curvatures of the design rows from..to, and their gradient. */
  derive(from: number, to: number): void;
}

/** What a row is learnt by: its label as a number, and what it counts. */
export interface RowOf {
  labels: ArrayLike<number>;
  countOf(row: number): number;
}

/** Runs kernels over design rows, made chunk by chunk of rows of the matrix. */
export class DesignRows {
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
  readonly stride: number;
  private readonly layout: DesignLayout;
  private readonly kernels: DesignKernels;
  private readonly raw: Float32Array;
  private readonly labels: Float64Array;
  private readonly counts: Float64Array;
  private readonly curvatures: Float64Array;
  private readonly linear: Float64Array;
  private readonly grown: Float64Array;
  private readonly own: Float64Array;
  /** Whether the rows follow one another in the matrix: they are then copied at once. */
  private areInOrder: boolean | null = null;

  /** @param derive the kernel of that name @param hasHessian of the rows, by the curvatures that `derive` leaves */
  constructor(
    private readonly matrix: Matrix,
    design: Design,
    private readonly of: RowOf,
    classes: number,
    private readonly hasHessian: boolean,
    derive: (layout: DesignLayout) => KernelFunction,
  ) {
    const columns = matrix.columns.length;
    const layout = layoutOf(design.width, classes, hasHessian);
    const kernels: Record<keyof DesignKernels, KernelFunction> = {
      encode: encodeKernel(design, columns, layout),
      update: updateKernel(design.width, layout.stride, layout.hessian),
      derive: derive(layout),
    };
    const { memory, functions } = instantiate<DesignKernels>(kernels, layout.raw + 4 * CHUNK * columns);
    const numbers = (at: number, length: number) => new Float64Array(memory, at, length);
    this.layout = layout;
    this.kernels = functions;
    this.stride = layout.stride;
    this.raw = new Float32Array(memory, layout.raw, CHUNK * columns);
    this.labels = numbers(layout.labels, CHUNK);
    this.counts = numbers(layout.counts, CHUNK);
    this.curvatures = numbers(layout.curvatures, CHUNK);
    this.linear = numbers(layout.linear, CHUNK);
    this.grown = numbers(layout.grown, CHUNK);
    this.own = numbers(layout.weights, classes * layout.stride);
    this.gradient = numbers(layout.gradient, classes * layout.stride);
    this.hessian = numbers(layout.hessian, hasHessian ? design.width * layout.stride : 0);
  }

  /** Of each class' design columns, one class after the other. */
  setWeights(weights: Float64Array, width: number): void {
    for (let k = 0; k * width < weights.length; k++)
      this.own.set(weights.subarray(k * width, (k + 1) * width), k * this.stride);
  }

  /** Adds up gradient and Hessian of rows[from..to]. @returns their loss */
  sumUp(rows: Uint32Array, from: number, to: number): number {
    const { layout, kernels } = this;
    this.gradient.fill(0);
    this.hessian.fill(0);
    let loss = 0;
    for (let first = from; first < to; first += CHUNK) {
      const count = Math.min(CHUNK, to - first);
      this.load(rows, first, count);
      const end = layout.rows + 8 * layout.stride * count;
      kernels.encode(layout.raw, layout.raw + 4 * this.matrix.columns.length * count);
      kernels.derive(layout.rows, end);
      if (this.hasHessian) this.update(count);
      loss += this.lossOf(count);
    }
    return loss;
  }

  private load(rows: Uint32Array, first: number, count: number): void {
    const { raw, labels, counts, matrix, of } = this;
    const { values } = matrix;
    const columns = matrix.columns.length;
    this.areInOrder ??= rows.every((row, k) => row === rows[0]! + k);
    if (this.areInOrder) {
      const from = rows[first]! * columns;
      raw.set(values.subarray(from, from + count * columns));
    }
    for (let k = 0, at = 0; k < count; k++) {
      const row = rows[first + k]!;
      labels[k] = of.labels[row]!;
      counts[k] = of.countOf(row);
      if (this.areInOrder) continue;
      for (let from = row * columns, end = from + columns; from < end; ) raw[at++] = values[from++]!;
    }
  }

  private update(count: number): void {
    const { layout, curvatures } = this;
    const whole = ROWS_TOGETHER * Math.ceil(count / ROWS_TOGETHER);
    // Rows of an earlier chunk do not count.
    curvatures.fill(0, count, whole);
    this.kernels.update(layout.rows, layout.rows + 8 * layout.stride * whole, layout.curvatures);
  }

  private lossOf(count: number): number {
    const { linear, grown, counts } = this;
    let loss = 0;
    for (let k = 0; k < count; k++) loss += counts[k]! * (linear[k]! + Math.log(grown[k]!));
    return loss;
  }
}

function layoutOf(width: number, classes: number, hasHessian: boolean): DesignLayout {
  const stride = width + (width % 2);
  let end = 0;
  const take = (numbers: number) => {
    const at = end;
    end += 16 * Math.ceil(numbers / 2);
    return at;
  };
  return {
    stride,
    rows: take(CHUNK * stride),
    labels: take(CHUNK),
    counts: take(CHUNK),
    curvatures: take(CHUNK),
    linear: take(CHUNK),
    grown: take(CHUNK),
    weights: take(classes * stride),
    gradient: take(classes * stride),
    scores: take(classes),
    hessian: take(hasHessian ? width * stride : 0),
    raw: end,
  };
}

/** As `encodeRow`, the columns unrolled. */
function encodeKernel(
  { codings, width }: Design,
  columns: number,
  { rows, stride }: DesignLayout,
): KernelFunction {
  const [at, to, row, value] = [0, 1, 2, 3];
  const isNumber = f32.eq(get(value), get(value));
  const of = codings.flatMap((coding, column): Code => {
    const loaded = set(value, f32.load(get(at), 4 * column));
    if (coding.kind === "categorical") {
      const cell = i32.add(get(row), i32.shl(i32.truncate(get(value)), i32.const(3)));
      return [...loaded, ...when(isNumber, f64.store(cell, f64.const(1), 8 * coding.at))];
    }
    const scaled = f64.mul(f64.sub(f64.promote(get(value)), f64.const(coding.mean)), f64.const(coding.scale));
    const missing = f64.select(f64.const(0), f64.const(1), isNumber);
    return [
      ...loaded,
      ...f64.store(get(row), f64.select(scaled, f64.const(0), isNumber), 8 * coding.at),
      ...(coding.missingAt === null ? [] : f64.store(get(row), missing, 8 * coding.missingAt)),
    ];
  });
  const body = [
    ...of,
    ...f64.store(get(row), f64.const(1), 8 * (width - 1)),
    ...set(row, i32.add(get(row), i32.const(8 * stride))),
  ];
  return {
    parameters: ["i32", "i32"],
    locals: ["i32", "f32"],
    body: [
      ...clear(i32.const(rows), i32.const(8 * CHUNK * stride)),
      ...set(row, i32.const(rows)),
      ...forRange(at, to, 4 * columns, body),
    ],
  };
}
