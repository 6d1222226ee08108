import type { Report } from "./learner.js";
import type { Fold } from "./tasks/fold.js";
import type { CurvePoint, TrainProgress } from "./types.js";

/** A fit on one fold's fitting rows that can be taken one step (tree, iteration) further. */
export interface SteppedFit {
  /** @returns false when there was nothing more to learn. */
  step(): boolean;
  /** Summed log-loss of the fold's `validate` rows after the last step, each times its weight; the same for any threads. */
  loss(): { sum: number; weight: number };
  /** Remembers what the last step made of the `validate` rows. */
  keep(): void;
  /** As of the last `keep`, one probability per row of `validate`. */
  kept(): Float64Array;
}

export interface CrossValidation {
  /** Step with the least out-of-fold log-loss; the last one when `patience` is 0. */
  bestStep: number;
  curve: CurvePoint[];
  /** After `bestStep`, pooled over the folds. */
  outOfFold: { labels: Uint8Array; probabilities: Float64Array };
}

export interface CrossValidationOptions {
  maxSteps: number;
  /** Stop after this many steps without a better log-loss; 0 = never. */
  patience: number;
  unit: TrainProgress["unit"];
}

/** Steps all folds side by side, so that the number of steps is chosen on the mean over folds. */
export function crossValidate(
  folds: Fold[],
  fits: SteppedFit[],
  labels: Uint8Array,
  { maxSteps, patience, unit }: CrossValidationOptions,
  report: Report,
): CrossValidation {
  const curve: CurvePoint[] = [];
  const progress = stopwatch(report, "cross_validation", maxSteps, unit);
  let best = { step: 0, loss: Number.POSITIVE_INFINITY };
  for (let step = 1; step <= maxSteps; step++) {
    const moved = fits.map((fit) => fit.step());
    if (step > 1 && !moved.includes(true)) break;
    const value = meanLoss(fits);
    curve.push({ name: "log_loss", step, value });
    progress(step, { name: "log_loss", value, step });
    if (patience === 0 || value < best.loss) {
      best = { step, loss: value };
      for (const fit of fits) fit.keep();
    } else if (step - best.step >= patience) break;
  }
  return { bestStep: best.step, curve, outOfFold: pooled(folds, fits, labels) };
}

function meanLoss(fits: SteppedFit[]): number {
  const losses = fits.map((fit) => fit.loss());
  const total = (of: "sum" | "weight") => losses.reduce((sum, loss) => sum + loss[of], 0);
  return total("sum") / total("weight");
}

function pooled(folds: Fold[], fits: SteppedFit[], labels: Uint8Array): CrossValidation["outOfFold"] {
  const rows = folds.reduce((sum, { validate }) => sum + validate.length, 0);
  const judged = new Uint8Array(rows);
  const probabilities = new Float64Array(rows);
  let at = 0;
  for (const [fold, { validate }] of folds.entries()) {
    probabilities.set(fits[fold]!.kept(), at);
    for (let k = 0; k < validate.length; k++) judged[at++] = labels[validate[k]!]!;
  }
  return { labels: judged, probabilities };
}

/** A progress function that adds the rate since it was made. */
export function stopwatch(
  report: Report,
  phase: TrainProgress["phase"],
  total: number,
  unit: TrainProgress["unit"],
): (done: number, metric?: TrainProgress["metric"]) => void {
  const start = performance.now();
  return (done, metric) => {
    const seconds = (performance.now() - start) / 1000;
    report({ phase, done, total, ratePerSecond: seconds > 0 ? done / seconds : undefined, unit, metric });
  };
}
