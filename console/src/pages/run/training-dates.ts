/** What parameters of a training or an export say of dates. */
export interface DatedParams {
  dates?: Dated[];
  months?: Dated[];
  leftOutDates?: (Dated & { reason: string })[];
}

interface Dated {
  asOf: string;
}

/** Dates that are named one by one; of more the first and the last two. */
const MOST_NAMED = 6;

/** How many dates there are, and which; null of one date. */
export function datesIn({ dates, months }: DatedParams): string | null {
  const all = (dates ?? months ?? []).map(({ asOf }) => asOf);
  if (all.length < 2) return null;
  const named = all.length <= MOST_NAMED ? all : [...all.slice(0, 2), "…", ...all.slice(-2)];
  return `${all.length}: ${named.join(", ")}`;
}

/** Dates that were asked for and have no rows; null where there are none. */
export function leftOutIn({ leftOutDates = [] }: DatedParams): string | null {
  if (leftOutDates.length === 0) return null;
  return leftOutDates.map(({ asOf, reason }) => `${asOf}: ${reason}`).join("; ");
}
