import type { Queryable } from "../../db/pool.js";
import type { Deployment } from "../../definitions/language/deployment.js";
import { type Reach, reachesOfViews } from "../../definitions/language/windows/reaches.js";
import { EventsDroppedError } from "../../errors/events-dropped.js";

/** SQL: of each source whose events retention dropped, the first day whose events are kept. */
export const EVENT_HORIZONS = `
  select source, (max(month) + interval '1 month')::date as horizon from event_drops group by source`;

/** A view that cannot be computed of every date any more. */
export interface ShortenedView extends Reach {
  /** Its source's events before it were dropped. */
  horizon: string;
  /** The first date whose windows see none of them; null: each sees all events. */
  from: string | null;
}

export async function shortenedViews(
  db: Queryable,
  deployment: Pick<Deployment, "views">,
): Promise<ShortenedView[]> {
  const reaches = reachesOfViews(deployment);
  if (reaches.length === 0) return [];
  const { rows } = await db.query<{ view: string; horizon: string; from: string | null }>(
    `select of.view, h.horizon, h.horizon + of.days - 1 as "from"
     from unnest($1::text[], $2::text[], $3::int[]) of(view, source, days) join (${EVENT_HORIZONS}) h on h.source = of.source`,
    [reaches.map(({ view }) => view), reaches.map(({ source }) => source), reaches.map(({ days }) => days)],
  );
  return rows.map((row) => ({ ...reaches.find(({ view }) => view === row.view)!, ...row }));
}

/** Whether its windows of the date see events that were dropped. */
export const isBlind = ({ from }: Pick<ShortenedView, "from">, asOf: string): boolean =>
  from === null || asOf < from;

/**
 * Before windows of the date are computed.
 * @throws {EventsDroppedError} one of them sees events that were dropped
 */
export async function requireEvents(
  db: Queryable,
  deployment: Pick<Deployment, "views">,
  asOf: string,
): Promise<void> {
  const views = await shortenedViews(db, deployment);
  const blind = views.find((view) => isBlind(view, asOf));
  if (!blind) return;
  const { source, horizon } = blind;
  const what = `${blind.view}.${blind.feature} as of ${asOf} sees ${seenInWords(blind)}`;
  throw new EventsDroppedError(what, { source, asOf, eventsFrom: horizon }, remedyOf(blind));
}

/** How far back a view's windows see, in words. */
export const seenInWords = ({ days }: Pick<Reach, "days">): string =>
  days === null ? "all events" : `${days} days of events`;

export const remedyOf = ({ from }: Pick<ShortenedView, "from">): string =>
  from === null
    ? "give it a window of days: those events cannot come back"
    : `it can be computed as of ${from} and later; snapshots before stay as they are`;

/**
 * Before it is told by events which entities were known on a date.
 * @throws {EventsDroppedError} of one of these sources some were dropped
 */
export async function requireWholeHistories(
  db: Queryable,
  sources: readonly string[],
  entity: string,
  asOf: string,
): Promise<void> {
  const { rows } = await db.query<{ source: string; horizon: string }>(
    `select source, horizon from (${EVENT_HORIZONS}) h where source = any($1) order by source limit 1`,
    [sources],
  );
  const [short] = rows;
  if (!short) return;
  throw new EventsDroppedError(
    `there is no delivery of ${entity} up to ${asOf}, so that events tell who was known then`,
    { source: short.source, asOf, eventsFrom: short.horizon },
    `take a date that ${entity} were delivered for, or a later one`,
  );
}
