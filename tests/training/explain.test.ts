import { describe, expect, test } from "vitest";
import {
  type CoveredTree,
  depthOf,
  expectedValue,
  goesLeft,
  TreeShap,
} from "../../src/training/explain/tree-shap.js";
import { NodeMode } from "../../src/training/learners/boosting/tree.js";
import { bruteShapley } from "./brute-shapley.js";
import { uniform } from "./tables.js";

const COLUMNS = 4;
/** Columns 0..2 are numbers in [0, 1), column 3 a category code 0..2; one value in five is missing. */
const rowOf = (seed: number): Float32Array =>
  Float32Array.from({ length: COLUMNS }, (_, column) => {
    if (uniform(seed, 100 + column) < 0.2) return Number.NaN;
    const value = uniform(seed, column);
    return column === 3 ? Math.floor(3 * value) : value;
  });

/** A random tree: the same feature often splits twice on one way. */
function randomTree(seed: number, leaves: number): CoveredTree {
  const nodes = 2 * leaves - 1;
  const tree = {
    mode: new Uint8Array(nodes),
    column: new Int32Array(nodes),
    threshold: new Float32Array(nodes),
    missingLeft: new Uint8Array(nodes),
    left: new Int32Array(nodes),
    right: new Int32Array(nodes),
    value: Float32Array.from({ length: nodes }, (_, node) => 4 * uniform(seed, 200 + node) - 2),
    rows: new Float64Array(nodes),
  };
  tree.rows[0] = 1000;
  const open = [0];
  for (let next = 1; next < nodes; next += 2) {
    const at = Math.floor(uniform(seed, 300 + next) * open.length);
    const node = open.splice(at, 1)[0]!;
    const column = Math.floor(uniform(seed, 400 + next) * COLUMNS);
    tree.mode[node] = column === 3 ? NodeMode.equals : NodeMode.atMost;
    tree.column[node] = column;
    tree.threshold[node] = column === 3 ? Math.floor(3 * uniform(seed, next)) : uniform(seed, next);
    tree.missingLeft[node] = uniform(seed, 500 + next) < 0.5 ? 1 : 0;
    tree.left[node] = next;
    tree.right[node] = next + 1;
    tree.rows[next] = tree.rows[node]! * (0.05 + 0.9 * uniform(seed, 600 + next));
    tree.rows[next + 1] = tree.rows[node]! - tree.rows[next]!;
    open.push(next, next + 1);
  }
  return tree;
}

function shapOf(tree: CoveredTree, row: Float32Array): number[] {
  const out = new Float64Array(COLUMNS);
  new TreeShap(COLUMNS, depthOf(tree)).addTo(out, tree, row, 0);
  return [...out];
}

function answerOf(tree: CoveredTree, row: Float32Array): number {
  let node = 0;
  while (tree.mode[node] !== NodeMode.leaf) {
    node = goesLeft(tree, node, row[tree.column[node]!]!) ? tree.left[node]! : tree.right[node]!;
  }
  return tree.value[node]!;
}

const close = (a: number[], b: number[]) => Math.max(...a.map((value, k) => Math.abs(value - b[k]!)));

describe("TreeSHAP", () => {
  test("agrees with a computation by hand", () => {
    // x0 <= 0.5 (300 of 400 rows): 1; else x1 <= 0.5 (40 of 100): 2, else 6. The row goes right, right.
    const tree: CoveredTree = {
      mode: Uint8Array.of(1, 0, 1, 0, 0),
      column: Int32Array.of(0, 0, 1, 0, 0),
      threshold: Float32Array.of(0.5, 0, 0.5, 0, 0),
      missingLeft: new Uint8Array(5),
      left: Int32Array.of(1, 0, 3, 0, 0),
      right: Int32Array.of(2, 0, 4, 0, 0),
      value: Float32Array.of(0, 1, 0, 2, 6),
      rows: [400, 300, 100, 40, 60],
    };
    // Nothing known: 0.75 x 1 + 0.1 x 2 + 0.15 x 6 = 1.85; x0: 0.4 x 2 + 0.6 x 6 = 4.4; x1: 0.75 + 0.25 x 6 = 2.25; both: 6.
    expect(expectedValue(tree)).toBeCloseTo(1.85, 12);
    const shap = shapOf(tree, Float32Array.of(0.9, 0.9, 0, 0));
    expect(shap[0]).toBeCloseTo((4.4 - 1.85 + (6 - 2.25)) / 2, 12);
    expect(shap[1]).toBeCloseTo((2.25 - 1.85 + (6 - 4.4)) / 2, 12);
    expect(shap.slice(2)).toEqual([0, 0]);
  });

  test.each([1, 2, 3, 6, 12, 24])(
    "equals the Shapley values by definition on trees of %d leaves",
    (leaves) => {
      for (let seed = 0; seed < 20; seed++) {
        const tree = randomTree(seed, leaves);
        for (let k = 0; k < 5; k++) {
          const row = rowOf(31 * seed + k);
          const shap = shapOf(tree, row);
          expect(close(shap, bruteShapley(tree, row))).toBeLessThan(1e-9);
          const sum = shap.reduce((total, value) => total + value, expectedValue(tree));
          expect(sum).toBeCloseTo(answerOf(tree, row), 9);
        }
      }
    },
  );
});
