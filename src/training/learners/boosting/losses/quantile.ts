import { type Code, f64, get } from "../../../wasm/assembler.js";
import { meanOver, type RegressionLoss } from "./loss.js";
import { shareBelow } from "./quantile-of.js";

/** The pinball loss (Koenker and Bassett 1978): the answer is the quantile. */
export const quantile: RegressionLoss = {
  link: "identity",
  setting: ({ quantile: share }) => share,
  start: (labels, share, weights) => shareBelow(labels, share, weights),
  derivatives: ({ score, label }, share) => ({
    prepare: [],
    gradient: pinballDerivative(get(score), get(label), share),
    hessian: f64.const(1),
  }),
  of: pinball,
  leafQuantile: (share) => share,
  lossUnit: (unit) => unit,
  metric: {
    name: "pinball",
    of: (mean) => mean,
    on: (labels, answers, share, weights) =>
      meanOver(labels, answers, weights, (label, answer) => pinball(label, answer, share)),
  },
};

export function pinball(label: number, answer: number, share: number): number {
  return label >= answer ? share * (label - answer) : (1 - share) * (answer - label);
}

/** By the score: 1 − share above the label, −share below it, 0 where both are the same. */
export const pinballDerivative = (score: Code, label: Code, share: number): Code =>
  f64.select(
    f64.const(1 - share),
    f64.select(f64.const(-share), f64.const(0), f64.lt(score, label)),
    f64.lt(label, score),
  );
