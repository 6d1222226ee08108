import { type Code, f64, forRange, get, i32, type KernelFunction, set } from "../../wasm/assembler.js";
import { sigmoid } from "../../wasm/exp.js";
import type { ObjectiveWork } from "./objective-work.js";
import { type RecordLayout, SCORE_AT } from "./records.js";

/** The log-loss of two classes; scores are log-odds. */
export interface ClassObjective {
  readonly kind: "classes";
  /** Of a row with label 0 and with label 1. */
  readonly weights: readonly [number, number];
  /** Of rows with weights of their own, in which the label's is: a power of two no less than any. Null: they have none. */
  readonly weightUnit: number | null;
}

/**
 * Gradients are rounded to multiples of 2^-22 (of the weights' next power of two): they then fit a float32 exactly, and a
 * float64 sum of up to 2^30 of them is exact, so that a histogram depends neither on the order nor on the place of summing.
 */
const GRADIENT_STEPS = 2 ** 22;
/** Losses are rounded to multiples of 2^-24: their float64 sums are exact, in whatever order, up to 2^24 rows. */
const LOSS_STEPS = 2 ** 24;
/** Of a probability of 1e-15 for what happened. */
const MAX_LOSS = 34.54;

export function classWork(objective: ClassObjective): ObjectiveWork {
  const [negative, positive] = objective.weights;
  const { weightUnit } = objective;
  const lossSteps = LOSS_STEPS / (weightUnit ?? 1);
  return {
    labelBytes: 1,
    boost: (layout) => boostKernel(layout, objective),
    stepsOf(score, label, own) {
      const margin = label === 1 ? score : -score;
      const loss = Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(-margin, 0);
      const weight = weightUnit !== null ? own : label === 1 ? positive : negative;
      return Math.round(weight * Math.min(loss, MAX_LOSS) * lossSteps);
    },
    lossSteps,
  };
}

/** Gradients w (p - y) and hessians w p (1 - p). */
function boostKernel(layout: RecordLayout, { weights, weightUnit }: ClassObjective): KernelFunction {
  const [negative, positive] = weights;
  const [at, to, value, score, label, weight, probability, n, r] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const steps =
    GRADIENT_STEPS / (weightUnit ?? 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(negative, positive)))));
  const ofLabel = f64.add(f64.const(negative), f64.mul(get(label), f64.const(positive - negative)));
  const rounded = (x: Code) => f64.nearest(f64.mul(f64.mul(x, get(weight)), f64.const(steps)));
  const singles = (x: Code) => f64.mul(x, f64.const(1 / steps));
  const variance = f64.mul(get(probability), f64.sub(f64.const(1), get(probability)));
  const body = [
    ...set(score, f64.add(f64.load(get(at), SCORE_AT), get(value))),
    ...f64.store(get(at), get(score), SCORE_AT),
    ...set(label, f64.convertU(i32.load8U(get(at), layout.label))),
    ...set(weight, layout.weight === null ? ofLabel : f64.load(get(at), layout.weight)),
    ...set(probability, sigmoid(get(score), [n, r])),
    ...f64.storeSingle(get(at), singles(rounded(f64.sub(get(probability), get(label)))), 0),
    // At least one step, so that no row is weightless.
    ...f64.storeSingle(get(at), singles(f64.max(rounded(variance), f64.const(1))), 4),
  ];
  return {
    parameters: ["i32", "i32", "f64"],
    locals: ["f64", "f64", "f64", "f64", "f64", "f64"],
    body: forRange(at, to, layout.bytes, body),
  };
}
