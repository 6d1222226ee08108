import { f64, get, set } from "../../../wasm/assembler.js";
import { meanOf, type RegressionLoss } from "./loss.js";
import { shareBelow } from "./quantile-of.js";

/** Squared up to a distance, beyond it linear (Huber 1964): a few far labels count less. */
export const huber: RegressionLoss = {
  link: "identity",
  /** The distance: so great a share of the labels is nearer to their median. */
  setting({ huber_share: share }, labels, weights) {
    const median = shareBelow(labels, 0.5, weights);
    const distances = labels.map((label) => Math.abs(label - median));
    const distance = shareBelow(distances, share, weights);
    return distance > 0 ? distance : Math.max(meanOf(distances, weights), Number.MIN_VALUE);
  },
  start: (labels, _, weights) => shareBelow(labels, 0.5, weights),
  derivatives: ({ score, label, spare: [residual] }, distance) => ({
    prepare: set(residual, f64.sub(get(score), get(label))),
    gradient: f64.max(f64.min(get(residual), f64.const(distance)), f64.const(-distance)),
    hessian: f64.const(1),
  }),
  of(label, score, distance) {
    const error = Math.abs(label - score);
    return error <= distance ? error ** 2 / 2 : distance * (error - distance / 2);
  },
  leafQuantile: () => null,
  lossUnit: (unit) => unit ** 2,
  metric: { name: "huber", of: (mean) => mean, on: null },
};
