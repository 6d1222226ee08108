import type { Counts } from "../features/stability-index.js";

/** Tests of whether two samples come from one distribution. Sample sizes are counts of rows, p-values are in 0..1. */

/**
 * P(D ≥ d) of the two-sample Kolmogorov–Smirnov test, by Kolmogorov's limit with Stephens' correction for small
 * samples (Stephens 1970, JRSS B 32). With ties the true p-value is smaller: the test errs on the quiet side.
 * @param d greatest distance of the two distribution functions
 */
export function kolmogorovSmirnovP(d: number, n: number, m: number): number {
  const effective = Math.sqrt((n * m) / (n + m));
  const lambda = (effective + 0.12 + 0.11 / effective) * d;
  // The series converges slowly where the answer is 1 to fifteen digits.
  if (lambda < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * k * k * lambda * lambda);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-17) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
}

export interface ChiSquare {
  statistic: number;
  degreesOfFreedom: number;
  pValue: number;
}

/** A cell's expected count below which the χ² limit is not to be trusted (Cochran 1954). */
const LEAST_EXPECTED = 5;

/**
 * χ² test of homogeneity of a 2 × k table. Values too rare for it (expected below 5 on either side) are taken
 * together as one; what then remains of one kind only differs in nothing: p is 1.
 */
export function chiSquareTest(cells: readonly Counts[]): ChiSquare {
  const n = cells.reduce((sum, cell) => sum + cell.before, 0);
  const m = cells.reduce((sum, cell) => sum + cell.after, 0);
  const none = { statistic: 0, degreesOfFreedom: 0, pValue: 1 };
  if (n === 0 || m === 0) return none;
  const share = Math.min(n, m) / (n + m);
  const isRare = ({ before, after }: Counts) => (before + after) * share < LEAST_EXPECTED;
  const rare = cells.filter(isRare).reduce(add, { before: 0, after: 0 });
  const kept = cells.filter((cell) => !isRare(cell));
  if (rare.before + rare.after > 0) kept.push(rare);
  if (kept.length < 2) return none;
  let statistic = 0;
  for (const { before, after } of kept) {
    const expected = ((before + after) * n) / (n + m);
    const other = before + after - expected;
    statistic += (before - expected) ** 2 / expected + (after - other) ** 2 / other;
  }
  const degreesOfFreedom = kept.length - 1;
  return { statistic, degreesOfFreedom, pValue: chiSquareP(statistic, degreesOfFreedom) };
}

const add = (a: Counts, b: Counts): Counts => ({ before: a.before + b.before, after: a.after + b.after });

/** P(X ≥ x) of the χ² distribution: the upper regularised incomplete gamma function Q(k/2, x/2). */
export function chiSquareP(x: number, degreesOfFreedom: number): number {
  if (x <= 0) return 1;
  const [a, half] = [degreesOfFreedom / 2, x / 2];
  const scale = Math.exp(a * Math.log(half) - half - logGamma(a));
  if (half < a + 1) return Math.max(0, 1 - scale * gammaSeries(a, half));
  return Math.min(1, scale * gammaFraction(a, half));
}

/** The lower function's power series (Abramowitz & Stegun 6.5.29), without its leading factor. */
function gammaSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let k = 1; term > sum * 1e-16; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return sum;
}

/** The upper function's continued fraction (Abramowitz & Stegun 6.5.31), by Lentz's method. */
function gammaFraction(a: number, x: number): number {
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let value = d;
  for (let k = 1; k < 10_000; k++) {
    const factor = -k * (k - a);
    b += 2;
    d = 1 / (factor * d + b || tiny);
    c = b + factor / c || tiny;
    const step = d * c;
    value *= step;
    if (Math.abs(step - 1) < 1e-15) break;
  }
  return value;
}

/** ln Γ(x) for x > 0: Stirling's series after shifting x past 15, good to 1e-14. */
export function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 15; z++) shift -= Math.log(z);
  const inverse = 1 / (z * z);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / z;
  return shift + (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series;
}

/**
 * Which hypotheses are rejected so that the chance of any false rejection among all of them stays at `alpha`
 * (Holm 1979, Scandinavian Journal of Statistics 6). In the order given.
 */
export function holm(pValues: readonly number[], alpha: number): boolean[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
  const rejected = pValues.map(() => false);
  for (const [rank, i] of order.entries()) {
    if (pValues[i]! > alpha / (pValues.length - rank)) break;
    rejected[i] = true;
  }
  return rejected;
}
