import type { Client, Queryable } from "../db/pool.js";
import { overallSha256 } from "../db/snapshots/content-hash.js";
import { extractParts } from "../db/snapshots/pushes-hash.js";
import { insertParts, type MadePart } from "../db/snapshots/snapshot-parts.js";
import { isSometimes } from "../definitions/language/cadence.js";
import { carriedSources } from "../definitions/language/carried-sources.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { NEWEST_SNAPSHOTS } from "./newest-rows.js";
import { describeViews } from "./snapshot-views.js";
import type { RevisionKey } from "./types.js";

/** A part with its rows' hashes, as another snapshot may carry it on. */
const MADE_PART = `
  name, owner_id as "ownerId", event_date as "eventDate", columns, row_count as "rowCount",
  content_sha256 as "contentSha256", buckets`;

/**
 * Of each of these sources the newest part that is known of a date up to this one: what a delivery that lacks the source carries on.
 * None of a source that was never delivered until then.
 */
export async function partsHeldOn(
  db: Queryable,
  sources: readonly string[],
  asOf: string,
): Promise<Map<string, MadePart>> {
  if (sources.length === 0) return new Map();
  const { rows } = await db.query<MadePart>(
    `select distinct on (p.name) ${MADE_PART} from (${NEWEST_SNAPSHOTS}) newest
     join snapshot_parts p on p.snapshot_id = newest.id and p.event_date = newest.as_of and p.name = any($1)
     where newest.as_of <= $2 order by p.name, newest.as_of desc`,
    [sources, asOf],
  );
  return new Map(rows.map((part) => [part.name, part]));
}

/**
 * Within a publication or a withdrawal: dates from `from` on whose newest revision carries on what is no longer the newest known
 * part of its source get their next revision. It is made of references alone, by the run and from the files of the one before; it
 * is known from the very instant of what caused it, so that no reader finds the one without the other.
 * @param at the instant, as PostgreSQL prints it
 */
export async function carryOnAgain(
  tx: Client,
  deployment: Deployment,
  from: string,
  at: string,
): Promise<RevisionKey[]> {
  const made: RevisionKey[] = [];
  for (const outdated of await findOutdated(tx, deployment, from)) {
    const held = await partsHeldOn(tx, outdated.names, outdated.asOf);
    made.push(await revise(tx, deployment, outdated, [...held.values()], at));
  }
  return made;
}

interface Outdated {
  id: number;
  asOf: string;
  /** Of the sources whose part is another by now. */
  names: string[];
}

/** A source that was always there is missed by no snapshot; what one was made without stays unknown there. */
async function findOutdated(tx: Client, deployment: Deployment, from: string): Promise<Outdated[]> {
  const carried = carriedSources(deployment);
  const names = carried.map(({ name }) => name);
  const sometimes = carried.filter(isSometimes).map(({ name }) => name);
  const { rows } = await tx.query<Outdated>(
    `with newest as materialized (${NEWEST_SNAPSHOTS}),
     delivered as materialized (
       select p.name, newest.as_of, p.owner_id from newest
       join snapshot_parts p on p.snapshot_id = newest.id and p.event_date = newest.as_of and p.name = any($2)
     )
     select newest.id, newest.as_of as "asOf", array_agg(source.name order by source.name) as names
     from newest cross join unnest($2::text[]) source(name)
     left join snapshot_parts p on p.snapshot_id = newest.id and p.name = source.name
     left join lateral (
       select owner_id from delivered d where d.name = source.name and d.as_of <= newest.as_of order by d.as_of desc limit 1
     ) held on true
     where newest.as_of >= $1 and p.owner_id is distinct from held.owner_id
       and (p.snapshot_id is not null or source.name = any($3))
     group by newest.id, newest.as_of order by newest.as_of`,
    [from, names, sometimes],
  );
  return rows;
}

async function revise(
  tx: Client,
  deployment: Deployment,
  { id, asOf, names }: Outdated,
  held: readonly MadePart[],
  at: string,
): Promise<RevisionKey> {
  const { rows } = await tx.query<MadePart>(
    `select ${MADE_PART} from snapshot_parts where snapshot_id = $1 and name <> all($2) order by name`,
    [id, names],
  );
  // What was pushed stays bound to the revision that bound it.
  const parts = [...extractParts(rows), ...held];
  const { rows: made } = await tx.query<{ id: number; revision: number }>(
    `insert into snapshots (as_of, revision, content_sha256, definitions_sha256, run_id, views, sources, created_at)
     select as_of, (select max(revision) + 1 from snapshots where as_of = $2), $3, definitions_sha256, run_id, $4, sources, $5
     from snapshots where id = $1 returning id, revision`,
    [id, asOf, overallSha256(parts), JSON.stringify(describeViews(deployment, parts, asOf)), at],
  );
  await insertParts(tx, made[0]!.id, parts);
  // Its windows are those of the one before: what they have not seen they still have not.
  await tx.query(
    `insert into snapshot_windows (snapshot_id, source, run_id, delivery_id)
     select $2, source, run_id, delivery_id from snapshot_windows where snapshot_id = $1`,
    [id, made[0]!.id],
  );
  return { asOf, revision: made[0]!.revision };
}
