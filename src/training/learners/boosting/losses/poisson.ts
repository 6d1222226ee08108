import { f64, get, set } from "../../../wasm/assembler.js";
import { exponential } from "../../../wasm/exp.js";
import { LEAST_MEAN, meanOf, meanOver, type RegressionLoss } from "./loss.js";

/**
 * So many times the curvature is taken for what it is, e^0.7: where means are still small, a Newton step would go too far
 * (LightGBM's and XGBoost's max_delta_step).
 */
const CAUTION = 2.01375270747;

/** Deviance of counts whose variance is their mean; the score is the mean's logarithm. */
export const poisson: RegressionLoss = {
  link: "log",
  setting: () => 1,
  start: (labels, _, weights) => Math.log(Math.max(meanOf(labels, weights), LEAST_MEAN)),
  derivatives: ({ score, label, scratch, spare: [mean] }) => ({
    prepare: set(mean, exponential(get(score), scratch)),
    gradient: f64.sub(get(mean), get(label)),
    hessian: f64.mul(get(mean), f64.const(CAUTION)),
  }),
  of: (label, score) => deviance(label, Math.exp(score)),
  leafQuantile: () => null,
  lossUnit: () => 1,
  metric: {
    name: "poisson_deviance",
    of: (mean) => mean,
    on: (labels, answers, _, weights) => meanOver(labels, answers, weights, deviance),
  },
};

function deviance(label: number, mean: number): number {
  return 2 * ((label === 0 ? 0 : label * Math.log(label / mean)) - label + mean);
}
