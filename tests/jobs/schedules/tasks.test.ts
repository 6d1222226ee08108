import { expect, it } from "vitest";
import { parseInput, under } from "../../../src/inputs/parse-input.js";
import { trainAndCompareKind } from "../../../src/jobs/train-and-compare/train-and-compare.job.js";
import { testing as definitions } from "../../support/deployment/testing.js";

const read = (params: Record<string, unknown>) =>
  parseInput(trainAndCompareKind.request(definitions), params, under("params"));

it("a scheduled trainAndCompare starts with the mutation's own defaults", () => {
  const asked = read({ asOf: "2024-01-31", candidates: ["RANDOM_FOREST"] });
  const request = { asOf: "2024-01-31", model: "churn", algorithm: "GRADIENT_BOOSTING", seed: 42 };
  expect(asked).toEqual({
    ...request,
    testFraction: 0.25,
    splitBy: "KEYS",
    undeclared: "REFUSE",
    candidates: ["RANDOM_FOREST"],
    delta: 0.01,
  });
});

it("a scheduled trainAndCompare with a delta of text is refused", () => {
  expect(() => read({ asOf: "2024-01-31", delta: "much" })).toThrow(
    'params.delta: a number was expected; got "much"',
  );
});
