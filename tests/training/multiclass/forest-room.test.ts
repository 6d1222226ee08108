import { expect, test } from "vitest";
import { BadUserInputError } from "../../../src/errors/errors.js";
import { fitClassesForest } from "../../../src/training/learners/forest/classes/fit-classes-forest.js";
import { resolveParams } from "../../../src/training/params.js";

test("a forest of more leaves and classes than are held is refused before anything is grown", () => {
  const classes = Array.from({ length: 100 }, (_, k) => `class ${k}`);
  const params = resolveParams("RANDOM_FOREST", { trees: 1000, max_leaves: 8192 }, "MULTICLASS") as never;
  // No values: whoever reads one fails in another way.
  const matrix = { rows: 1_000_000, columns: [], values: new Float32Array() };
  const fit = () => fitClassesForest(matrix, new Uint8Array(), classes, params, 1, () => {});
  expect(fit).toThrow(BadUserInputError);
  expect(fit).toThrow(
    /^params: 1000 trees of up to 8192 leaves hold 819200000 shares of 100 classes; at most 10000000/,
  );
});
