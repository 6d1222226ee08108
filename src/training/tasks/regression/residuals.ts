import type { HistogramCount } from "../model-evaluation.js";

const BINS = 40;
/** The outermost of each side share a bin: a few far rows would leave one bin for all others. */
const OUTER = 0.005;

/** Labels less answers on the held-out rows. */
export interface Residuals {
  /** Of equal width but for the first and the last, which reach to the least and the greatest; the last includes its end. */
  histogram: HistogramCount[];
  /** By share of the rows. */
  quantiles: Record<`${number}`, number>;
}

const QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

export function residualsOf(labels: Float64Array, answers: Float64Array): Residuals {
  const sorted = labels.map((label, row) => label - answers[row]!).sort();
  const quantiles = Object.fromEntries(QUANTILES.map((share) => [share, quantile(sorted, share)]));
  return { histogram: histogramOf(sorted), quantiles };
}

function histogramOf(sorted: Float64Array): HistogramCount[] {
  const [least, greatest] = [sorted[0]!, sorted.at(-1)!];
  const [low, high] = [quantile(sorted, OUTER), quantile(sorted, 1 - OUTER)];
  if (!(high > low)) return [{ from: least, to: greatest, count: sorted.length }];
  const edges = Array.from({ length: BINS + 1 }, (_, k) => low + ((high - low) * k) / BINS);
  edges[0] = least;
  edges[BINS] = greatest;
  let row = 0;
  return Array.from({ length: BINS }, (_, bin) => {
    const [from, to] = [edges[bin]!, edges[bin + 1]!];
    const start = row;
    while (row < sorted.length && (bin === BINS - 1 || sorted[row]! < to)) row++;
    return { from, to, count: row - start };
  });
}

/** Linear between neighbours, as NumPy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!);
}
