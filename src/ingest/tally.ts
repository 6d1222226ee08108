import type { ExpectationResult, UnexpectedRow } from "../registry/run.js";

const SAMPLE = 20;

/** What one expectation of a source met with. */
export interface Tally {
  /** Its place among all of the delivery's: rows that break it are noted under it. */
  readonly number: number;
  readonly source: string;
  /** The name it was delivered under. */
  readonly file: string;
  readonly column: string | null;
  readonly expectation: string;
  /** Its place among the source's declared ones; null for what follows from the columns. */
  readonly index: number | null;
  /** What would have been accepted, in words. */
  readonly rule: string;
  readonly severity: ExpectationResult["severity"];
  readonly mostly: number;
  /** What is evaluated by: bytes, rows, a set … */
  readonly over: string;
  /** Of a file as a whole: its percentage is all or nothing. */
  readonly whole: boolean;
  /** Whether the rows that break it are kept out, rather than the whole delivery. */
  quarantines: boolean;
  /** Whether its evaluation ran. One that did not has not been met, unless it was skipped for a reason. */
  looked: boolean;
  skipped: string | null;
  /** Values looked at; null where all rows were. */
  seen: number | null;
  count: number;
  sample: UnexpectedRow[];
  observed: unknown;
}

/** What was counted, as a step's checkpoint keeps it; what is expected is in the definitions. */
export type Counted = Pick<
  Tally,
  | ("source" | "column" | "expectation" | "index")
  | ("looked" | "skipped" | "seen" | "count" | "sample" | "observed")
>;

export const tallyKeyOf = (of: Pick<Tally, "source" | "column" | "expectation" | "index">): string =>
  `${of.source}/${of.column ?? ""}/${of.expectation}/${of.index ?? ""}`;

export function addToSample(tally: Tally, row: UnexpectedRow | null): void {
  if (!row || isSampled(tally)) return;
  tally.sample.push({ ...row, key: storable(row.key), value: storable(row.value) });
}

/**
 * False of what nobody looked at, unless there was a reason not to. The division, unlike a product with `1 - mostly`, is
 * exact at the edge: 99 of 100 is 0.99.
 */
export function holds({ looked, skipped, count, whole, seen, mostly }: Tally, rows: number): boolean {
  if (count === 0) return looked || skipped !== null;
  const values = seen ?? rows;
  return !whole && values > 0 && (values - count) / values >= mostly;
}

export function percentOf({ whole, count, seen }: Tally, rows: number): number {
  if (count === 0) return 0;
  const values = seen ?? rows;
  return whole || values === 0 ? 100 : Math.min(100, (100 * count) / values);
}

/** Whether no further row of it is kept. */
export const isSampled = ({ sample }: Tally): boolean => sample.length >= SAMPLE;

/** jsonb takes neither NUL nor half of a surrogate pair, which cutting a long value can leave. */
function storable<T extends string | null>(text: T): T {
  return (text?.replaceAll("\0", "\u2400").replace(/[\ud800-\udbff]$/, "") ?? (null as T)) as T;
}
