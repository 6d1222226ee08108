import { sameJson } from "./canonical-json.js";
import type { Metric, Run } from "./run.js";

export interface ComparedValue {
  name: string;
  /** One per run, in the order the runs were asked for; null where the run has none. */
  values: unknown[];
  differs: boolean;
}

export interface RunComparison {
  runs: Run[];
  params: ComparedValue[];
  metrics: ComparedValue[];
}

/** @param latest one value per series, of each run in the same order */
export function compareRuns(runs: Run[], latest: readonly Metric[][]): RunComparison {
  return {
    runs,
    params: compare(runs.map(({ params }) => flatten(params))),
    metrics: compare(
      latest.map(
        (metrics) =>
          new Map(metrics.map(({ name, value }) => [name, Number.isFinite(value) ? value : String(value)])),
      ),
    ),
  };
}

/** Leaves by their dotted name; a list, and an object without fields, is a leaf. */
export function flatten(params: Record<string, unknown>, prefix = ""): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  for (const [key, value] of Object.entries(params)) {
    const name = prefix + key;
    if (isObject(value) && Object.keys(value).length > 0) {
      for (const [inner, leaf] of flatten(value, `${name}.`)) leaves.set(inner, leaf);
    } else leaves.set(name, value);
  }
  return leaves;
}

function compare(runs: readonly Map<string, unknown>[]): ComparedValue[] {
  const names = [...new Set(runs.flatMap((values) => [...values.keys()]))].sort();
  return names.map((name) => {
    // A missing value and an empty one differ, though both are shown as null.
    const differs = runs.some(
      (run) => run.has(name) !== runs[0]!.has(name) || !sameJson(run.get(name), runs[0]!.get(name)),
    );
    return { name, values: runs.map((run) => run.get(name) ?? null), differs };
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
