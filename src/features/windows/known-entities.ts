import { type Queryable, quote } from "../../db/pool.js";
import { isOfPart } from "../../db/snapshots/snapshot-parts.js";
import { eventTableName, snapshotTableName } from "../../db/tables/derived.js";
import type { Deployment, Source } from "../../definitions/language/deployment.js";
import { entityOf, entitySourceOf, keyOf } from "../../definitions/language/entities.js";
import { eventSources } from "../../definitions/language/windows/sources-of.js";
import { NEWEST_SNAPSHOTS } from "../newest-rows.js";
import { requireWholeHistories } from "./event-horizons.js";

/**
 * SQL of a relation with one column, the key: the entities that were known on the date, by the deliveries of their source up to
 * then. Before the first of these it is the entities that have an event by then, of those that are known today.
 * @param staged a relation of the entity's rows that is being published as the date's; null: none is
 * @throws {EventsDroppedError} it is told by events, of which some were dropped
 */
export async function knownEntities(
  db: Queryable,
  deployment: Deployment,
  of: Pick<Source, "of">,
  asOf: string,
  staged: string | null,
): Promise<string> {
  const entity = entityOf(deployment, of);
  const source = entitySourceOf(deployment, entity);
  const key = quote(entity.key);
  const { rows: parts } = await db.query<{ ownerId: number; eventDate: string }>(
    `select distinct p.owner_id as "ownerId", p.event_date as "eventDate" from (${NEWEST_SNAPSHOTS}) newest
     join snapshot_parts p on p.snapshot_id = newest.id and p.name = $1
     where p.event_date <= $2 and (p.event_date < $2 or not $3::boolean) order by 2`,
    [source.name, asOf, staged !== null],
  );
  const table = quote(snapshotTableName(source.name));
  const relations = [
    ...(staged === null ? [] : [`select ${key} from ${staged}`]),
    ...parts.map(
      (part) => `select v.${key} from ${table} v where ${isOfPart("v", { name: source.name, ...part })}`,
    ),
  ];
  if (relations.length > 0) return `(${relations.join(" union ")})`;
  const sources = eventSources(deployment).filter((events) => keyOf(deployment, events) === entity.key);
  await requireWholeHistories(
    db,
    sources.map(({ name }) => name),
    source.name,
    asOf,
  );
  const histories = sources.map(
    (events) =>
      `select h.${key} from ${quote(eventTableName(events))} h where h.asof_event_date <= '${asOf}'::date and h.asof_ended_by is null`,
  );
  return `(select l.${key} from ${quote(source.name)} l where l.${key} in (${histories.join(" union ")}))`;
}
