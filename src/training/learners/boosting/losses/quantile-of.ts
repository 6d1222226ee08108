import { type SampleWeights, steppedWeights } from "../../../sample-weights.js";

/**
 * The quantile of values; they keep their order. Of values that weigh, as NumPy's with weights (`inverted_cdf`): the least one up
 * to which so great a share of the weight lies. Weights count in steps: their sums do not depend on the order of rows.
 */
export function shareBelow(values: Float64Array, share: number, weights: SampleWeights): number {
  if (!weights) return quantileOf(values.slice(), share);
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]! || a - b);
  const stepped = steppedWeights(weights);
  let total = 0;
  for (const row of order) total += stepped[row]!;
  let below = 0;
  for (const row of order) {
    below += stepped[row]!;
    if (below >= share * total) return values[row]!;
  }
  return values[order.at(-1)!]!;
}

/** Linear between neighbours, as NumPy's default. The values are put into another order. */
export function quantileOf(values: Float64Array, share: number): number {
  const at = share * (values.length - 1);
  const below = Math.floor(at);
  select(values, below);
  const low = values[below]!;
  if (at === below) return low;
  let next = Number.POSITIVE_INFINITY;
  for (let k = below + 1; k < values.length; k++) if (values[k]! < next) next = values[k]!;
  return low + (at - below) * (next - low);
}

/** Brings the value of rank `rank` to its place, smaller ones before it and greater ones behind (Hoare's quickselect). */
function select(values: Float64Array, rank: number): void {
  let [from, to] = [0, values.length - 1];
  while (from < to) {
    const pivot = medianOf(values[from]!, values[(from + to) >> 1]!, values[to]!);
    let [low, high] = [from, to];
    while (low <= high) {
      while (values[low]! < pivot) low++;
      while (values[high]! > pivot) high--;
      if (low > high) break;
      const value = values[low]!;
      values[low++] = values[high]!;
      values[high--] = value;
    }
    if (rank <= high) to = high;
    else if (rank >= low) from = low;
    else return;
  }
}

const medianOf = (a: number, b: number, c: number): number =>
  Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
