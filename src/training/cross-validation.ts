import { type ComparedMetric, isBetter } from "../values/task.js";
import type { OutOfFold, Report } from "./learner.js";
import { type SampleWeights, weightsOf } from "./sample-weights.js";
import type { Fold } from "./tasks/fold.js";
import type { Labels } from "./tasks/labels.js";
import type { CurvePoint, TrainProgress } from "./types.js";

/** A fit on one fold's fitting rows that can be taken one step (tree, iteration) further. */
export interface SteppedFit {
  /** @returns false when there was nothing more to learn. */
  step(): boolean;
  /** Summed loss of the fold's `validate` rows after the last step, each times its weight; the same for any threads. */
  loss(): { sum: number; weight: number };
  /** Remembers what the last step made of the `validate` rows. */
  keep(): void;
  /** As of the last `keep`, one answer per row of `validate`: a number, or one for each class. */
  kept(): Float64Array;
}

export interface CrossValidation<L extends Labels> {
  /** Step with the least out-of-fold loss; the last one when `patience` is 0. */
  bestStep: number;
  curve: CurvePoint[];
  /** After `bestStep`, pooled over the folds. */
  outOfFold: OutOfFold<L>;
}

export interface CrossValidationOptions<L extends Labels> {
  maxSteps: number;
  /** Stop after this many steps without a better loss; 0 = never. */
  patience: number;
  unit: TrainProgress["unit"];
  /** What mean losses are reported as; the log-loss unless given. It grows with them. */
  metric?: LossMetricOf;
  /** What the number of steps is chosen by in its place. */
  stop?: StopMetric<L> | null;
  /** Of the rows of the table. */
  weights: SampleWeights;
}

/** A metric of out-of-fold answers. */
export interface StopMetric<L extends Labels> extends Pick<ComparedMetric, "name" | "better"> {
  of(labels: L, answers: Float64Array, weights: SampleWeights): number;
}

interface LossMetricOf {
  readonly name: string;
  readonly better?: "lower";
  of(meanLoss: number): number;
}

const LOG_LOSS: LossMetricOf = { name: "log_loss", of: (mean: number) => mean };

/** Steps all folds side by side, so that the number of steps is chosen on the mean over folds. */
export function crossValidate<L extends Labels>(
  folds: Fold[],
  fits: SteppedFit[],
  labels: L,
  { maxSteps, patience, unit, metric = LOG_LOSS, stop = null, weights }: CrossValidationOptions<L>,
  report: Report,
): CrossValidation<L> {
  const { name, better = "lower" } = stop ?? metric;
  const curve: CurvePoint[] = [];
  const progress = stopwatch(report, "cross_validation", maxSteps, unit);
  const judged = judgedRows(folds, labels, weights);
  let best: { step: number; value: number; answers: Float64Array[] } | null = null;
  for (let step = 1; step <= maxSteps; step++) {
    const moved = fits.map((fit) => fit.step());
    if (step > 1 && !moved.includes(true)) break;
    const answers = stop && fits.map(keptNow);
    const value =
      stop && answers
        ? stop.of(judged.labels, joined(answers), judged.weights ?? null)
        : metric.of(meanLoss(fits));
    curve.push({ name, step, value });
    progress(step, { name, value, step });
    if (patience === 0 || !best || isBetter({ better }, value, best.value)) {
      best = { step, value, answers: answers ?? [] };
      if (!stop) for (const fit of fits) fit.keep();
    } else if (step - best.step >= patience) break;
  }
  const answers = stop ? best!.answers : fits.map((fit) => fit.kept());
  return { bestStep: best?.step ?? 0, curve, outOfFold: { ...judged, probabilities: joined(answers) } };
}

/** The best of the curve. */
export const bestValue = ({ bestStep, curve }: CrossValidation<Labels>): number => curve[bestStep - 1]!.value;

function keptNow(fit: SteppedFit): Float64Array {
  fit.keep();
  return fit.kept();
}

function meanLoss(fits: SteppedFit[]): number {
  const losses = fits.map((fit) => fit.loss());
  const total = (of: "sum" | "weight") => losses.reduce((sum, loss) => sum + loss[of], 0);
  return total("sum") / total("weight");
}

/** Labels and weights of the rows that the folds judge, fold by fold. */
function judgedRows<L extends Labels>(
  folds: Fold[],
  labels: L,
  weights: SampleWeights,
): Omit<OutOfFold<L>, "probabilities"> {
  const rows = new Uint32Array(folds.reduce((sum, { validate }) => sum + validate.length, 0));
  let at = 0;
  for (const { validate } of folds) {
    rows.set(validate, at);
    at += validate.length;
  }
  const judged = labels.slice(0, rows.length) as L;
  for (let k = 0; k < rows.length; k++) judged[k] = labels[rows[k]!]!;
  return { labels: judged, rows, weights: weightsOf(weights, rows) };
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, own) => sum + own.length, 0));
  let at = 0;
  for (const own of parts) {
    all.set(own, at);
    at += own.length;
  }
  return all;
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
