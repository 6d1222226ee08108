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

/** Rows added to the Hessian at once: its cells are loaded and stored once for all of them. */
export const ROWS_TOGETHER = 4;

export interface RankUpdate {
  /** ROWS_TOGETHER design rows of `stride` float64 each; unused ones must be zero. */
  rows: Float64Array;
  /** Their weights w p (1 - p). */
  curvatures: Float64Array;
  /** width x stride, row-major; the lower triangle (and up to one cell right of it) is kept. */
  hessian: Float64Array;
  stride: number;
  /** hessian += sum over the rows of curvature x row x row'. */
  add(): void;
}

export function compileRankUpdate(width: number): RankUpdate {
  const stride = width + (width % 2);
  const rowsAt = 8 * ROWS_TOGETHER;
  const hessianAt = rowsAt + 8 * ROWS_TOGETHER * stride;
  const bytes = hessianAt + 8 * width * stride;
  const { memory, functions } = instantiate<{ add(): void }>(
    { add: updateKernel(width, stride, rowsAt, hessianAt) },
    bytes,
  );
  return {
    rows: new Float64Array(memory, rowsAt, ROWS_TOGETHER * stride),
    curvatures: new Float64Array(memory, 0, ROWS_TOGETHER),
    hessian: new Float64Array(memory, hessianAt, width * stride),
    stride,
    add: functions.add,
  };
}

function updateKernel(width: number, stride: number, rowsAt: number, hessianAt: number): KernelFunction {
  // i and j are byte offsets into a design row; h is that of the Hessian's row.
  const [i, iEnd, j, jEnd, h, sum] = [0, 1, 2, 3, 4, 5];
  const factor = 6;
  const ks = Array.from({ length: ROWS_TOGETHER }, (_, k) => k);
  const rowAt = (k: number) => rowsAt + 8 * stride * k;
  const factors = ks.flatMap((k) =>
    set(factor + k, f64x2.splat(f64.mul(f64.load(i32.const(0), 8 * k), f64.load(get(i), rowAt(k))))),
  );
  const cell = i32.add(get(h), get(j));
  const products = ks.flatMap((k) =>
    set(sum, f64x2.add(get(sum), f64x2.mul(get(factor + k), v128.load(get(j), rowAt(k))))),
  );
  const inner = [
    ...set(sum, v128.load(cell, hessianAt)),
    ...products,
    ...v128.store(cell, get(sum), hessianAt),
  ];
  const outer = [
    ...factors,
    ...set(j, i32.const(0)),
    ...set(jEnd, i32.add(get(i), i32.const(8))),
    ...forRange(j, jEnd, 16, inner),
    ...set(h, i32.add(get(h), i32.const(8 * stride))),
  ];
  return {
    parameters: [],
    locals: ["i32", "i32", "i32", "i32", "i32", "v128", ...ks.map(() => "v128" as const)],
    body: [...set(iEnd, i32.const(8 * width)), ...forRange(i, iEnd, 8, outer)],
  };
}
