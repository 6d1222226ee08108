import type { Report } from "./learner.js";
import { logLoss } from "./metrics.js";
import type { Fold } from "./split.js";
import type { CurvePoint, TrainProgress } from "./types.js";

/** A fit on one fold's fitting rows that can be taken one step (tree, iteration) further. */
export interface SteppedFit {
  /** @returns false when there was nothing more to learn. */
  step(): boolean;
  /** After the last step, one probability per row of the fold's `validate`; may be overwritten by the next step. */
  validation(): Float64Array;
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
  const judged = Uint8Array.from(
    folds.flatMap(({ validate }) => Array.from(validate, (row) => labels[row]!)),
  );
  const probabilities = new Float64Array(judged.length);
  const curve: CurvePoint[] = [];
  const progress = stopwatch(report, "cross_validation", maxSteps, unit);
  let best = { step: 0, loss: Number.POSITIVE_INFINITY, probabilities };
  for (let step = 1; step <= maxSteps; step++) {
    const moved = fits.map((fit) => fit.step());
    if (step > 1 && !moved.includes(true)) break;
    let at = 0;
    for (const fit of fits) {
      probabilities.set(fit.validation(), at);
      at += fit.validation().length;
    }
    const value = logLoss(judged, probabilities);
    curve.push({ name: "log_loss", step, value });
    progress(step, { name: "log_loss", value, step });
    if (patience === 0 || value < best.loss) {
      best = { step, loss: value, probabilities: probabilities.slice() };
    } else if (step - best.step >= patience) break;
  }
  return { bestStep: best.step, curve, outOfFold: { labels: judged, probabilities: best.probabilities } };
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
