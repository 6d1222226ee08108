import type { Queryable } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { NEWEST_SNAPSHOTS } from "../features/newest-rows.js";
import {
  isBlind,
  remedyOf,
  type ShortenedView,
  seenInWords,
  shortenedViews,
} from "../features/windows/event-horizons.js";
import { staleDates } from "../features/windows/late-events.js";
import type { Problem } from "./model-problems.js";

/** Dates that are listed by themselves. */
const LISTED = 5;

/** Dates whose windows are not what they would be if they were computed now, and views that cannot be computed of the newest. */
export async function windowProblems(
  db: Queryable,
  definitions: Pick<Deployment, "views">,
): Promise<Problem[]> {
  const shortened = await shortenedViews(db, definitions);
  // Dates that cannot be computed any more are what they are.
  const stale = (await staleDates(db, definitions)).filter(
    ({ asOf }) => !shortened.some((view) => isBlind(view, asOf)),
  );
  const blind = await shortOfEvents(db, shortened);
  const problems = stale.slice(0, LISTED).map(({ asOf, lateEvents }) => ({
    subject: `snapshot ${asOf}`,
    message: `stale: ${lateEvents} late event${lateEvents === 1 ? "" : "s"}`,
    remedy: `resnapshot(asOf: "${asOf}")`,
  }));
  const more = stale.slice(LISTED);
  if (more.length === 0) return [...blind, ...problems];
  const [oldest, newest] = [more.at(-1)!.asOf, more[0]!.asOf];
  return [
    ...blind,
    ...problems,
    {
      subject: `snapshots of ${more.length} more dates`,
      message: `stale: late events, from ${oldest} to ${newest}`,
      remedy: `backfill(from: "${oldest}", to: "${newest}", every: DAY), or MONTH where they are months' ends`,
    },
  ];
}

/** Views of definitions that see further back than those before: not even the newest date's windows can be computed. */
export async function shortOfEvents(db: Queryable, shortened: readonly ShortenedView[]): Promise<Problem[]> {
  if (shortened.length === 0) return [];
  const { rows } = await db.query<{ newest: string | null }>(
    `select max(as_of) as newest from (${NEWEST_SNAPSHOTS}) newest`,
  );
  const newest = rows[0]!.newest;
  if (newest === null) return [];
  return shortened
    .filter((view) => isBlind(view, newest))
    .map((view) => ({
      subject: `view ${view.view}`,
      message: `short of events: ${view.feature} sees ${seenInWords(view)}, and those of ${view.source} before ${view.horizon} were dropped`,
      remedy: remedyOf(view),
    }));
}
