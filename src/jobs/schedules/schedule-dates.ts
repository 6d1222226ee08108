import { BadUserInputError } from "../../errors/errors.js";

/** What a text parameter of a schedule may hold in braces, and what each becomes when it fires. */
export const PLACEHOLDERS = {
  date: "the day it fires, such as 2024-03-01",
  yesterday: "the day before, such as 2024-02-29",
  month: "the month it fires in, such as 2024-03",
  previous_month: "the month before, such as 2024-02",
  previous_month_end: "the last day of the month before, such as 2024-02-29",
} as const;
type Placeholder = keyof typeof PLACEHOLDERS;

/**
 * The parameters with every placeholder filled in for one firing. Days are those of the schedule's time zone;
 * a firing that is caught up later gets the dates of the instant it was due.
 * @throws {BadUserInputError} an unknown placeholder
 */
export function resolvePlaceholders<T>(params: T, at: Date, timezone: string): T {
  const days = daysAround(at, timezone);
  return JSON.parse(JSON.stringify(params), (_, value) =>
    typeof value === "string" ? fill(value, days) : value,
  );
}

function fill(text: string, days: Record<Placeholder, string>): string {
  return text.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    if (Object.hasOwn(days, name)) return days[name as Placeholder];
    const known = Object.keys(PLACEHOLDERS).map((key) => `{${key}}`);
    throw new BadUserInputError(
      `params: {${name}} is no placeholder; take one of ${known.join(", ")}, or a fixed value`,
      { placeholder: name },
    );
  });
}

function daysAround(at: Date, timezone: string): Record<Placeholder, string> {
  // en-CA writes dates as ISO 8601 does.
  const date = new Intl.DateTimeFormat("en-CA", { timeZone: timezone, dateStyle: "short" }).format(at);
  const [year, month, day] = date.split("-").map(Number) as [number, number, number];
  const isoDay = (y: number, m: number, d: number) => new Date(Date.UTC(y, m, d)).toISOString().slice(0, 10);
  const previousMonthEnd = isoDay(year, month - 1, 0);
  return {
    date,
    yesterday: isoDay(year, month - 1, day - 1),
    month: date.slice(0, 7),
    previous_month: previousMonthEnd.slice(0, 7),
    previous_month_end: previousMonthEnd,
  };
}
