/** Decimal digits that a double keeps, and those it takes to tell it from its neighbours. */
const KEPT = 15;
const TELLING = 17;
/** Beyond, whole numbers that are written with an exponent are so by their leading digits, as `%.17g` has them. */
const WRITTEN_WHOLE = Number.MAX_SAFE_INTEGER;
const SMALLEST_NORMAL = 2 ** -1022;

/**
 * Why the number that is written here is not the one that a double gives back, or null. Digits beyond those that tell a
 * double from its neighbours count as lost unless they are just the double's own.
 * @param literal as JSON and GraphQL write numbers
 */
export function numberProblem(literal: string): string | null {
  if (literal.length <= KEPT && !/[eE]/.test(literal)) return null;
  const value = Number(literal);
  if (!Number.isFinite(value)) return "is beyond what a double holds";
  const written = normalise(literal);
  if (written.digits === "") return null;
  if (value === 0) return "is so small that a double holds 0";
  if (isSame(written, normalise(String(value)))) return null;
  const isWhole = written.exponent >= 0;
  const isRounded = !isWhole || (Math.abs(value) > WRITTEN_WHOLE && /[eE]/.test(literal));
  if (isRounded && written.digits.length <= TELLING && Math.abs(value) >= SMALLEST_NORMAL) return null;
  if (isSame(written, normalise(isWhole ? BigInt(value).toString() : value.toPrecision(100)))) return null;
  return `is ${value} as a double`;
}

interface Decimal {
  negative: boolean;
  /** Without zeros at either end. */
  digits: string;
  exponent: number;
}

function normalise(literal: string): Decimal {
  const [, sign, whole = "", fraction = "", exponent = "0"] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(literal) ?? [];
  const all = `${whole}${fraction}`.replace(/^0+/, "");
  const digits = all.replace(/0+$/, "");
  return {
    negative: sign === "-",
    digits,
    exponent: Number(exponent) - fraction.length + all.length - digits.length,
  };
}

const isSame = (a: Decimal, b: Decimal): boolean =>
  a.digits === b.digits && a.exponent === b.exponent && a.negative === b.negative;
