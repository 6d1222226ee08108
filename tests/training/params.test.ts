import { describe, expect, test } from "vitest";
import { BadUserInputError } from "../../src/errors/errors.js";
import type { BuiltInAlgorithm as Algorithm } from "../../src/training/learners/registry.js";
import { resolveParams } from "../../src/training/params.js";

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
      linear_start: 2,
      class_weight: "none",
      stop_metric: "loss",
      monotone_constraints: "none",
    });
    expect(resolveParams("LOGISTIC_REGRESSION", {})).toEqual({
      l2: 1,
      max_iterations: 50,
      tolerance: 1e-8,
      class_weight: "none",
    });
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
        "max_bins, early_stopping_rounds, linear_start, class_weight, stop_metric, monotone_constraints",
    ],
    [JSON.parse('{"__proto__": 1}'), 'GRADIENT_BOOSTING has no parameter "__proto__"; known: trees'],
    [{ toString: 1 }, 'GRADIENT_BOOSTING has no parameter "toString"; known: trees'],
    [[], "params of GRADIENT_BOOSTING must be an object, got []"],
    ["trees=5", 'params of GRADIENT_BOOSTING must be an object, got "trees=5"'],
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
    [
      { trees: 5 },
      'LOGISTIC_REGRESSION has no parameter "trees"; known: l2, max_iterations, tolerance, class_weight',
    ],
  ])("refuses logistic regression params %j", (params, message) => {
    expect(refusal("LOGISTIC_REGRESSION", params).message).toContain(message);
  });

  test.each([
    [{ trees: 1001 }, 'parameter "trees" of RANDOM_FOREST must be an integer from 1 to 1000, got 1001'],
    [{ max_leaves: 1 }, 'parameter "max_leaves" of RANDOM_FOREST must be an integer from 2 to 8192, got 1'],
    [
      { max_features: -1 },
      'parameter "max_features" of RANDOM_FOREST must be an integer from 0 to 1000, got -1',
    ],
    [{ learning_rate: 1 }, 'RANDOM_FOREST has no parameter "learning_rate"; known: trees, max_leaves'],
  ])("refuses random forest params %j", (params, message) => {
    expect(refusal("RANDOM_FOREST", params).message).toContain(message);
  });

  test.each([0, -1, 1001, Number.NaN, "auto", true, null])("refuses a class_weight of %j", (value) => {
    const error = refusal("GRADIENT_BOOSTING", { class_weight: value });
    expect(error.code).toBe("BAD_USER_INPUT");
    expect(error.message).toContain(
      'parameter "class_weight" of GRADIENT_BOOSTING must be "none", "balanced" or a number from 0.001 to 1000 ',
    );
  });

  test.each(["none", "balanced", 0.5] as const)("takes a class_weight of %j", (value) => {
    expect(resolveParams("RANDOM_FOREST", { class_weight: value }).class_weight).toBe(value);
  });

  test.each([0, "up", { fee: 2 }, { fee: 0.5 }, { fee: "1" }, [1], null])(
    "refuses monotone_constraints of %j",
    (value) => {
      const error = refusal("GRADIENT_BOOSTING", { monotone_constraints: value });
      expect(error.code).toBe("BAD_USER_INPUT");
      expect(error.message).toContain(
        'parameter "monotone_constraints" of GRADIENT_BOOSTING must be "none" or an object of integers from -1 to 1 by numeric feature, got ',
      );
    },
  );

  test("takes monotone_constraints as an object or its text, in the order of the names", () => {
    const of = (value: unknown) =>
      resolveParams("GRADIENT_BOOSTING", { monotone_constraints: value }).monotone_constraints;
    expect(of({ tenure: -1, fee: 1 })).toBe('{"fee":1,"tenure":-1}');
    expect(of('{"tenure":-1,"fee":1}')).toBe('{"fee":1,"tenure":-1}');
    expect(of({})).toBe("none");
  });

  test("refuses monotone_constraints of several classes, whose probabilities they would not bind", () => {
    expect(() =>
      resolveParams("GRADIENT_BOOSTING", { monotone_constraints: { fee: 1 } }, "MULTICLASS"),
    ).toThrow(
      'parameter "monotone_constraints" of GRADIENT_BOOSTING is for models of BINARY and REGRESSION, not of MULTICLASS',
    );
  });

  test.each(["RANDOM_TREE", "", "constructor"])("refuses the learner %j", (algorithm) => {
    const error = refusal(algorithm, {});
    expect(error.code).toBe("BAD_USER_INPUT");
    expect(error.message).toBe(
      `no learner is named ${JSON.stringify(algorithm)}; known: LOGISTIC_REGRESSION, RANDOM_FOREST, GRADIENT_BOOSTING, LINEAR_REGRESSION`,
    );
  });
});
