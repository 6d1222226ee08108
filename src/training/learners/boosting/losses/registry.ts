import { absolute } from "./absolute.js";
import { huber } from "./huber.js";
import type { RegressionLoss } from "./loss.js";
import { poisson } from "./poisson.js";
import { quantile } from "./quantile.js";
import { squared } from "./squared.js";
import { tweedie } from "./tweedie.js";

/** By the name that the parameter `loss` has. */
export const losses = { squared, absolute, huber, quantile, poisson, tweedie } satisfies Record<
  string,
  RegressionLoss
>;
export type LossName = keyof typeof losses;
export const LOSS_NAMES = Object.keys(losses) as LossName[];

export const lossNamed = (name: LossName): RegressionLoss => losses[name];
