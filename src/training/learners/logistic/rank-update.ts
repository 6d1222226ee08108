import { f64, f64x2, forRange, get, i32, type KernelFunction, set, v128 } from "../../wasm/assembler.js";

/** Rows added to the Hessian at once: its cells are loaded and stored once for all of them. */
export const ROWS_TOGETHER = 4;

/**
 * (from, to, curvatures) => adds, for each of the design rows from..to, curvature x row x row' to the lower triangle of the Hessian
 * at `hessianAt` (and up to one cell right of it). Rows of both take `stride` float64.
 */
export function updateKernel(width: number, stride: number, hessianAt: number): KernelFunction {
  const [row, to, curvature, i, iEnd, j, cell, sum] = [0, 1, 2, 3, 4, 5, 6, 7];
  const factor = 8;
  const end = factor + ROWS_TOGETHER;
  const ks = Array.from({ length: ROWS_TOGETHER }, (_, k) => k);
  const rowAt = (k: number) => 8 * stride * k;
  const factors = ks.flatMap((k) =>
    set(factor + k, f64x2.splat(f64.mul(f64.load(get(curvature), 8 * k), f64.load(get(i), rowAt(k))))),
  );
  const products = ks.flatMap((k) =>
    set(sum, f64x2.add(get(sum), f64x2.mul(get(factor + k), v128.load(get(j), rowAt(k))))),
  );
  const inner = [
    ...set(sum, v128.load(get(cell))),
    ...products,
    ...v128.store(get(cell), get(sum)),
    ...set(cell, i32.add(get(cell), i32.const(16))),
  ];
  const outer = [
    ...factors,
    ...set(j, get(row)),
    ...set(cell, i32.add(i32.mul(i32.sub(get(i), get(row)), i32.const(stride)), i32.const(hessianAt))),
    ...set(end, i32.add(get(i), i32.const(8))),
    ...forRange(j, end, 16, inner),
  ];
  return {
    parameters: ["i32", "i32", "i32"],
    locals: ["i32", "i32", "i32", "i32", "v128", ...ks.map(() => "v128" as const), "i32"],
    body: forRange(row, to, ROWS_TOGETHER * 8 * stride, [
      ...set(i, get(row)),
      ...set(iEnd, i32.add(get(row), i32.const(8 * width))),
      ...forRange(i, iEnd, 8, outer),
      ...set(curvature, i32.add(get(curvature), i32.const(8 * ROWS_TOGETHER))),
    ]),
  };
}
