import { f64, get, set } from "../../../wasm/assembler.js";
import { exponential } from "../../../wasm/exp.js";
import { LEAST_MEAN, meanOf, meanOver, type RegressionLoss } from "./loss.js";

/** Deviance of sums of a random number of amounts, 0 among them; the score is the mean's logarithm. The setting is the power. */
export const tweedie: RegressionLoss = {
  link: "log",
  setting: ({ tweedie_power: power }) => power,
  start: (labels, _, weights) => Math.log(Math.max(meanOf(labels, weights), LEAST_MEAN)),
  derivatives: ({ score, label, scratch, spare: [grown, owed] }, power) => ({
    prepare: [
      ...set(grown, exponential(f64.mul(get(score), f64.const(2 - power)), scratch)),
      ...set(owed, f64.mul(get(label), exponential(f64.mul(get(score), f64.const(1 - power)), scratch))),
    ],
    gradient: f64.sub(get(grown), get(owed)),
    hessian: f64.add(f64.mul(get(grown), f64.const(2 - power)), f64.mul(get(owed), f64.const(power - 1))),
  }),
  of: (label, score, power) => deviance(label, Math.exp(score), power),
  leafQuantile: () => null,
  lossUnit: () => 1,
  metric: {
    name: "tweedie_deviance",
    of: (mean) => mean,
    on: (labels, answers, power, weights) =>
      meanOver(labels, answers, weights, (label, answer) => deviance(label, answer, power)),
  },
};

/** Jørgensen, The Theory of Dispersion Models, 1997, of a power between 1 and 2. */
function deviance(label: number, mean: number, power: number): number {
  return (
    2 *
    (label ** (2 - power) / ((1 - power) * (2 - power)) -
      (label * mean ** (1 - power)) / (1 - power) +
      mean ** (2 - power) / (2 - power))
  );
}
