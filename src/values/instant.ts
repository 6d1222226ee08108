/** RFC 3339: what asof, PostgreSQL and every client can write again, in UTC. */
const SHAPE = /^\d{4}-\d{2}-\d{2}[Tt]([01]\d|2[0-3]):\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const FIRST_MS = new Date("0001-01-01T00:00:00Z").getTime();
const LAST_MS = new Date("9999-12-31T23:59:59.999Z").getTime();

/** Within the years 1 to 9999 of UTC, wherever its offset takes it. */
export const isWritable = (instant: Date): boolean => {
  const ms = instant.getTime();
  return ms >= FIRST_MS && ms <= LAST_MS;
};

/** @returns null where the text is no instant, of a day that exists, that can be written again in UTC */
export function parseInstant(text: string): Date | null {
  if (!SHAPE.test(text)) return null;
  const [date] = text.split(/[Tt]/);
  const day = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== date) return null;
  const instant = new Date(text.toUpperCase());
  return isWritable(instant) ? instant : null;
}

/** As PostgreSQL writes an instant in UTC. */
const UTC_TEXT = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,6})?)\+00$/;

/** Whether PostgreSQL takes the text back as the instant that it wrote. */
export const isUtcText = (text: string): boolean =>
  UTC_TEXT.test(text) && parseInstant(text.replace(UTC_TEXT, "$1T$2Z")) !== null;

export const instantExpected = (got: unknown): string =>
  `an instant of the years 1 to 9999 in UTC was expected, such as "2024-01-31T10:30:00Z"; got ${JSON.stringify(got)}`;
