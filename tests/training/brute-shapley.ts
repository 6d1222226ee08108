import { type CoveredTree, goesLeft } from "../../src/training/explain/tree-shap.js";
import { NodeMode } from "../../src/training/learners/boosting/tree.js";

/** Shapley values by their definition, over all 2^columns sets of known features. */
export function bruteShapley(tree: CoveredTree, row: Float32Array): number[] {
  const columns = row.length;
  const worth = Array.from({ length: 2 ** columns }, (_, known) => meanGiven(tree, row, known, 0));
  return Array.from({ length: columns }, (_, column) => {
    let sum = 0;
    for (let known = 0; known < 2 ** columns; known++) {
      if (known & (1 << column)) continue;
      const size = known.toString(2).replaceAll("0", "").length;
      const weight = (factorial(size) * factorial(columns - size - 1)) / factorial(columns);
      sum += weight * (worth[known | (1 << column)]! - worth[known]!);
    }
    return sum;
  });
}

/** Mean of the leaves when a split on an unknown feature is taken both ways by the rows that went there. */
function meanGiven(tree: CoveredTree, row: Float32Array, known: number, node: number): number {
  if (tree.mode[node] === NodeMode.leaf) return tree.value[node]!;
  const [left, right] = [tree.left[node]!, tree.right[node]!];
  const column = tree.column[node]!;
  const follow = (child: number) => meanGiven(tree, row, known, child);
  if (known & (1 << column)) return follow(goesLeft(tree, node, row[column]!) ? left : right);
  return (tree.rows[left]! * follow(left) + tree.rows[right]! * follow(right)) / tree.rows[node]!;
}

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}
