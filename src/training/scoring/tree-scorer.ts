import type { Tree } from "../learners/boosting/tree.js";
import type { Matrix } from "../matrix.js";
import { instantiate } from "../wasm/assembler.js";
import {
  columnBit,
  nodeBytes,
  VISIT_BYTES,
  type WalkKernels,
  walkKernels,
  writeNodes,
} from "./tree-kernels.js";

/** Rows at once: they and their sums stay in the processor's cache from tree to tree. */
const ROWS_AT_ONCE = 2048;
/** Of what is remembered of rows and trees; above, every row walks through every tree again. */
const MAX_VISITS_BYTES = 2 ** 26;
/** No node may be at 0. */
const NODES_AT = 16;

/** The trees and room for `rows` rows, in memory of the kernels' own. */
class TreeMemory {
  readonly kernels: WalkKernels;
  readonly roots: Uint32Array;
  readonly values: Float32Array;
  readonly valuesAt: number;
  readonly sums: Float64Array;
  readonly sumsAt: number;
  readonly visitsAt: number;

  constructor(
    trees: readonly Tree[],
    readonly columns: number,
    rows: number,
    visits: number,
  ) {
    this.sumsAt = NODES_AT + nodeBytes(trees);
    this.visitsAt = this.sumsAt + 8 * rows;
    this.valuesAt = this.visitsAt + visits * VISIT_BYTES;
    const bytes = this.valuesAt + 4 * rows * columns;
    const { memory, functions } = instantiate<WalkKernels>(walkKernels(columns), bytes);
    this.kernels = functions;
    this.roots = writeNodes(trees, memory, NODES_AT);
    this.values = new Float32Array(memory, this.valuesAt, rows * columns);
    this.sums = new Float64Array(memory, this.sumsAt, rows);
  }
}

/** Adds the values of the leaves that each row falls into to its score, tree by tree. */
export function addTrees(trees: readonly Tree[], matrix: Matrix, scores: Float64Array): void {
  const columns = matrix.columns.length;
  const memory = new TreeMemory(trees, columns, Math.min(matrix.rows, ROWS_AT_ONCE), 0);
  const { kernels, roots, values, valuesAt, sums, sumsAt } = memory;
  for (let row = 0; row < matrix.rows; row += ROWS_AT_ONCE) {
    const to = Math.min(matrix.rows, row + ROWS_AT_ONCE);
    values.set(matrix.values.subarray(row * columns, to * columns));
    sums.set(scores.subarray(row, to));
    const end = valuesAt + 4 * columns * (to - row);
    for (const root of roots) kernels.walk(root, valuesAt, end, sumsAt);
    scores.set(sums.subarray(0, to - row), row);
  }
}

/**
 * The same again and again for one table of which a column has changed: a row whose way through a tree does not meet the
 * column keeps its leaf. Takes 8 bytes per row and tree, at most 64 MB, which are parted where it is one among several.
 */
export class RepeatedTreeScorer {
  private readonly memory: TreeMemory;
  private readonly end: number;
  private readonly remembers: boolean;

  constructor(
    trees: readonly Tree[],
    private readonly matrix: Matrix,
    among = 1,
  ) {
    const { rows, columns } = matrix;
    const visits = rows * trees.length;
    this.remembers = visits * VISIT_BYTES <= MAX_VISITS_BYTES / among;
    this.memory = new TreeMemory(trees, columns.length, rows, this.remembers ? visits : 0);
    this.end = this.memory.valuesAt + 4 * rows * columns.length;
  }

  /** Of the table as it is now, remembered for `addTreesAgain`. */
  addTrees(scores: Float64Array): void {
    const { kernels, valuesAt, sumsAt } = this.memory;
    this.withSums(scores, (root, visit) => {
      if (this.remembers) kernels.walkAndRemember(root, valuesAt, this.end, sumsAt, visit);
      else kernels.walk(root, valuesAt, this.end, sumsAt);
    });
  }

  /** Of the table as it is now; only the values of `column` are others than when `addTrees` was called. */
  addTreesAgain(scores: Float64Array, column: number): void {
    const { kernels, valuesAt, sumsAt } = this.memory;
    const bit = columnBit(column);
    this.withSums(scores, (root, visit) => {
      if (this.remembers) kernels.walkAgain(root, valuesAt, this.end, sumsAt, visit, bit);
      else kernels.walk(root, valuesAt, this.end, sumsAt);
    });
  }

  private withSums(scores: Float64Array, walk: (root: number, visit: number) => void): void {
    const { matrix, memory } = this;
    memory.values.set(matrix.values);
    memory.sums.set(scores);
    const visits = matrix.rows * VISIT_BYTES;
    for (const [tree, root] of memory.roots.entries()) walk(root, memory.visitsAt + tree * visits);
    scores.set(memory.sums);
  }
}
