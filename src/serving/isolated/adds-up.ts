import { softmaxRows } from "../../training/scoring/softmax.js";
import type { ModelExplanation } from "./messages.js";

const EXPLANATION_TOLERANCE = 1e-3;

/** Whether an explanation comes to the answer: what a file says of itself is not taken at its word. */
export function addsUp(
  { baseValue, contributions, margin, classMargins }: ModelExplanation,
  answer: ArrayLike<number>,
): boolean {
  const sum = contributions.reduce((sum, { contribution }) => sum + contribution, baseValue);
  // Of answers beyond ±1 as a share of them.
  const isSame = (one: number, other: number) =>
    Math.abs(one - other) <= EXPLANATION_TOLERANCE * Math.max(1, Math.abs(other));
  if (!classMargins) return isSame(SAID[margin](sum), answer[0]!);
  const said =
    margin === "score" ? softmaxRows(Float64Array.from(classMargins), classMargins.length) : classMargins;
  return (
    said.length === answer.length &&
    said.every((each, k) => isSame(each, answer[k]!)) &&
    isSame(sum, Math.max(...classMargins))
  );
}

/** The answer that a margin is of; a score says nothing without those of the other classes. */
const SAID: Record<ModelExplanation["margin"], (margin: number) => number> = {
  score: () => Number.NaN,
  log_odds: (margin) => 1 / (1 + Math.exp(-margin)),
  probability: (margin) => margin,
  value: (margin) => margin,
  log_value: Math.exp,
  // What calibration makes of it only the file knows.
  uncalibrated_log_odds: () => Number.NaN,
  uncalibrated_probability: () => Number.NaN,
};
