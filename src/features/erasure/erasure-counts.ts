import { literal, type Queryable, quote } from "../../db/pool.js";
import { snapshotTableName } from "../../db/tables/derived.js";
import type { Deployment, Entity } from "../../definitions/language/deployment.js";
import { type Erasure, partsOf, tablesOf } from "./erase-rows.js";

/** Whom an erasure is about. */
export type Person = Pick<Erasure, "entity" | "key">;

/** Several of one entity. */
export interface Persons {
  entity: Entity;
  keys: readonly string[];
}

/** By their entities, in the order in which these come. */
export function byEntity(persons: readonly Person[]): Persons[] {
  const keysOf = new Map<string, { entity: Entity; keys: string[] }>();
  for (const { entity, key } of persons) {
    const found = keysOf.get(entity.name);
    if (found) found.keys.push(key);
    else keysOf.set(entity.name, { entity, keys: [key] });
  }
  return [...keysOf.values()];
}

export interface PlaceRows {
  place: string;
  rows: number;
}

/** A part of a snapshot that has rows of the person: the snapshot that owns it, and its name. */
export interface HeldPart {
  owner: number;
  part: string;
}

/** @param from a table, and the condition on its rows */
export async function countRows(db: Queryable, from: string, values: readonly unknown[]): Promise<number> {
  const { rows } = await db.query<{ rows: number }>(`select count(*)::int as rows from ${from}`, [...values]);
  return rows[0]!.rows;
}

/** What `eraseCurrent` would delete. */
export async function countCurrent(
  db: Queryable,
  deployment: Deployment,
  { entity, keys }: Persons,
): Promise<PlaceRows[]> {
  const counted: PlaceRows[] = [];
  for (const place of await tablesOf(db, deployment, entity, "current"))
    counted.push({
      place,
      rows: await countRows(db, `${quote(place)} where ${quote(entity.key)} = any($1)`, [keys]),
    });
  return counted;
}

/** What `erasePart` would delete, part by part, and whose. */
export async function countParts(
  db: Queryable,
  deployment: Deployment,
  { entity, keys }: Persons,
): Promise<{ places: PlaceRows[]; held: HeldPart[] }> {
  const places: PlaceRows[] = [];
  const held: HeldPart[] = [];
  for (const part of await partsOf(db, deployment, entity)) {
    const isOfPushes = part.endsWith(":pushes");
    const place = isOfPushes ? part.replace(":pushes", "_pushes") : snapshotTableName(part);
    const { rows } = await db.query<{ owner: number | null; rows: number }>(
      isOfPushes ? pushedRows(place, entity) : snapshotRows(place, part, entity),
      [keys],
    );
    places.push({ place, rows: rows.reduce((sum, each) => sum + each.rows, 0) });
    for (const { owner } of rows) if (owner !== null) held.push({ owner, part });
  }
  return { places, held };
}

/** Of each date by its partition's key. $1 the keys */
const snapshotRows = (table: string, part: string, { key }: Entity): string =>
  `select p.owner_id as owner, held.rows from snapshot_parts p cross join lateral (
     select count(*)::int as rows from ${quote(table)} v
     where v.snapshot_id = p.owner_id and v.as_of = p.event_date and v.${quote(key)} = any($1)) held
   where p.name = ${literal(part)} and p.snapshot_id = p.owner_id and held.rows > 0`;

const pushedRows = (table: string, { key }: Entity): string =>
  `select snapshot_id as owner, count(*)::int as rows from ${quote(table)} where ${quote(key)} = any($1) group by 1`;
