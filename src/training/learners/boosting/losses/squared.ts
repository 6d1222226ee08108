import { f64, get } from "../../../wasm/assembler.js";
import { meanOf, type RegressionLoss } from "./loss.js";

/** (label − score)² / 2: the answer is the mean. */
export const squared: RegressionLoss = {
  link: "identity",
  setting: () => 0,
  start: (labels, _, weights) => meanOf(labels, weights),
  derivatives: ({ score, label }) => ({
    prepare: [],
    gradient: f64.sub(get(score), get(label)),
    hessian: f64.const(1),
  }),
  of: (label, score) => (label - score) ** 2,
  leafQuantile: () => null,
  lossUnit: (unit) => unit ** 2,
  metric: { name: "rmse", of: Math.sqrt, on: null },
};
