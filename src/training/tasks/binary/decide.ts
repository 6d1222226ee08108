import { BadUserInputError } from "../../../errors/errors.js";
import { type DecisionKind, type DecisionRule, decisionInWords } from "../../../values/decision.js";
import type { SampleWeights } from "../../sample-weights.js";
import { rankedSteps, type Step } from "./metrics.js";

/** What a threshold makes of the rows that it was chosen on. */
export interface DecisionOutcome {
  threshold: number;
  rows: number;
  precision: number;
  recall: number;
  f1: number;
}

/** How good it is to call exactly the rows of a step positive; -Infinity: not good enough. */
type Worth<Kind extends DecisionKind> = (
  step: Step,
  of: { positives: number },
  decision: Extract<DecisionRule, { kind: Kind }>,
) => number;

const WORTH: { [Kind in Exclude<DecisionKind, "given">]: Worth<Kind> } = {
  f1: ({ truePositive, falsePositive }, { positives }) =>
    (2 * truePositive) / (truePositive + falsePositive + positives),
  cost: ({ truePositive, falsePositive }, { positives }, costs) =>
    -(falsePositive * costs.falsePositive + (positives - truePositive) * costs.falseNegative),
  precision: ({ truePositive, falsePositive }, _, { target }) =>
    truePositive / (truePositive + falsePositive) >= target ? truePositive : Number.NEGATIVE_INFINITY,
  recall: ({ truePositive, falsePositive }, { positives }, { target }) =>
    truePositive / positives >= target ? -(truePositive + falsePositive) : Number.NEGATIVE_INFINITY,
};

/** Where it may be best to call nobody positive. */
const MAY_CALL_NOBODY: readonly DecisionKind[] = ["cost"];

/**
 * The threshold that serves the decision best on rows that the model was not fitted on. Of equally good ones the highest, so
 * that fewer rows are called positive. It lies half-way between two neighbouring probabilities, rounded to float32: a
 * last-digit difference between the trainer's and the ONNX runtime's arithmetic does not flip the row it was chosen at.
 * @throws {BadUserInputError} no threshold reaches the target
 */
export function chooseThreshold(
  labels: Uint8Array,
  probabilities: Float64Array,
  decision: DecisionRule,
  weights: SampleWeights = null,
): number {
  if (decision.kind === "given") return decision.threshold;
  const worth = WORTH[decision.kind] as Worth<DecisionKind>;
  const steps = rankedSteps(labels, probabilities, weights);
  const positives = steps.at(-1)!.truePositive;
  const nobody = { truePositive: 0, falsePositive: 0, probability: 1 };
  // Nobody can be above a certain row.
  const canCallNobody = MAY_CALL_NOBODY.includes(decision.kind) && steps[0]!.probability < 1;
  const tried = canCallNobody ? [nobody, ...steps] : steps;
  let best = Number.NEGATIVE_INFINITY;
  let threshold: number | null = null;
  for (const [k, step] of tried.entries()) {
    const value = worth(step, { positives }, decision);
    if (!(value > best)) continue;
    best = value;
    const below = tried[k + 1]?.probability ?? 0;
    const middle = Math.fround((step.probability + below) / 2);
    threshold = middle > below && middle <= step.probability ? middle : step.probability;
  }
  if (threshold === null) throw unreachable(decision, steps, labels.length);
  return threshold;
}

function unreachable(decision: DecisionRule, steps: readonly Step[], rows: number): BadUserInputError {
  const shareOf = ({ truePositive, falsePositive }: Step) => truePositive / (truePositive + falsePositive);
  const most = steps.reduce((best, step) => (shareOf(step) > shareOf(best) ? step : best));
  return new BadUserInputError(
    `decision: no threshold reaches ${decisionInWords(decision)} on the ${rows} training rows that the model ` +
      `was not fitted on; the greatest precision is ${shareOf(most).toFixed(4)}, at ${most.probability.toFixed(4)}. Ask for less, or decide by f1 or cost`,
    { argument: "decision", greatestPrecision: shareOf(most) },
  );
}
