/** How far the dates of a backfill are apart. */
export const every = ["DAY", "WEEK", "MONTH"] as const;
export type Every = (typeof every)[number];

const DAY_MS = 86_400_000;
const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** From the first date on, none after `to`: each day or week, or the last day of each month. Oldest first. */
export function pastDates({ from, to, every }: { from: string; to: string; every: Every }): string[] {
  const dates: string[] = [];
  if (every === "MONTH") {
    const [year, month] = from.split("-").map(Number) as [number, number];
    for (let index = 0; ; index++) {
      const date = dateOf(Date.UTC(year, month + index, 0));
      if (date > to) return dates;
      dates.push(date);
    }
  }
  const step = every === "DAY" ? DAY_MS : 7 * DAY_MS;
  for (let ms = Date.parse(`${from}T00:00:00Z`); dateOf(ms) <= to; ms += step) dates.push(dateOf(ms));
  return dates;
}
