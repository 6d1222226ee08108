export interface Contribution {
  feature: string;
  value?: unknown;
  /** The value is not for the reader to see. */
  masked?: boolean | null | undefined;
  contribution: number;
}

/** One bar: from where to where it takes the sum. */
export interface Bar {
  label: string;
  from: number;
  to: number;
}

/** What base value and contributions add up to: the log of the odds, the probability itself, or something else. */
export type Scale =
  | "log odds"
  | "probability"
  | "value"
  | "logarithm of the value"
  | "score of the class"
  | "margin";

const MOST = 12;
/** Of all that is added and taken away: less than this is too little to be drawn. */
const LEAST = 1e-3;

/** The greatest contributions first, each from where the one before ended; what is small is one bar. */
export function bars(
  base: number,
  contributions: readonly Contribution[],
  inWords: (value: unknown) => string,
): Bar[] {
  const sorted = contributions.toSorted((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  const total = sorted.reduce((sum, { contribution }) => sum + Math.abs(contribution), 0);
  const seen = sorted.filter(({ contribution }) => Math.abs(contribution) > LEAST * total);
  const kept = seen.length > MOST ? seen.slice(0, MOST - 1) : seen;
  const others = sorted.slice(kept.length);
  let at = base;
  const next = (label: string, contribution: number): Bar => {
    const from = at;
    at += contribution;
    return { label, from, to: at };
  };
  const made = kept.map(({ feature, value, contribution }) =>
    next(`${feature} = ${inWords(value)}`, contribution),
  );
  if (others.length > 0) {
    const sum = others.reduce((whole, { contribution }) => whole + contribution, 0);
    made.push(next(others.length === 1 ? "1 other" : `${others.length} others`, sum));
  }
  return made;
}

const near = (a: number, b: number) => Math.abs(a - b) <= 1e-3 * Math.max(1, Math.abs(b));

/** Told by the numbers: the sum is the value, or its logarithm. */
export function valueScaleOf(sum: number, value: number): Scale {
  if (near(sum, value)) return "value";
  return near(sum, Math.log(value)) ? "logarithm of the value" : "margin";
}

/** The value at a place of the scale; null where the scale is neither. */
export function valueAt(place: number, scale: Scale): number | null {
  if (scale === "logarithm of the value") return Math.exp(place);
  return scale === "value" ? place : null;
}

/** Told by the numbers: the sum is the probability, or its log odds. */
export function scaleOf(sum: number, probability: number): Scale {
  if (near(sum, Math.log(probability / (1 - probability)))) return "log odds";
  return near(sum, probability) ? "probability" : "margin";
}

/** Of one of several classes: the sum is its probability, or the score that the probabilities are made of. */
export const classScaleOf = (sum: number, probability: number): Scale =>
  near(sum, probability) ? "probability" : "score of the class";

/** The probability at a place of the scale; null where the scale is neither. */
export function probabilityAt(place: number, scale: Scale): number | null {
  if (scale === "log odds") return 1 / (1 + Math.exp(-place));
  return scale === "probability" ? place : null;
}
