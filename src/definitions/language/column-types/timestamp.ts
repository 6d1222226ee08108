import { clockOf, type ZoneClock } from "../../../values/local-time.js";
import { asItIs, type ColumnTypeFacts, type Unreadable } from "./column-type.js";
import { isDate } from "./date.js";

const TEXT =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?(?: ?([Zz]|UTC|[+-]\d{2}(?::?\d{2})?))?)?$/;
const CANONICAL = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/;
const MINUTE_MS = 60_000;
const MICRO_DIGITS = 6;

/** An instant, to the microsecond: text as `2024-01-31T10:00:00.000000Z`. PostgreSQL holds it as a timestamp in UTC. */
export const timestampType: ColumnTypeFacts = {
  ...asItIs,
  sql: "timestamp without time zone",
  row: { size: 8, align: 8 },
  words:
    "must be an instant of the years 1 to 9999, to the microsecond, as 2024-01-31T10:00:00+01:00; without an offset only where its column declares a zone",
  json: ["string"],
  reader: (accept, unreadable, { zone }) => {
    const clock = zone === undefined ? null : clockOf(zone);
    return (text) => {
      const read = readInstant(text, clock);
      if ("breaks" in read) return unreadable(read.breaks);
      return accept(read.instant, read.instant, read.instant);
    };
  },
  bound: (bound) => {
    const read = typeof bound === "string" ? readInstant(bound, null) : null;
    return read && "instant" in read ? read.instant : null;
  },
  ofText: instantText,
  plain: false,
  csv: (value) => `to_char(${value}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
  // Microseconds since 1970.
  canonical: (value) => `(extract(epoch from ${value}) * 1000000)::int8`,
  feature: null,
  remedy: "models take numbers, booleans and strings",
  profile: "values",
  // By day: hardly any instant comes twice.
  profiled: (value) => `${value}::date`,
  graphql: { name: "Timestamp", list: false },
  parquet: {
    type: "INT64",
    converted_type: "TIMESTAMP_MICROS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
  },
  toParquet: (value) => microsOf(value as string),
};

/** Of PostgreSQL's text, which leaves out zeros at the end: `2024-01-31 10:00:00.5`. */
export function instantText(text: string): string {
  const [day, time = ""] = text.split(" ");
  const [seconds, fraction = ""] = time.split(".");
  return `${day}T${seconds}.${fraction.padEnd(MICRO_DIGITS, "0")}Z`;
}

/** Microseconds since 1970 of an instant in its one form. */
function microsOf(instant: string): bigint {
  const ms = BigInt(Date.parse(`${instant.slice(0, 19)}Z`));
  return ms * 1_000n + BigInt(instant.slice(20, 26));
}

/** The instant in its one form, or the expectation that the text breaks. */
export function readInstant(
  text: string,
  clock: ZoneClock | null,
): { instant: string } | { breaks: Unreadable } {
  const parts = TEXT.exec(text);
  if (!parts) return { breaks: "type" };
  const [, day, hour = "00", minute = "00", second = "00", fraction = "", offset] = parts;
  if (!isDate(day!)) return { breaks: "type" };
  if (CANONICAL.test(text)) return { instant: text };
  // Finer than is held, and not rounded.
  if (/[1-9]/.test(fraction.slice(MICRO_DIGITS))) return { breaks: "type" };
  const shown = Date.parse(`${day}T${hour}:${minute}:${second}Z`);
  const ms = offset === undefined ? (clock?.instantOf(shown) ?? null) : shown - offsetMs(offset);
  if (ms === null) return { breaks: clock ? "local_time" : "type" };
  if (Number.isNaN(ms)) return { breaks: "type" };
  const seconds = writtenSeconds(ms);
  if (seconds === null) return { breaks: "type" };
  const micros = fraction.slice(0, MICRO_DIGITS).padEnd(MICRO_DIGITS, "0");
  return { instant: `${seconds}.${micros}Z` };
}

/** `2024-01-31T10:00:00`; null outside of the years 1 to 9999. */
function writtenSeconds(ms: number): string | null {
  const date = new Date(ms);
  const year = Number.isNaN(date.getTime()) ? 0 : date.getUTCFullYear();
  return year >= 1 && year <= 9999 ? date.toISOString().slice(0, 19) : null;
}

function offsetMs(offset: string): number {
  if (!/^[+-]/.test(offset)) return 0;
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(3).replace(":", "") || 0)];
  if (hours > 15 || minutes > 59) return Number.NaN;
  return (offset.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * MINUTE_MS;
}
