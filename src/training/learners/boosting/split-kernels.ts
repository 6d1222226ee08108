import {
  block,
  type Code,
  f64,
  forRange,
  get,
  i32,
  type KernelFunction,
  leaveIf,
  set,
  when,
} from "../../wasm/assembler.js";

/**
 * What a search for a leaf's best split goes by and has found so far, float64 each, in the kernels' memory. The greatest
 * sum is that of both sides' gradient^2 / (hessian + l2).
 */
export const State = {
  gradient: 0,
  hessian: 1,
  minHessian: 2,
  sum: 3,
  feature: 4,
  /** Address of the best cell. */
  cell: 5,
  /** Address of the first cell of that feature. */
  first: 6,
  missingLeft: 7,
  leftGradient: 8,
  leftHessian: 9,
  slots: 10,
} as const;
/** A cell of a histogram: the sums of gradients and of hessians. */
export const CELL_BYTES = 16;

export interface SplitKernels {
  /**
   * Considers the splits "cells first..at against the rest" for at = first..last - 1 (addresses), the sums of the cell at
   * `missing` on the left, too, unless it is 0.
   */
  thresholds(first: number, last: number, missing: number, position: number): void;
  /** Considers the splits "one cell against the rest" for the cells first..last - 1. */
  categories(first: number, last: number, missing: number, position: number): void;
}

/** @param stateAt address of the state, whose `sum` is to be beaten. */
export function splitKernels(l2: number, stateAt: number): Record<keyof SplitKernels, KernelFunction> {
  return { thresholds: searchKernel(l2, stateAt, true), categories: searchKernel(l2, stateAt, false) };
}

/** With `runs`, the left side is a run of cells from the first on, else a single cell. */
function searchKernel(l2: number, stateAt: number, runs: boolean): KernelFunction {
  const [first, last, missing, position, at, bestAt] = [0, 1, 2, 3, 4, 5];
  const [left, leftHessian, right, rightHessian, leftNorm, rightNorm] = [6, 7, 8, 9, 10, 11];
  const [most, bestLeft, bestHessian, gradient, hessian, minHessian, sum, norm] = [
    12, 13, 14, 15, 16, 17, 18, 19,
  ];
  const state = (slot: number) => f64.load(i32.const(0), stateAt + 8 * slot);
  const keep = (slot: number, value: Code) => f64.store(i32.const(0), value, stateAt + 8 * slot);
  const square = (local: number) => f64.mul(get(local), get(local));
  // Out of the cell's block, out of the loop around it and that one's block.
  const [next, end] = [0, 2];
  const cellHessian = f64.load(get(at), 8);
  const body = block([
    // A cell without rows is no split of its own: in small leaves most are.
    ...leaveIf(next, f64.eq(cellHessian, f64.const(0))),
    ...set(left, runs ? f64.add(get(left), f64.load(get(at))) : f64.load(get(at))),
    ...set(leftHessian, runs ? f64.add(get(leftHessian), cellHessian) : cellHessian),
    ...leaveIf(next, f64.lt(get(leftHessian), get(minHessian))),
    ...set(rightHessian, f64.sub(get(hessian), get(leftHessian))),
    // The right side of a run only gets lighter.
    ...leaveIf(runs ? end : next, f64.lt(get(rightHessian), get(minHessian))),
    ...set(right, f64.sub(get(gradient), get(left))),
    ...set(leftNorm, f64.add(get(leftHessian), f64.const(l2))),
    ...set(rightNorm, f64.add(get(rightHessian), f64.const(l2))),
    ...set(sum, f64.add(f64.mul(square(left), get(rightNorm)), f64.mul(square(right), get(leftNorm)))),
    ...set(norm, f64.mul(get(leftNorm), get(rightNorm))),
    // No quotient that rounds to more than `most` is lost: a float64 below the rounded product is below the exact one.
    ...leaveIf(next, f64.lt(get(sum), f64.mul(get(most), get(norm)))),
    ...set(sum, f64.div(get(sum), get(norm))),
    ...leaveIf(next, f64.le(get(sum), get(most))),
    ...set(most, get(sum)),
    ...set(bestAt, get(at)),
    ...set(bestLeft, get(left)),
    ...set(bestHessian, get(leftHessian)),
  ]);
  const withMissing = when(get(missing), [
    ...set(left, f64.load(get(missing))),
    ...set(leftHessian, f64.load(get(missing), 8)),
  ]);
  const found = [
    ...keep(State.sum, get(most)),
    ...keep(State.feature, f64.convertU(get(position))),
    ...keep(State.cell, f64.convertU(get(bestAt))),
    ...keep(State.first, f64.convertU(get(first))),
    ...keep(State.missingLeft, f64.convertU(i32.eqz(i32.eqz(get(missing))))),
    ...keep(State.leftGradient, get(bestLeft)),
    ...keep(State.leftHessian, get(bestHessian)),
  ];
  return {
    parameters: ["i32", "i32", "i32", "i32"],
    locals: ["i32", "i32", ...Array.from({ length: 14 }, () => "f64" as const)],
    body: [
      ...set(gradient, state(State.gradient)),
      ...set(hessian, state(State.hessian)),
      ...set(minHessian, state(State.minHessian)),
      ...set(most, state(State.sum)),
      ...(runs ? withMissing : []),
      ...set(at, get(first)),
      ...forRange(at, last, CELL_BYTES, body),
      ...when(get(bestAt), found),
    ],
  };
}
