import { expect, test } from "vitest";
import {
  type ComparedRows,
  InterventionalShap,
} from "../../../src/training/explain/ensemble/interventional.js";
import {
  addedTo,
  SplitMode,
  type SplitTree,
  treeDepth,
} from "../../../src/training/explain/ensemble/split-tree.js";

type Random = () => number;
/** Of a linear congruence: the same numbers each time. */
const randomOf = (seed: number): Random => {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
};

function randomTree(random: Random, columns: number, depth: number): SplitTree {
  const nodes: {
    mode: number;
    column: number;
    threshold: number;
    missing: number;
    left: number;
    right: number;
    value: number;
  }[] = [];
  const grow = (left: number): number => {
    const own = nodes.length;
    const isLeaf = left === 0 || random() < 0.15;
    const mode = isLeaf ? SplitMode.leaf : 1 + Math.floor(random() * 6);
    nodes.push({
      mode,
      column: Math.floor(random() * columns),
      threshold: Math.floor(random() * 4),
      missing: random() < 0.5 ? 1 : 0,
      ...{ left: 0, right: 0, value: isLeaf ? random() * 2 - 1 : 0 },
    });
    if (!isLeaf) Object.assign(nodes[own]!, { left: grow(left - 1), right: grow(left - 1) });
    return own;
  };
  grow(depth);
  return {
    mode: Uint8Array.from(nodes, ({ mode }) => mode),
    column: Int32Array.from(nodes, ({ column }) => column),
    threshold: Float64Array.from(nodes, ({ threshold }) => threshold),
    missingLeft: Uint8Array.from(nodes, ({ missing }) => missing),
    left: Int32Array.from(nodes, ({ left }) => left),
    right: Int32Array.from(nodes, ({ right }) => right),
    value: Float64Array.from(nodes, ({ value }) => value),
  };
}

const valuesOf = (random: Random, count: number) =>
  Array.from({ length: count }, () => (random() < 0.2 ? Number.NaN : Math.floor(random() * 5)));

/** By the definition, over all sets of known features: what is worth the mean answer of rows mixed of the two. */
function shapleyOf(
  trees: readonly SplitTree[],
  row: readonly number[],
  stored: readonly number[][],
  featureOf: Int32Array,
  features: number,
) {
  const worth = Array.from({ length: 2 ** features }, (_, known) => {
    const answers = stored.map((other) => {
      const mixed = row.map((value, column) => (known & (1 << featureOf[column]!) ? value : other[column]!));
      return trees.reduce((sum, tree) => sum + addedTo(tree, mixed), 0);
    });
    return answers.reduce((sum, answer) => sum + answer, 0) / stored.length;
  });
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  return Array.from({ length: features }, (_, feature) => {
    let sum = 0;
    for (let known = 0; known < 2 ** features; known++) {
      if (known & (1 << feature)) continue;
      const size = known.toString(2).replaceAll("0", "").length;
      const weight = (factorial(size) * factorial(features - size - 1)) / factorial(features);
      sum += weight * (worth[known | (1 << feature)]! - worth[known]!);
    }
    return sum;
  });
}

function compared(stored: readonly number[][], featureOf: Int32Array, features: number): ComparedRows {
  const columns = featureOf.length;
  const values = Float64Array.from(
    { length: stored.length * columns },
    (_, k) => stored[k % stored.length]![Math.floor(k / stored.length)]!,
  );
  return { rows: stored.length, values, featureOf, features };
}

function explained(
  shap: InterventionalShap,
  trees: readonly SplitTree[],
  row: readonly number[],
  features: number,
) {
  const out = new Float64Array(features);
  for (const tree of trees) for (const _ of shap.addTo(out, tree, row));
  return out;
}

test.each([
  ["a column a feature", Int32Array.of(0, 1, 2, 3, 4)],
  ["several columns of one feature, as encoders make them", Int32Array.of(0, 1, 1, 2, 1, 0)],
])("contributions are the Shapley values of the game, to 1e-9: %s", (_, featureOf) => {
  const random = randomOf(7);
  const features = 1 + Math.max(...featureOf);
  let worst = 0;
  for (let round = 0; round < 25; round++) {
    const trees = Array.from({ length: 3 }, () => randomTree(random, featureOf.length, 6));
    const stored = Array.from({ length: 1 + (round % 9) }, () => valuesOf(random, featureOf.length));
    const deepest = Math.max(...trees.map(treeDepth));
    const shap = new InterventionalShap(compared(stored, featureOf, features), deepest);
    for (let k = 0; k < 3; k++) {
      const row = valuesOf(random, featureOf.length);
      const wanted = shapleyOf(trees, row, stored, featureOf, features);
      const got = explained(shap, trees, row, features);
      for (const [feature, value] of wanted.entries())
        worst = Math.max(worst, Math.abs(value - got[feature]!));
      const sum = got.reduce((total, each) => total + each, 0);
      const answer = (values: readonly number[]) =>
        trees.reduce((total, tree) => total + addedTo(tree, values), 0);
      const mean = stored.reduce((total, other) => total + answer(other), 0) / stored.length;
      expect(sum).toBeCloseTo(answer(row) - mean, 9);
    }
  }
  expect(worst).toBeLessThan(1e-9);
});

test("steps are counted alike, and work is let go of within a walk", () => {
  const random = randomOf(3);
  const tree = randomTree(random, 8, 14);
  const stored = Array.from({ length: 1_000 }, () => valuesOf(random, 8));
  const row = valuesOf(random, 8);
  const walked = () => {
    const shap = new InterventionalShap(
      compared(
        stored,
        Int32Array.from({ length: 8 }, (_, k) => k),
        8,
      ),
      treeDepth(tree),
    );
    let slices = 0;
    for (const _ of shap.addTo(new Float64Array(8), tree, row)) slices++;
    return { slices, steps: shap.steps };
  };
  expect(walked()).toEqual(walked());
  expect(walked().slices).toBeGreaterThan(1);
});
