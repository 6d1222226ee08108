import { describe, expect, test } from "vitest";
import { BadUserInputError } from "../../src/errors/errors.js";
import { resolveParams } from "../../src/training/params.js";
import type { Algorithm } from "../../src/training/types.js";

function refusal(algorithm: string, params: unknown): BadUserInputError {
  try {
    resolveParams(algorithm as Algorithm, params);
  } catch (error) {
    if (error instanceof BadUserInputError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

describe("resolveParams", () => {
  test("returns the complete set, given values over defaults", () => {
    expect(resolveParams("GRADIENT_BOOSTING", { trees: 7 })).toEqual({
      trees: 7,
      leaves: 4,
      learning_rate: 0.08,
      l2: 10,
      min_leaf_rows: 50,
      max_bins: 255,
      early_stopping_rounds: 50,
    });
    expect(resolveParams("LOGISTIC_REGRESSION", {})).toEqual({ l2: 1, max_iterations: 50, tolerance: 1e-8 });
    expect(resolveParams("LOGISTIC_REGRESSION", null)).toEqual(resolveParams("LOGISTIC_REGRESSION"));
  });

  test.each([
    [{ trees: 0 }, 'parameter "trees" of GRADIENT_BOOSTING must be an integer from 1 to 5000, got 0'],
    [{ trees: 1.5 }, 'parameter "trees" of GRADIENT_BOOSTING must be an integer from 1 to 5000, got 1.5'],
    [{ trees: "9" }, 'parameter "trees" of GRADIENT_BOOSTING must be an integer from 1 to 5000, got "9"'],
    [{ leaves: 1 }, 'parameter "leaves" of GRADIENT_BOOSTING must be an integer from 2 to 256, got 1'],
    [
      { max_bins: 256 },
      'parameter "max_bins" of GRADIENT_BOOSTING must be an integer from 2 to 255, got 256',
    ],
    [
      { learning_rate: Number.NaN },
      'parameter "learning_rate" of GRADIENT_BOOSTING must be a number from 0.001 to 1, got NaN',
    ],
    [
      { learning_rate: null },
      'parameter "learning_rate" of GRADIENT_BOOSTING must be a number from 0.001 to 1, got null',
    ],
    [{ l2: -1 }, 'parameter "l2" of GRADIENT_BOOSTING must be a number from 0 to 1000000, got -1'],
    [
      { min_leaf_rows: [20] },
      'parameter "min_leaf_rows" of GRADIENT_BOOSTING must be an integer from 1 to 1000000, got [20]',
    ],
    [
      { early_stopping_rounds: Number.POSITIVE_INFINITY },
      'parameter "early_stopping_rounds" of GRADIENT_BOOSTING must be an integer from 0 to 1000, got Infinity',
    ],
    [
      { max_depth: 3 },
      'GRADIENT_BOOSTING has no parameter "max_depth"; known: trees, leaves, learning_rate, l2, min_leaf_rows, ' +
        "max_bins, early_stopping_rounds",
    ],
    [JSON.parse('{"__proto__": 1}'), 'GRADIENT_BOOSTING has no parameter "__proto__"; known: trees'],
    [{ toString: 1 }, 'GRADIENT_BOOSTING has no parameter "toString"; known: trees'],
    [[], "params of GRADIENT_BOOSTING must be an object of numbers, got []"],
    ["trees=5", 'params of GRADIENT_BOOSTING must be an object of numbers, got "trees=5"'],
  ])("refuses gradient boosting params %j", (params, message) => {
    const error = refusal("GRADIENT_BOOSTING", params);
    expect(error.code).toBe("BAD_USER_INPUT");
    expect(error.message).toContain(message);
  });

  test.each([
    [{ l2: 0 }, 'parameter "l2" of LOGISTIC_REGRESSION must be a number from 0.000001 to 1000000, got 0'],
    [
      { tolerance: 0 },
      'parameter "tolerance" of LOGISTIC_REGRESSION must be a number from 1e-12 to 0.1, got 0',
    ],
    [
      { max_iterations: 1e9 },
      'parameter "max_iterations" of LOGISTIC_REGRESSION must be an integer from 1 to 1000, got 1000000000',
    ],
    [{ trees: 5 }, 'LOGISTIC_REGRESSION has no parameter "trees"; known: l2, max_iterations, tolerance'],
  ])("refuses logistic regression params %j", (params, message) => {
    expect(refusal("LOGISTIC_REGRESSION", params).message).toContain(message);
  });

  test.each(["RANDOM_FOREST", "", "constructor"])("refuses the learner %j", (algorithm) => {
    const error = refusal(algorithm, {});
    expect(error.code).toBe("BAD_USER_INPUT");
    expect(error.message).toBe(
      `no learner is named ${JSON.stringify(algorithm)}; known: LOGISTIC_REGRESSION, GRADIENT_BOOSTING`,
    );
  });
});
