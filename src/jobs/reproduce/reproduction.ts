import type { TrainingRecord } from "../training/training-record.js";

export interface ReproductionDifference {
  /** `data`, `split`, `model`, `params.hyperparameters.trees`, `metrics.auc`, … */
  what: string;
  original: unknown;
  reproduced: unknown;
}

/** Measured in seconds: they differ from run to run by nature. */
const TIMED = /seconds|_ms$|per_second/;

/** What differs between two trainings, environments aside; what the original did not record is not compared. */
export function compareTrainings(
  original: TrainingRecord,
  reproduced: TrainingRecord,
): ReproductionDifference[] {
  const hashes = [
    { what: "data", original: original.dataSha256, reproduced: reproduced.dataSha256 },
    { what: "split", original: original.splitSha256, reproduced: reproduced.splitSha256 },
    { what: "model", original: original.modelSha256, reproduced: reproduced.modelSha256 },
    { what: "threshold", original: original.threshold, reproduced: reproduced.threshold },
  ].filter(({ original, reproduced }) => original !== null && original !== reproduced);
  const metrics = differingLeaves(
    "metrics",
    outcomes(original.metrics),
    known(original.metrics, reproduced.metrics),
  );
  // Another release may add in another order, and another machine round otherwise, though the model is the same to the byte.
  const isSameProgram = differingLeaves("", original.environment, reproduced.environment).length === 0;
  return [
    ...differingLeaves("params", original.params, reproduced.params),
    ...hashes,
    ...metrics.filter((metric) => isSameProgram || !agree(metric.original, metric.reproduced)),
  ];
}

/** To twelve digits. */
const agree = (a: unknown, b: unknown): boolean =>
  typeof a === "number" &&
  typeof b === "number" &&
  Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));

/** Leaves of two JSON values that differ, by dotted name; what is on one side only is null on the other. */
export function differingLeaves(
  what: string,
  original: unknown,
  reproduced: unknown,
): ReproductionDifference[] {
  if (isObject(original) && isObject(reproduced)) {
    const names = [...new Set([...Object.keys(original), ...Object.keys(reproduced)])];
    return names.flatMap((name) =>
      differingLeaves(`${what}.${name}`, own(original, name), own(reproduced, name)),
    );
  }
  if (JSON.stringify(original ?? null) === JSON.stringify(reproduced ?? null)) return [];
  return [{ what, original: original ?? null, reproduced: reproduced ?? null }];
}

/** A later release may measure more. */
function known(original: Record<string, number>, reproduced: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(outcomes(reproduced)).filter(([name]) => Object.hasOwn(original, name)),
  );
}

function outcomes(metrics: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([name]) => !TIMED.test(name)));
}

/** A parameter may be named `constructor`. */
const own = (of: Record<string, unknown>, name: string): unknown =>
  Object.hasOwn(of, name) ? of[name] : undefined;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
