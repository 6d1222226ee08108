/** How values of typed formats read as text: what a CSV of the same values would hold, every digit of it. */

export type TimeUnit = "SECONDS" | "MILLIS" | "MICROS" | "NANOS";

const DAY_SECONDS = 86_400n;
const PER_SECOND: Record<TimeUnit, bigint> = {
  SECONDS: 1n,
  MILLIS: 1_000n,
  MICROS: 1_000_000n,
  NANOS: 1_000_000_000n,
};

/**
 * The instant as ISO 8601 writes it, in milliseconds and in as many digits more as it has; the day alone at midnight,
 * as pandas writes dates, unless `whole`. What some clock showed has no Z.
 */
export function timestampText(value: bigint, unit: TimeUnit, utc: boolean, whole: boolean): string {
  const per = PER_SECOND[unit];
  const seconds = floorDiv(value, per);
  const fraction = value - seconds * per;
  const day = floorDiv(seconds, DAY_SECONDS);
  const ofDay = Number(seconds - day * DAY_SECONDS);
  const date = dayText(Number(day));
  if (ofDay === 0 && fraction === 0n && !whole) return date;
  const two = (part: number) => String(part).padStart(2, "0");
  const time = [Math.floor(ofDay / 3600), Math.floor(ofDay / 60) % 60, ofDay % 60].map(two).join(":");
  const digits = unit === "SECONDS" ? "000" : String(fraction).padStart(String(per).length - 1, "0");
  return `${date}T${time}.${digits.replace(/(...)(?:000)+$/, "$1")}${utc ? "Z" : ""}`;
}

const floorDiv = (a: bigint, b: bigint): bigint => (a - (((a % b) + b) % b)) / b;

/** Days since 1970; what no calendar of ours has is no date to any column either. */
export function dayText(day: number): string {
  const date = new Date(day * 86_400_000);
  return Number.isNaN(date.getTime()) ? `day ${day}` : date.toISOString().slice(0, -14);
}

/** The number is `value` divided by 10 to the power of `scale`. */
export function scaledText(value: bigint, scale: number): string {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  return `${value < 0n ? "-" : ""}${whole}${scale > 0 ? `.${digits.slice(-scale)}` : ""}`;
}

/** IEEE 754 binary16. */
export function halfFloat(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** How a value's text stands in a list. `number`: as it is, where JSON has such a number. */
export type JsonForm = "number" | "boolean" | "text";

/** A list as JSON, of its items' texts; null for an item that is empty. */
export function listText(items: readonly (string | null)[], form: JsonForm): string {
  const parts = items.map((text) => {
    if (text === null) return "null";
    if (form === "boolean") return text.toLowerCase();
    return form === "number" && JSON_NUMBER.test(text) ? text : JSON.stringify(text);
  });
  return `[${parts.join(",")}]`;
}

const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
