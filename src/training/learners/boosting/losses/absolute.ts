import { f64, get } from "../../../wasm/assembler.js";
import type { RegressionLoss } from "./loss.js";
import { pinballDerivative } from "./quantile.js";
import { shareBelow } from "./quantile-of.js";

/** |label − score|: the answer is the median. */
export const absolute: RegressionLoss = {
  link: "identity",
  setting: () => 0.5,
  start: (labels, _, weights) => shareBelow(labels, 0.5, weights),
  derivatives: ({ score, label }) => ({
    prepare: [],
    gradient: f64.mul(f64.const(2), pinballDerivative(get(score), get(label), 0.5)),
    hessian: f64.const(1),
  }),
  of: (label, score) => Math.abs(label - score),
  leafQuantile: () => 0.5,
  lossUnit: (unit) => unit,
  metric: { name: "mae", of: (mean) => mean, on: null },
};
