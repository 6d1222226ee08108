import type { Matrix } from "../../matrix.js";
import type { LabelWeights } from "../../tasks/binary/class-weight.js";
import { type Part, partKind } from "../../threads/part.js";
import type { BinnedMatrix } from "../boosting/binned.js";
import { type Tree, treeValue } from "../boosting/tree.js";
import { SampleTreeGrower } from "./grow-sample-tree.js";
import type { ForestParams } from "./params.js";
import { Random } from "./random.js";

/** Trees between two looks at the out-of-bag rows. A number, not a share of the threads': the curve is the same for any. */
export const ROUND_TREES = 25;
/** Out-of-bag shares are summed as multiples of 2^-20: exact, in whatever order the trees come. */
export const SHARE_STEPS = 2 ** 20;

/** What the threads of one fit tell each other; all in shared memory. */
export interface ForestExchange {
  /** The next tree to grow, and the number to stop before. */
  next: Int32Array;
  /** Out: tree t of a round at slot t % ROUND_TREES. */
  trees: Tree[];
  /** Out: nodes of each of them. */
  nodes: Int32Array;
  /** Out, per row: sum of the shares given by trees whose sample lacks it, and their number. */
  shares: Int32Array;
  judges: Int32Array;
}

export interface ForestInput {
  matrix: Matrix;
  binned: BinnedMatrix;
  labels: Uint8Array;
  weights: LabelWeights;
  params: ForestParams;
  seed: number;
  exchange: ForestExchange;
}

/** A thread that grows one tree after the other until a round is done. */
export class ForestPart implements Part {
  private readonly grower: SampleTreeGrower;
  private readonly drawn: Uint8Array;

  constructor(private readonly input: ForestInput) {
    const { binned, labels, weights, params } = input;
    this.grower = new SampleTreeGrower(binned, labels, weights, params);
    this.drawn = new Uint8Array(binned.rows);
  }

  run(): void {
    const { exchange, seed } = this.input;
    for (;;) {
      const tree = Atomics.add(exchange.next, 0, 1);
      if (tree >= exchange.next[1]!) return;
      const random = new Random(seed, tree);
      this.draw(random);
      const slot = tree % ROUND_TREES;
      const grown = exchange.trees[slot]!;
      exchange.nodes[slot] = this.grower.grow(grown, this.drawn, random);
      this.judge(grown);
    }
  }

  /** As many rows as there are, each drawn from all of them. */
  private draw(random: Random): void {
    const { drawn } = this;
    drawn.fill(0);
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
}

export const forestPart = partKind<ForestInput>("forest", ForestPart);
