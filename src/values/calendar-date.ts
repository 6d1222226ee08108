const SHAPE = /^(\d{4})-(\d{2})-(\d{2})$/;

/**
 * The calendar date as it was written, once it is sure that the day exists.
 * @returns null where `value` is no such date; PostgreSQL knows no year 0, so neither do we
 */
export function parseCalendarDate(value: unknown): string | null {
  const parts = typeof value === "string" ? SHAPE.exec(value) : null;
  if (!parts) return null;
  const [year, month, day] = parts.slice(1).map(Number) as [number, number, number];
  const lastDay = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= lastDay ? parts[0] : null;
}

export const calendarDateExpected = (got: unknown): string =>
  `a calendar date was expected, YYYY-MM-DD and a day that exists, such as "2024-01-31"; got ${JSON.stringify(got)}`;
