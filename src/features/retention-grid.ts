import type { Retention } from "../definitions/language/deployment.js";

/** What a policy keeps, before reasons that a date has of its own. */
export interface KeptDates {
  /** From it on every date is kept; null where there is no snapshot that holds. */
  limit: string | null;
  /** Why a date is kept; null: the policy lets it go. */
  reasonFor(asOf: string): string | null;
}

const DAY_MS = 86_400_000;
/** A Monday: weeks are ISO's. */
const SOME_MONDAY = Date.UTC(1970, 0, 5);

/**
 * Days, weeks and months are counted back from the newest snapshot that holds, not from today: a deployment that rests loses nothing. Every
 * date of the newest days is kept; beside days or weeks, of older weeks and months the newest date each. Months alone keep all
 * their dates.
 * @param dates of snapshots that have rows and hold
 */
export function keptDates(retention: Retention, dates: readonly string[]): KeptDates {
  const newest = dates.reduce<string | null>(
    (latest, date) => (latest && latest > date ? latest : date),
    null,
  );
  if ("until" in retention) return { limit: retention.until, reasonFor: since(retention.until) };
  if (newest === null) return { limit: null, reasonFor: () => "no snapshot holds" };
  const { keepDays, keepWeeks, keepMonths } = retention;
  const thins = keepDays !== undefined || keepWeeks !== undefined;
  if (!thins) {
    const limit = firstOfMonth(monthOf(newest) - (keepMonths! - 1));
    return { limit, reasonFor: since(limit) };
  }
  const limit = keepDays === undefined ? newest : dateOf(daysOf(newest) - (keepDays - 1));
  const ofWeeks = newestOfEach(dates, newest, keepWeeks ?? 0, weekOf);
  const ofMonths = newestOfEach(dates, newest, keepMonths ?? 0, monthOf);
  const inLimit = since(limit);
  return {
    limit,
    reasonFor: (asOf) =>
      inLimit(asOf) ??
      (ofWeeks.has(asOf) ? "the newest of its week" : null) ??
      (ofMonths.has(asOf) ? "the newest of its month" : null),
  };
}

const since = (limit: string) => (asOf: string) => (asOf >= limit ? `not before ${limit}` : null);

/** The newest date of each of so many periods, counted back from that of the newest date. */
function newestOfEach(
  dates: readonly string[],
  newest: string,
  periods: number,
  periodOf: (date: string) => number,
): ReadonlySet<string> {
  const oldest = periodOf(newest) - (periods - 1);
  const found = new Map<number, string>();
  for (const date of dates) {
    const period = periodOf(date);
    if (period >= oldest && date > (found.get(period) ?? "")) found.set(period, date);
  }
  return new Set(found.values());
}

const timeOf = (date: string): number => new Date(`${date}T00:00:00Z`).getTime();
const daysOf = (date: string): number => timeOf(date) / DAY_MS;
const weekOf = (date: string): number => Math.floor((timeOf(date) - SOME_MONDAY) / (7 * DAY_MS));
const monthOf = (date: string): number => {
  const [year, month] = date.split("-").map(Number) as [number, number];
  return year * 12 + (month - 1);
};

/** Of any number of days since 1970; PostgreSQL knows no year 0. */
function dateOf(days: number): string {
  const date = new Date(days * DAY_MS);
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1 ? FIRST : date.toISOString().slice(0, 10);
}
const FIRST = "0001-01-01";

function firstOfMonth(months: number): string {
  if (months < 12) return FIRST;
  const pad = (value: number, digits: number) => String(value).padStart(digits, "0");
  return `${pad(Math.floor(months / 12), 4)}-${pad((months % 12) + 1, 2)}-01`;
}
