import type { Matrix } from "../../matrix.js";
import type { SampleWeights } from "../../sample-weights.js";
import type { LabelWeights } from "../../tasks/binary/class-weight.js";
import { type Part, partKind } from "../../threads/part.js";
import type { BinnedMatrix } from "../boosting/binned.js";
import { leafOf, type Tree, treeValue } from "../boosting/tree.js";
import { ClassSample } from "./class-sample.js";
import { ClassesSample } from "./classes/classes-sample.js";
import { ClassesTreeGrower } from "./classes/grow-classes-tree.js";
import { SampleTreeGrower } from "./grow-sample-tree.js";
import type { ForestParams } from "./params.js";
import { Random } from "./random.js";
import { type ValueRows, ValueSample } from "./value-sample.js";

/** Trees between two looks at the out-of-bag rows. A number, not a share of the threads': the curve is the same for any. */
export const ROUND_TREES = 25;
/** Out-of-bag answers, within ±1, are summed as multiples of 2^-20: exact, in whatever order the trees come. */
export const SHARE_STEPS = 2 ** 20;

/** What the threads of one fit tell each other; all in shared memory. */
export interface ForestExchange {
  /** The next tree to grow, and the number to stop before. */
  next: Int32Array;
  /** Out: tree t of a round at slot t % ROUND_TREES. */
  trees: Tree[];
  /** Out: nodes of each of them. */
  nodes: Int32Array;
  /** Out, where there are several classes: of each of them the classes' shares of each leaf, by node and class. */
  classShares: Float32Array[];
  /** Out, per row, of several classes per row and class: sum of the answers given by trees whose sample lacks it; and their number. */
  shares: Int32Array;
  judges: Int32Array;
}

/** What trees learn of: two classes with their weights, several, or values, scaled; two classes whose rows weigh are values. */
export type ForestRows =
  | { kind: "classes"; labels: Uint8Array; weights: LabelWeights }
  | { kind: "several"; labels: Uint8Array; classes: number; weights: SampleWeights }
  | ({ kind: "values" } & ValueRows);

export interface ForestInput {
  matrix: Matrix;
  binned: BinnedMatrix;
  rows: ForestRows;
  params: ForestParams;
  seed: number;
  /** As of `FitInput`. */
  starts: Uint32Array | null;
  exchange: ForestExchange;
}

/** A thread that grows one tree after the other until a round is done. */
export class ForestPart implements Part {
  /** Writes a tree to a slot. @returns its nodes */
  private readonly grow: (slot: number, random: Random) => number;
  private readonly drawn: Uint8Array;

  constructor(private readonly input: ForestInput) {
    const { binned, rows, params, exchange } = input;
    const drawn = new Uint8Array(binned.rows);
    this.drawn = drawn;
    if (rows.kind === "several") {
      const sample = new ClassesSample(binned, rows, params);
      const grower = new ClassesTreeGrower(binned, sample, rows.classes, params);
      this.grow = (slot, random) =>
        grower.grow(exchange.trees[slot]!, exchange.classShares[slot]!, drawn, random);
      return;
    }
    const sample =
      rows.kind === "classes"
        ? new ClassSample(binned, rows.labels, rows.weights, params)
        : new ValueSample(binned, rows, params);
    const grower = new SampleTreeGrower(binned, sample, params);
    this.grow = (slot, random) => grower.grow(exchange.trees[slot]!, drawn, random);
  }

  run(): void {
    const { exchange, seed } = this.input;
    for (;;) {
      const tree = Atomics.add(exchange.next, 0, 1);
      if (tree >= exchange.next[1]!) return;
      const random = new Random(seed, tree);
      this.draw(random);
      const slot = tree % ROUND_TREES;
      exchange.nodes[slot] = this.grow(slot, random);
      if (this.input.rows.kind === "several") this.judgeClasses(slot, this.input.rows.classes);
      else this.judge(exchange.trees[slot]!);
    }
  }

  /** As many rows as there are, each drawn from all of them; where keys have several rows, keys with all of theirs. */
  private draw(random: Random): void {
    const { drawn } = this;
    const { starts } = this.input;
    drawn.fill(0);
    if (starts) {
      const keys = starts.length - 1;
      for (let k = 0; k < keys; k++) {
        const key = random.below(keys);
        for (let row = starts[key]!; row < starts[key + 1]!; row++) drawn[row]!++;
      }
      return;
    }
    for (let k = 0; k < drawn.length; k++) drawn[random.below(drawn.length)]!++;
  }

  private judge(tree: Tree): void {
    const { shares, judges } = this.input.exchange;
    const { values, columns } = this.input.matrix;
    for (let row = 0; row < this.drawn.length; row++) {
      if (this.drawn[row] !== 0) continue;
      const share = treeValue(tree, values, row * columns.length);
      Atomics.add(shares, row, Math.round(share * SHARE_STEPS));
      Atomics.add(judges, row, 1);
    }
  }

  private judgeClasses(slot: number, classes: number): void {
    const { trees, classShares, shares, judges } = this.input.exchange;
    const { values, columns } = this.input.matrix;
    const own = classShares[slot]!;
    for (let row = 0; row < this.drawn.length; row++) {
      if (this.drawn[row] !== 0) continue;
      const leaf = leafOf(trees[slot]!, values, row * columns.length) * classes;
      for (let k = 0; k < classes; k++)
        Atomics.add(shares, row * classes + k, Math.round(own[leaf + k]! * SHARE_STEPS));
      Atomics.add(judges, row, 1);
    }
  }
}

export const forestPart = partKind<ForestInput>("forest", ForestPart);
