/** What runs returned, as far as the page shows it. Null where it is of another shape, such as that of an earlier release. */

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const objects = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number | null => (typeof value === "number" ? value : null);

interface Difference {
  what: string;
  original: unknown;
  reproduced: unknown;
}

export function reproductionResult(result: unknown) {
  if (!isObject(result) || typeof result.identical !== "boolean") return null;
  const differences = (value: unknown): Difference[] =>
    objects(value).map(({ what, original, reproduced }) => ({ what: text(what), original, reproduced }));
  return {
    runId: text(result.runId),
    identical: result.identical,
    differences: differences(result.differences),
    environment: differences(result.environment),
  };
}

interface Interval {
  observed: number;
  lower: number;
  upper: number;
  confidence: number;
}

export function comparisonResult(result: unknown) {
  if (!isObject(result) || typeof result.decision !== "string") return null;
  return {
    decision: result.decision,
    reason: text(result.reason),
    metric: text(result.metric),
    difference: interval(result.difference),
    gates: objects(result.gates).map(({ name, passed, message }) => ({
      name: text(name),
      passed: passed === true,
      message: text(message),
    })),
  };
}

function interval(value: unknown): Interval | null {
  if (!isObject(value)) return null;
  const { observed, lower, upper, confidence } = value;
  const all = [observed, lower, upper, confidence].map(number);
  if (all.some((each) => each === null)) return null;
  return { observed: all[0]!, lower: all[1]!, upper: all[2]!, confidence: all[3]! };
}

export function searchResult(result: unknown) {
  if (!isObject(result) || !Array.isArray(result.trials)) return null;
  return {
    metric: text(result.metric),
    best: isObject(result.best) ? text(result.best.runId) : null,
    trials: objects(result.trials).map((trial) => ({
      runId: text(trial.runId),
      number: number(trial.number) ?? 0,
      value: number(trial.value),
      problem: trial.problem === null ? null : text(trial.problem),
    })),
  };
}

/** Dates that an ingest brought late events for. */
export function lateDates(result: unknown): { asOf: string; lateEvents: number }[] {
  if (!isObject(result)) return [];
  return objects(result.late).map(({ asOf, lateEvents }) => ({
    asOf: text(asOf),
    lateEvents: number(lateEvents) ?? 0,
  }));
}
