import type { ColumnValue } from "../definitions/language/column.js";
import type { ViewRow } from "./view-rows.js";

/**
 * SERVED: it is what is served now. STALE: newer values are served, or an extract of the same date; it is on record for the
 * offline store. UNCHANGED: exactly this is on record already. ERASED: the entity was erased, and is kept out.
 */
export type PushOutcome = "SERVED" | "STALE" | "UNCHANGED" | "ERASED";

/** One pushed row. `given` is in the view's feature order; undefined keeps what held before. */
export interface PushedRow {
  key: string;
  /** The date the values hold from. */
  asOf: string;
  given: readonly (ColumnValue | undefined)[];
}

export interface MergedRow extends PushedRow {
  outcome: PushOutcome;
  /** Whole: what was not given is completed from what held before, null where nothing did. */
  values: ColumnValue[];
  /** Whether anything held before. */
  completed: boolean;
}

/** What the stores hold of one user up to a row's date. */
export interface StoredRows {
  extract: ViewRow | null;
  pushed: ViewRow | null;
}

/**
 * Decides what becomes of each row, in the rows' order. Rows of one user count in the order of their dates, those of one
 * date in the call's: the last one holds.
 *
 * @param served the online rows by user
 * @param held by the row's place, for rows that are not newer than what is served
 */
export function mergePushes(
  rows: readonly PushedRow[],
  served: ReadonlyMap<string, ViewRow>,
  held: ReadonlyMap<number, StoredRows>,
): MergedRow[] {
  const current = new Map(served);
  const latest = new Map<string, ViewRow>();
  const merged = new Array<MergedRow>(rows.length);
  const byDate = rows.map((row, place) => ({ row, place }));
  byDate.sort((a, b) => (a.row.asOf < b.row.asOf ? -1 : a.row.asOf > b.row.asOf ? 1 : a.place - b.place));
  for (const { row, place } of byDate) {
    const now = current.get(row.key) ?? null;
    const { extract = null, pushed = null } = held.get(place) ?? {};
    const isServed =
      now === null ||
      row.asOf > now.eventTime ||
      (row.asOf === now.eventTime && extract?.eventTime !== row.asOf);
    const base = isServed ? now : newest(extract, pushed, latest.get(row.key) ?? null);
    const values = row.given.map((value, i) => (value === undefined ? (base?.values[i] ?? null) : value));
    const known = isServed ? now : newest(pushed, latest.get(row.key) ?? null);
    const unchanged =
      known?.eventTime === row.asOf && values.every((value, i) => isSame(value, known.values[i]));
    const outcome = unchanged ? "UNCHANGED" : isServed ? "SERVED" : "STALE";
    merged[place] = { ...row, outcome, values, completed: base !== null };
    const whole = { eventTime: row.asOf, values };
    if (isServed) current.set(row.key, whole);
    latest.set(row.key, whole);
  }
  return merged;
}

/** Lists are the same where their values are. */
const isSame = (value: ColumnValue, other: ColumnValue | undefined): boolean =>
  value === other || (typeof value === "object" && JSON.stringify(value) === JSON.stringify(other));

/** Of the greatest date; of one date the last named. */
function newest(...rows: (ViewRow | null)[]): ViewRow | null {
  return rows.reduce(
    (best, row) => (row !== null && (best === null || row.eventTime >= best.eventTime) ? row : best),
    null,
  );
}
