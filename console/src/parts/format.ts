/** Numbers, sizes and durations as people read them. */

const NUMBER = new Intl.NumberFormat(undefined, { maximumFractionDigits: 4 });
const SMALL = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 4 });

/** Whole numbers whole, others with four digits that count. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (Number.isInteger(value)) return NUMBER.format(value);
  const size = Math.abs(value);
  return size >= 1 && size < 1e6 ? NUMBER.format(value) : SMALL.format(value);
}

const METRIC = new Intl.NumberFormat(undefined, { minimumFractionDigits: 4, maximumFractionDigits: 4 });

/** A metric in a column of its like: four digits behind the point, so that they stand below each other. */
export function formatMetric(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isInteger(value)) return formatNumber(value);
  const size = Math.abs(value);
  return size >= 0.001 && size < 1e6 ? METRIC.format(value) : formatNumber(value);
}

export function formatPercent(share: number | null | undefined, digits = 1): string {
  if (share === null || share === undefined) return "–";
  return `${(100 * share).toFixed(digits)} %`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

export function formatBytes(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 ? size : size.toPrecision(3)} ${UNITS[unit]}`;
}

/** `340 ms`, `12.4 s`, `3 min 20 s`, `2 h 5 min`, `3 days`. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  if (ms < 1_000) return `${Math.round(ms)}\u00a0ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)}\u00a0s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 48 * 3_600)
    return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} days`;
}

/** `in 5 min`, `2 h ago`, by the coarsest unit that is not 0. */
export function formatAgo(at: string, now: number): string {
  const seconds = (Date.parse(at) - now) / 1_000;
  const size = Math.abs(seconds);
  const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });
  if (size < 45) return relative.format(Math.round(seconds), "second");
  if (size < 45 * 60) return relative.format(Math.round(seconds / 60), "minute");
  if (size < 22 * 3_600) return relative.format(Math.round(seconds / 3_600), "hour");
  return relative.format(Math.round(seconds / 86_400), "day");
}

/** What stands where a value is not for the reader to see; an empty one is a dash. */
export const MASKED = "masked";

/** A JSON object with that word for each of the names. */
export const withMasked = (values: unknown, names: readonly string[]): Record<string, unknown> => ({
  ...((values ?? {}) as Record<string, unknown>),
  ...Object.fromEntries(names.map((name) => [name, MASKED])),
});

/** Any JSON value on one line. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "string") return value;
  return JSON.stringify(value);
}

/** What a JSON object has under that name; undefined where it is no object. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([field]) => field === name)?.[1];
}

/** `TRAIN_AND_COMPARE` as `Train and compare`. */
export function inWords(name: string): string {
  const words = name.toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
