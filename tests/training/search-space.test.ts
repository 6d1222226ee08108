import { describe, expect, it } from "vitest";
import { learners } from "../../src/training/learners/registry.js";
import { resolveParams } from "../../src/training/params.js";
import { drawTrials, resolveSpace } from "../../src/training/search-space.js";

describe("a search space", () => {
  it.each(learners.names())(
    "of %s draws its defaults first, then different trials that can all be trained",
    (algorithm) => {
      const trials = drawTrials(algorithm, resolveSpace(algorithm, null), 50, 1);
      expect(trials).toHaveLength(50);
      expect(trials[0]).toEqual(resolveParams(algorithm, {}));
      expect(new Set(trials.map((trial) => JSON.stringify(trial))).size).toBe(50);
      for (const trial of trials) expect(resolveParams(algorithm, trial)).toEqual(trial);
    },
  );

  it("draws the same trials for the same seed, the first of many as those of few, and others for another", () => {
    const space = resolveSpace("GRADIENT_BOOSTING", {});
    const many = drawTrials("GRADIENT_BOOSTING", space, 20, 7);
    expect(drawTrials("GRADIENT_BOOSTING", space, 8, 7)).toEqual(many.slice(0, 8));
    expect(drawTrials("GRADIENT_BOOSTING", space, 8, 8)[1]).not.toEqual(many[1]);
  });

  it("has every whole number of a range about as often, its ends too", () => {
    const space = resolveSpace("GRADIENT_BOOSTING", {
      leaves: { min: 2, max: 5 },
      learning_rate: { min: 0.01, max: 0.5 },
      l2: null,
      min_leaf_rows: null,
    });
    const leaves = drawTrials("GRADIENT_BOOSTING", space, 4000, 3).map((trial) => trial.leaves);
    for (const value of [2, 3, 4, 5]) {
      const share = leaves.filter((each) => each === value).length / leaves.length;
      // 1/4 with a standard deviation of 0.7 %.
      expect([value, share > 0.22 && share < 0.28]).toEqual([value, true]);
    }
  });

  it("by its logarithm has as many trials in each decade", () => {
    const space = resolveSpace("LOGISTIC_REGRESSION", { l2: { min: 0.001, max: 1000, log: true } });
    const drawn = drawTrials("LOGISTIC_REGRESSION", space, 3000, 3).map((trial) =>
      Math.log10(Number(trial.l2)),
    );
    for (const decade of [-3, -2, -1, 0, 1, 2]) {
      const share = drawn.filter((log) => log >= decade && log < decade + 1).length / drawn.length;
      expect([decade, share > 0.13 && share < 0.2]).toEqual([decade, true]);
    }
  });

  it("holds monotone constraints as they are given, or one choice of several", () => {
    const drawn = (monotone_constraints: unknown) => {
      const space = resolveSpace("GRADIENT_BOOSTING", { monotone_constraints });
      return new Set(drawTrials("GRADIENT_BOOSTING", space, 20, 1).map((each) => each.monotone_constraints));
    };
    expect(drawn({ tenure: -1, fee: 1 })).toEqual(new Set(['{"fee":1,"tenure":-1}']));
    expect(drawn({ choices: [{ fee: 1 }, "none"] })).toEqual(new Set(['{"fee":1}', "none"]));
    expect(() => drawn({ fee: 2 })).toThrow(
      'must be "none" or an object of integers from -1 to 1 by numeric feature',
    );
  });

  it("of few combinations has no more trials than these, each once", () => {
    const space = resolveSpace("GRADIENT_BOOSTING", {
      leaves: { choices: [3, 7] },
      l2: { choices: [1, 10, 100] },
      learning_rate: 0.1,
      min_leaf_rows: null,
    });
    expect(drawTrials("GRADIENT_BOOSTING", space, 50, 1)).toHaveLength(6);
  });

  it.each([
    [{ leafs: { min: 2, max: 4 } }, 'has no parameter "leafs"'],
    [{ leaves: { min: 1, max: 4 } }, '"leaves" of GRADIENT_BOOSTING must be an integer from 2 to 256'],
    [{ leaves: { min: 2, max: 300 } }, "must be an integer from 2 to 256, got 300"],
    [{ leaves: { min: 5, max: 5 } }, "space.leaves: numbers min < max were expected"],
    [{ leaves: { min: 2.5, max: 5 } }, "must be an integer"],
    [{ l2: { min: 0, max: 5, log: true } }, "space.l2: a range by its logarithm must begin above 0"],
    [{ l2: { min: 1, max: 5, step: 1 } }, "space.l2: step is not known"],
    [{ l2: { choices: [] } }, "space.l2: choices must be a list"],
    [{ l2: { choices: [1], min: 1 } }, "choices or a range was expected, not both"],
    [{ l2: { choices: ["a"] } }, '"l2" of GRADIENT_BOOSTING must be a number'],
    [{ l2: [1, 2] }, "space.l2: a value, { choices } or { min, max, log } was expected"],
    [[1], "space: an object by parameter was expected"],
  ])("%j is refused", (given, message) => {
    expect(() => resolveSpace("GRADIENT_BOOSTING", given)).toThrow(message);
  });
});
