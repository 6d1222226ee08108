import { asItIs, type ColumnTypeFacts } from "./column-type.js";

/** What Parquet, Arrow and most engines hold. */
export const MOST_DIGITS = 38;
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?$/;
/** Groups of four digits, and what PostgreSQL says of them. */
const rowBytes = (precision: number): number => 8 + 2 * (Math.ceil(precision / 4) + 2);

/**
 * A decimal number of `precision` digits, `scale` of them after the point: text of just so many digits after the point.
 * Nothing is rounded: more digits are refused unless they are zeros.
 */
export function decimalType(precision: number, scale: number): ColumnTypeFacts {
  const read = (text: string): bigint | null => unscaled(text, precision, scale);
  const digits = precision - scale;
  const parts = [digits > 0 ? `${digits} before the point` : "none before the point", `${scale} after it`];
  return {
    ...asItIs,
    sql: `numeric(${precision},${scale})`,
    row: { size: rowBytes(precision), align: 4 },
    words: `must be a number of at most ${parts.join(" and ")}; nothing is rounded`,
    json: ["number", "string"],
    reader: (accept, unreadable) => (text) => {
      const value = read(text);
      if (value === null) return unreadable("type");
      const written = decimalText(value, scale);
      return accept(value, written, written);
    },
    decimalMark: true,
    bound: (bound) => (typeof bound === "number" && !Number.isFinite(bound) ? null : read(String(bound))),
    ofText: (text) => text,
    plain: true,
    // Its digits without zeros at the end, so that a scale that is raised changes no value.
    canonical: (value) => `trim_scale(${value})::text`,
    feature: "numeric",
    profile: "numbers",
    graphql: { name: "Decimal", list: false },
    parquet: { ...parquetInteger(precision), converted_type: "DECIMAL", precision, scale },
    toParquet: (value) => unscaled(String(value), precision, scale)!,
  };
}

/** The number times 10 to the power of `scale`; null where it has more digits, or is none. */
export function unscaled(text: string, precision: number, scale: number): bigint | null {
  const parts = DECIMAL.exec(text);
  if (!parts) return null;
  const [, sign, whole = "", fraction = ""] = parts;
  if (whole === "" && fraction === "") return null;
  const kept = fraction.slice(0, scale).padEnd(scale, "0");
  if (/[1-9]/.test(fraction.slice(scale))) return null;
  const digits = `${whole}${kept}`.replace(/^0+/, "");
  if (digits.length > precision) return null;
  const value = BigInt(digits === "" ? "0" : digits);
  return sign === "-" ? -value : value;
}

export function decimalText(value: bigint, scale: number): string {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  return `${value < 0n ? "-" : ""}${whole}${scale > 0 ? `.${digits.slice(-scale)}` : ""}`;
}

/** The narrowest that holds so many digits. */
function parquetInteger(precision: number) {
  if (precision <= 9) return { type: "INT32" } as const;
  if (precision <= 18) return { type: "INT64" } as const;
  const bits = Math.ceil(precision * Math.log2(10)) + 1;
  return { type: "FIXED_LEN_BYTE_ARRAY", type_length: Math.ceil(bits / 8) } as const;
}
