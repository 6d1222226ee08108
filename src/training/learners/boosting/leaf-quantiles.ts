import type { BoostingExchange } from "./boosting-part.js";
import { shareBelow } from "./losses/quantile-of.js";
import { clamped, type Directions, FREE, type LeafBounds, sidesOf } from "./monotone.js";
import { NodeMode, type Tree } from "./tree.js";
import { isOfPresence } from "./write-split.js";

/** A leaf of a tree: its node, its rows in every thread, and how many there are. */
interface RowsOfLeaf {
  node: number;
  slot: number;
  rows: number;
}

/** The quantile of the residuals of each leaf's rows, as the threads have kept them. */
export function leafQuantiles(
  exchange: BoostingExchange,
  slots: number,
  leaves: readonly RowsOfLeaf[],
  share: number,
): number[] {
  return leaves.map((leaf) => quantileOver(exchange, slots, [leaf], share));
}

/**
 * The same within the order that features are bound to. What the search has bound leaves by are slopes, not quantiles: they are
 * bound again from the root on, by the quantiles of all rows of each side.
 */
export function boundQuantiles(
  exchange: BoostingExchange,
  slots: number,
  leaves: readonly RowsOfLeaf[],
  share: number,
  tree: Tree,
  directions: Directions,
): number[] {
  const places = new Map(leaves.map(({ node }, place) => [node, place]));
  const below = (node: number): RowsOfLeaf[] =>
    tree.mode[node] === NodeMode.leaf
      ? [leaves[places.get(node)!]!]
      : [...below(tree.left[node]!), ...below(tree.right[node]!)];
  const quantiles = new Array<number>(leaves.length);
  const settle = (node: number, bounds: LeafBounds): void => {
    const of = (side: number) => clamped(quantileOver(exchange, slots, below(side), share), bounds);
    if (tree.mode[node] === NodeMode.leaf) {
      quantiles[places.get(node)!] = of(node);
      return;
    }
    const [left, right] = [tree.left[node]!, tree.right[node]!];
    const direction = isOfPresence(tree, node) ? 0 : (directions.get(tree.column[node]!) ?? 0);
    const sides = direction === 0 ? [bounds, bounds] : sidesOf(direction, bounds, of(left), of(right));
    settle(left, sides[0]!);
    settle(right, sides[1]!);
  };
  settle(0, FREE);
  return quantiles;
}

function quantileOver(
  { residuals, residualWeights, places }: BoostingExchange,
  slots: number,
  leaves: readonly RowsOfLeaf[],
  share: number,
): number {
  const rows = leaves.reduce((sum, leaf) => sum + leaf.rows, 0);
  const own = new Float64Array(rows);
  const weights = residualWeights.length > 0 ? new Float64Array(rows) : null;
  let at = 0;
  for (const { slot } of leaves) {
    for (let place = 2 * slot; place < places.length; place += 2 * slots) {
      own.set(residuals.subarray(places[place]!, places[place + 1]!), at);
      weights?.set(residualWeights.subarray(places[place]!, places[place + 1]!), at);
      at += places[place + 1]! - places[place]!;
    }
  }
  return shareBelow(own, share, weights);
}
