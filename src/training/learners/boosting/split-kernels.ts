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
  /** Of a bound search: what the sides' values may be, and which way they go from left to right (1, -1; 0: either). */
  lower: 10,
  upper: 11,
  direction: 12,
  /** Of a bound search: address of the cell behind which missing values alone are left, which have no place in the order; 0: of none. */
  lastPresent: 13,
  slots: 14,
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

/**
 * @param stateAt address of the state, whose `sum` is to be beaten.
 * @param isBound both sides' values stay within the state's bounds and go its way. A side then counts by how far its value
 *   lowers the loss, -value (2 gradient + (hessian + l2) value), which of the best one is gradient^2 / (hessian + l2).
 */
export function splitKernels(
  l2: number,
  stateAt: number,
  isBound = false,
): Record<keyof SplitKernels, KernelFunction> {
  const search = (runs: boolean) => searchKernel(l2, stateAt, runs, isBound);
  return { thresholds: search(true), categories: search(false) };
}

/** With `runs`, the left side is a run of cells from the first on, else a single cell. */
function searchKernel(l2: number, stateAt: number, runs: boolean, isBound: boolean): KernelFunction {
  const [first, last, missing, position, at, bestAt] = [0, 1, 2, 3, 4, 5];
  const [left, leftHessian, right, rightHessian, leftNorm, rightNorm] = [6, 7, 8, 9, 10, 11];
  const [most, bestLeft, bestHessian, gradient, hessian, minHessian, sum, norm] = [
    12, 13, 14, 15, 16, 17, 18, 19,
  ];
  const sides = { at, left, right, leftNorm, rightNorm, sum, most, spare: [norm, 20] as const };
  const state = (slot: number) => f64.load(i32.const(0), stateAt + 8 * slot);
  const keep = (slot: number, value: Code) => f64.store(i32.const(0), value, stateAt + 8 * slot);
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
    ...(isBound ? boundSum(sides, state, next) : freeSum(sides, next)),
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
    locals: ["i32", "i32", ...Array.from({ length: 15 }, () => "f64" as const)],
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

/** Numbers of float64 locals. */
interface Sides {
  /** The cell. */
  at: number;
  /** Gradients. */
  left: number;
  right: number;
  /** Hessians and what is added to them. */
  leftNorm: number;
  rightNorm: number;
  /** Out: what both sides count. */
  sum: number;
  most: number;
  spare: readonly [number, number];
}

/** Both sides' gradient^2 / (hessian + l2), with one division for two; left where `most` is not reached. */
function freeSum({ left, right, leftNorm, rightNorm, sum, most, spare: [norm] }: Sides, next: number): Code {
  const square = (local: number) => f64.mul(get(local), get(local));
  return [
    ...set(sum, f64.add(f64.mul(square(left), get(rightNorm)), f64.mul(square(right), get(leftNorm)))),
    ...set(norm, f64.mul(get(leftNorm), get(rightNorm))),
    // No quotient that rounds to more than `most` is lost: a float64 below the rounded product is below the exact one.
    ...leaveIf(next, f64.lt(get(sum), f64.mul(get(most), get(norm)))),
    ...set(sum, f64.div(get(sum), get(norm))),
  ];
}

/** How far both sides' values lower the loss; left where they go the wrong way. */
function boundSum(
  { at, left, right, leftNorm, rightNorm, sum, spare }: Sides,
  state: (slot: number) => Code,
  next: number,
): Code {
  const [leftValue, rightValue] = spare;
  const negative = (value: Code) => f64.sub(f64.const(0), value);
  const bestWithin = (gradient: number, norm: number) =>
    f64.min(f64.max(f64.div(negative(get(gradient)), get(norm)), state(State.lower)), state(State.upper));
  const lowered = (gradient: number, norm: number, value: number) =>
    f64.mul(
      negative(get(value)),
      f64.add(f64.mul(f64.const(2), get(gradient)), f64.mul(get(norm), get(value))),
    );
  const rise = f64.sub(get(rightValue), get(leftValue));
  return [
    ...set(leftValue, bestWithin(left, leftNorm)),
    ...set(rightValue, bestWithin(right, rightNorm)),
    ...leaveIf(
      next,
      i32.and(
        f64.lt(f64.mul(state(State.direction), rise), f64.const(0)),
        i32.eqz(f64.eq(f64.convertU(get(at)), state(State.lastPresent))),
      ),
    ),
    ...set(sum, f64.add(lowered(left, leftNorm, leftValue), lowered(right, rightNorm, rightValue))),
  ];
}
