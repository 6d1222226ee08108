import { describe, expect, test } from "vitest";
import { chooseThreshold } from "../../../src/training/tasks/binary/decide.js";
import { costPerRow, evaluate } from "../../../src/training/tasks/binary/metrics.js";
import { type DecisionRule, decisionProblem } from "../../../src/values/decision.js";
import { uniform } from "../tables.js";

// Precision from the top: 1, 1, 2/3, 3/4, 3/5, 3/6; recall 1/3, 2/3, 2/3, 1, 1, 1.
const labels = Uint8Array.of(1, 1, 0, 1, 0, 0);
const probabilities = Float64Array.of(0.9, 0.75, 0.5, 0.375, 0.25, 0.125);
const chosen = (decision: DecisionRule) => chooseThreshold(labels, probabilities, decision);

describe("a threshold", () => {
  test.each<[string, DecisionRule, number]>([
    ["with the best f1", { kind: "f1" }, 0.3125],
    ["where a missed yes costs much", { kind: "cost", falsePositive: 1, falseNegative: 5 }, 0.3125],
    ["where a wrong yes costs much", { kind: "cost", falsePositive: 5, falseNegative: 1 }, 0.625],
    [
      "where a yes is never worth it",
      { kind: "cost", falsePositive: 1, falseNegative: 0 },
      Math.fround(0.95),
    ],
    ["that finds the most at a precision", { kind: "precision", target: 0.7 }, 0.3125],
    ["that finds the most at a precision of 1", { kind: "precision", target: 1 }, 0.625],
    ["that calls the fewest at a recall", { kind: "recall", target: 0.5 }, 0.625],
    ["that calls the fewest at a recall of 1", { kind: "recall", target: 1 }, 0.3125],
    ["that is given", { kind: "given", threshold: 0.42 }, 0.42],
  ])("%s", (_, decision, threshold) => expect(chosen(decision)).toBe(threshold));

  test("of equal f1 is the higher one", () => {
    // f1: {0.9} 2/3, all four 2/3.
    const threshold = chooseThreshold(Uint8Array.of(1, 0, 0, 1), Float64Array.of(0.9, 0.7, 0.3, 0.1), {
      kind: "f1",
    });
    expect(threshold).toBe(Math.fround(0.8));
  });

  test("calls neighbours one float64 step apart as it was chosen", () => {
    const pair = Float64Array.of(0.5 + Number.EPSILON, 0.5);
    const threshold = chooseThreshold(Uint8Array.of(1, 0), pair, { kind: "f1" });
    expect(evaluate(Uint8Array.of(1, 0), pair, threshold).metrics.f1).toBe(1);
  });

  test("of a precision that no threshold reaches is refused, with the greatest that one has", () => {
    const upsideDown = probabilities.slice().reverse();
    expect(() => chooseThreshold(labels, upsideDown, { kind: "precision", target: 0.8 })).toThrow(
      "decision: no threshold reaches precision, target 0.8 on the 6 training rows that the model was not fitted on; " +
        "the greatest precision is 0.5000, at 0.1250. Ask for less, or decide by f1 or cost",
    );
  });
});

test("thresholds are the best of all that there are, row by row", () => {
  for (let round = 0; round < 40; round++) {
    const answers = Float64Array.from({ length: 60 }, (_, row) => Math.ceil(uniform(row, round) * 20) / 21);
    const truth = Uint8Array.from(answers, (answer, row) => (uniform(row, round + 100) < answer ? 1 : 0));
    const all = [...new Set([...answers, 1])];
    const at = (threshold: number) => evaluate(truth, answers, threshold).metrics;
    const costs = { falsePositive: 1 + (round % 3), falseNegative: 2 };
    const cost = chooseThreshold(truth, answers, { kind: "cost", ...costs });
    expect(costPerRow(truth, answers, cost, costs)).toBe(
      Math.min(...all.map((threshold) => costPerRow(truth, answers, threshold, costs))),
    );
    expect(at(chooseThreshold(truth, answers, { kind: "f1" })).f1).toBe(
      Math.max(...all.map((threshold) => at(threshold).f1)),
    );
    const target = 0.6;
    const precise = at(chooseThreshold(truth, answers, { kind: "precision", target }));
    expect(precise.precision).toBeGreaterThanOrEqual(target);
    const reaching = all.map(at).filter(({ precision }) => precision >= target);
    expect(precise.recall).toBe(Math.max(...reaching.map(({ recall }) => recall)));
    const found = at(chooseThreshold(truth, answers, { kind: "recall", target }));
    expect(found.recall).toBeGreaterThanOrEqual(target);
  }
});

test.each([
  [{ kind: "best" }, 'a kind of f1, cost, precision, recall, given was expected, got "best"'],
  [{ kind: "precision" }, "precision takes target, a number from 0 to 1; got none"],
  [{ kind: "recall", target: 1.5 }, "recall takes target, a number from 0 to 1; got 1.5"],
  [{ kind: "f1", target: 0.5 }, "f1 takes no number, not target"],
  [{ kind: "cost", falsePositive: 0, falseNegative: 0 }, "costs that are both 0 say nothing"],
  [{ kind: "given", threshold: 0.5 }, null],
])("of the decision %j is said %s", (given, problem) => expect(decisionProblem(given)).toBe(problem));
