import { type Code, f64, forRange, get, type KernelFunction, set } from "../../wasm/assembler.js";
import { type LossName, losses } from "./losses/registry.js";
import type { ObjectiveWork } from "./objective-work.js";
import { type RecordLayout, SCORE_AT } from "./records.js";

/**
 * A loss of values; scores are values in the fit's unit, or logarithms of values, as the loss' link says. Of rows that weigh,
 * derivatives and losses are multiplied by their weight, for which the steps leave room.
 */
export interface ValueObjective {
  readonly kind: "values";
  readonly loss: LossName;
  /** What the loss takes: a quantile, a distance, a power. */
  readonly setting: number;
  /** Steps in 1: gradients and hessians are rounded to them. */
  readonly gradientSteps: number;
  readonly hessianSteps: number;
  readonly lossSteps: number;
  /** Greater losses count as this. */
  readonly mostLoss: number;
}

/**
 * Gradients of at most this many steps fit a float32 exactly, and float64 sums of up to 2^29 of them are exact: a histogram
 * depends neither on the order nor on the place of summing.
 */
const MOST_STEPS = 2 ** 24;
/** Left above the greatest gradient at the start: gradients may grow by so much before they are cut. */
const HEADROOM = 8;

/** Of values that are at most `most` when the fit starts: a power of two. */
export const stepsFor = (most: number): number =>
  MOST_STEPS / HEADROOM / 2 ** Math.ceil(Math.log2(most > 0 ? most : 1));

export function valueWork(objective: ValueObjective): ObjectiveWork {
  const loss = losses[objective.loss];
  const { setting, lossSteps, mostLoss } = objective;
  return {
    labelBytes: 8,
    boost: (layout) => boostKernel(layout, objective),
    stepsOf: (score, label, weight) =>
      Math.round(weight * Math.min(loss.of(label, score, setting), mostLoss) * lossSteps),
    lossSteps,
  };
}

function boostKernel(
  layout: RecordLayout,
  { loss, setting, gradientSteps, hessianSteps }: ValueObjective,
): KernelFunction {
  const [at, to, value, score, label, n, r, a, b] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const { derivatives } = losses[loss];
  const { prepare, gradient, hessian } = derivatives(
    { score, label, scratch: [n, r], spare: [a, b] },
    setting,
  );
  const { weight } = layout;
  const weighted = (x: Code) => (weight === null ? x : f64.mul(x, f64.load(get(at), weight)));
  const inSteps = (x: Code, steps: number) => f64.nearest(f64.mul(weighted(x), f64.const(steps)));
  const atMost = (x: Code) => f64.min(x, f64.const(MOST_STEPS));
  const singles = (x: Code, steps: number) => f64.mul(x, f64.const(1 / steps));
  const roundedGradient = f64.max(atMost(inSteps(gradient, gradientSteps)), f64.const(-MOST_STEPS));
  // At least one step, so that no row is weightless.
  const roundedHessian = f64.max(atMost(inSteps(hessian, hessianSteps)), f64.const(1));
  const body = [
    ...set(score, f64.add(f64.load(get(at), SCORE_AT), get(value))),
    ...f64.store(get(at), get(score), SCORE_AT),
    ...set(label, f64.load(get(at), layout.label)),
    ...prepare,
    ...f64.storeSingle(get(at), singles(roundedGradient, gradientSteps), 0),
    ...f64.storeSingle(get(at), singles(roundedHessian, hessianSteps), 4),
  ];
  return {
    parameters: ["i32", "i32", "f64"],
    locals: ["f64", "f64", "f64", "f64", "f64", "f64"],
    body: forRange(at, to, layout.bytes, body),
  };
}
