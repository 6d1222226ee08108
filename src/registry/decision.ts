import type { Compared } from "./evidence.js";
import { describeDifference, notApplicable } from "./gates/not-worse-than-production.js";
import type { GateResult } from "./model.js";

export interface Contest {
  /** What the two are compared by. */
  metric: string;
  /** What the candidate must win by. */
  delta: number;
  production: number | null;
  heldOut: Compared | null;
  gates: readonly GateResult[];
}

export interface Decision {
  promoted: boolean;
  message: string;
  /** Those of the promotion and `wins_by_delta`. */
  gates: GateResult[];
}

/**
 * Whether a candidate takes Production's place: every gate passes, the metric is better by at least `delta`, and the
 * interval of the difference excludes no gain at all (or, for a negative `delta`, a loss greater than that), so that
 * noise is not taken for progress. Where nothing is in Production there is nothing to win against.
 */
export function decide({ metric, delta, production, heldOut, gates }: Contest): Decision {
  const wins = winsByDelta(metric, delta, production, heldOut);
  const all = [...gates, wins];
  const failed = all.filter(({ passed }) => !passed);
  if (failed.length === 0) return { promoted: true, message: `promoted: ${wins.message}`, gates: all };
  const why = failed.map(({ name, message }) => `${name}: ${message}`).join("; ");
  const kept = production === null ? "nothing was promoted" : `version ${production} was kept`;
  return { promoted: false, message: `${kept}: ${why}`, gates: all };
}

function winsByDelta(
  metric: string,
  delta: number,
  production: number | null,
  heldOut: Compared | null,
): GateResult {
  const name = "wins_by_delta";
  if (production === null) return { name, passed: true, message: "nothing is in Production to win against" };
  if (heldOut?.productionProblem) {
    const message = notApplicable(production, heldOut.productionProblem);
    return { name, passed: true, message, limit: delta };
  }
  const comparison = heldOut?.comparison;
  if (!comparison) {
    const message = `Production version ${production} cannot be compared with: ${heldOut?.problem ?? "unknown"}`;
    return { name, passed: false, message, limit: delta };
  }
  const { observed, lower } = comparison.difference;
  const floor = Math.min(0, delta);
  const enough = observed >= delta;
  const sure = lower > floor;
  const numbers = `${metric} ${describeDifference(comparison)}`;
  const message =
    enough && sure
      ? `${numbers}; a gain of ${delta} was asked`
      : enough
        ? `${numbers}; the gain of ${delta} that was asked may be noise: the interval reaches down to ${floor}`
        : `${numbers}; a gain of ${delta} was asked`;
  const details = { ...comparison };
  return { name, passed: enough && sure, message, value: observed, limit: delta, details };
}
