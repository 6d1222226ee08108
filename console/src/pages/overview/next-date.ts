/** `2024-01-31`, `2024_01_31` or `20240131` within a name. */
const DATE = /(?<!\d)(\d{4})[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)/;

/** The date that a delivery is probably of: the one in its name, or the end of the month after the newest snapshot's. */
export function probableDate(name: string, newestSnapshot: string | undefined): string | undefined {
  const [, year, month, day] = DATE.exec(name) ?? [];
  if (year) {
    const date = `${year}-${month}-${day}`;
    const read = new Date(`${date}T00:00:00Z`);
    // The 31st of a month that has 30 days would be read as the next month's first.
    if (!Number.isNaN(read.getTime()) && read.toISOString().startsWith(date)) return date;
  }
  if (!newestSnapshot) return undefined;
  const [ofYear, ofMonth] = newestSnapshot.split("-").map(Number) as [number, number];
  return new Date(Date.UTC(ofYear, ofMonth + 1, 0)).toISOString().slice(0, 10);
}
