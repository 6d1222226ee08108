import type { Client, Queryable } from "../../db/pool.js";
import type { Deployment } from "../../definitions/language/deployment.js";
import { reachesOfSources } from "../../definitions/language/windows/reaches.js";
import { computedSources } from "../../definitions/language/windows/sources-of.js";
import { NEWEST_SNAPSHOTS } from "../newest-rows.js";

/**
 * How many events came, were corrected or were removed after the windows of these snapshots were computed, of those that one of
 * the windows would see: 0 where the snapshot is what it would be if it were made now.
 * @param ofRun counts only what this run published; null: what any did
 */
export async function lateEvents(
  db: Queryable,
  deployment: Pick<Deployment, "views">,
  snapshotIds: readonly number[],
  ofRun: string | null = null,
): Promise<Map<number, number>> {
  const of = reachesOfSources(deployment);
  const counts = new Map(snapshotIds.map((id) => [id, 0]));
  if (of.length === 0 || snapshotIds.length === 0) return counts;
  const { rows } = await db.query<{ id: number; events: number }>(
    `select s.id, sum(a.events)::int as events
     from snapshots s
     join lateral (
       select w.source, max(w.delivery_id) as read_to from snapshot_windows w where w.snapshot_id = s.id group by w.source
     ) read on true
     join unnest($2::text[], $3::int[]) reach(source, days) on reach.source = read.source
     join event_deliveries d on d.source = read.source and d.id > read.read_to and ($4::uuid is null or d.run_id = $4)
     join event_arrivals a on a.delivery_id = d.id and a.event_date <= s.as_of
       and (reach.days is null or a.event_date > s.as_of - reach.days)
     where s.id = any($1) group by s.id`,
    [snapshotIds, of.map(({ source }) => source), of.map(({ days }) => days), ofRun],
  );
  for (const { id, events } of rows) counts.set(id, events);
  return counts;
}

/** A date whose windows late events changed. */
export interface StaleDate {
  asOf: string;
  lateEvents: number;
}

/**
 * The dates, newest first, whose newest revision is stale.
 * @param ofRun those that what this run published changed; null: what any did
 */
export async function staleDates(
  db: Queryable,
  deployment: Pick<Deployment, "views">,
  ofRun: string | null = null,
): Promise<StaleDate[]> {
  if (computedSources(deployment).length === 0) return [];
  const { rows } = await db.query<{ id: number; asOf: string }>(
    `select id, as_of as "asOf" from (${NEWEST_SNAPSHOTS}) newest order by as_of desc`,
  );
  const counts = await lateEvents(
    db,
    deployment,
    rows.map(({ id }) => id),
    ofRun,
  );
  return rows.flatMap(({ id, asOf }) => {
    const late = counts.get(id)!;
    return late > 0 ? [{ asOf, lateEvents: late }] : [];
  });
}

/** Within a publication: the snapshot's windows have seen every event that was published until now. */
export async function recordWindows(
  tx: Client,
  deployment: Pick<Deployment, "views">,
  snapshotId: number,
  runId: string,
): Promise<void> {
  const sources = reachesOfSources(deployment).map(({ source }) => source);
  if (sources.length === 0) return;
  await tx.query(
    `insert into snapshot_windows (snapshot_id, source, run_id, delivery_id)
     select $1, s.source, $2, coalesce((select max(d.id) from event_deliveries d where d.source = s.source), 0)
     from unnest($3::text[]) s(source)
     on conflict do nothing`,
    [snapshotId, runId, sources],
  );
}
