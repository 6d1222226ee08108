import { databaseId } from "../../db/database-id.js";
import type { Queryable } from "../../db/pool.js";
import { IS_TO_MOVE } from "../../db/tables/to-move.js";
import { BrokenFileError, type ByteStore } from "../../storage/byte-store.js";
import { storeOwner } from "../../storage/store-owner.js";
import { OBJECTS, openArtifacts, readObject } from "./outside.js";

/** What is kept outside the database in one store. */
export interface StoreFindings {
  url: string;
  files: number;
  bytes: number;
  /** Files that are not there, or not what was written. */
  broken: string[];
  /** Paths of objects that nothing names: left by a crash, or written after the backup that this database was restored from. */
  unknown: string[];
  /** Whether `_asof.json` names this database; null: there is none. */
  isOwn: boolean | null;
  /** What `_asof.json` says where it does. */
  mark: string;
}

/** The stores that contents are in, and the one that they are moved to. */
export async function artifactStores(db: Queryable, url: string | null): Promise<string[]> {
  const { rows } = await db.query<{ url: string }>(
    `select distinct regexp_replace(place, '/${OBJECTS}/[^/]+/[^/]+$', '') as url from artifact_blobs where place is not null
     union select $1::text where $1::text is not null order by 1`,
    [url && openArtifacts(url).url],
  );
  return rows.map((row) => row.url);
}

export interface Waiting {
  files: number;
  bytes: number;
}

/**
 * Since when the one waits that waits for longest; null: none does. Of any number of them it reads two.
 * @param atLeast of what was there before releases said when
 */
export async function artifactsWaitSince(db: Queryable, atLeast: Date): Promise<Date | null> {
  const { rows } = await db.query<{ since: Date | null }>(
    `select least(
       (select stored_at from artifact_blobs where ${IS_TO_MOVE} and stored_at is not null order by stored_at limit 1),
       (select $1::timestamptz from artifact_blobs where ${IS_TO_MOVE} and stored_at is null limit 1)) as since`,
    [atLeast],
  );
  return rows[0]!.since;
}

/** What would be moved, and is in the database. */
export async function waitingArtifacts(db: Queryable): Promise<Waiting> {
  const { rows } = await db.query<Waiting>(
    `select count(*)::int as files, coalesce(sum(coalesce(octet_length(bytes), (select p.start + octet_length(p.bytes)
       from artifact_pieces p where p.upload = artifact_blobs.upload order by p.start desc limit 1))), 0)::float8 as bytes
     from artifact_blobs where ${IS_TO_MOVE}`,
  );
  return rows[0]!;
}

/** @param isRead whether every file is read, and hashed; else names and lengths are compared */
export async function verifyObjects(
  db: Queryable,
  url: string,
  isRead: boolean,
  signal: AbortSignal,
): Promise<StoreFindings> {
  const store = openArtifacts(url);
  const owner = await storeOwner(store, signal);
  const database = await databaseId(db);
  const { found, unknown } = await compare(db, store, signal);
  const broken: string[] = [];
  for (const { path, size, has, sha256, place } of found) {
    if (has === undefined) broken.push(`${path} is not there`);
    else if (has !== size) broken.push(`${path} has ${has} bytes instead of ${size}`);
    else if (isRead && !(await isAsWritten({ sha256, place, size })))
      broken.push(`${path} has other bytes than were written: its SHA-256 differs`);
  }
  return {
    ...{ url: store.url, files: found.length, broken, unknown },
    bytes: found.reduce((sum, { size }) => sum + size, 0),
    isOwn: owner === null ? null : owner === database,
    mark: JSON.stringify({ database }),
  };
}

async function compare(db: Queryable, store: ByteStore, signal: AbortSignal) {
  // Before the rows: what is written meanwhile is no rubbish.
  const there = new Map<string, number>();
  for await (const { path, bytes } of store.list(`${OBJECTS}/`, signal)) there.set(path, bytes);
  const prefix = `${store.url}/`;
  const { rows } = await db.query<{ place: string; sha256: string | null; size: number }>(
    `select place, sha256, size::float8 as size from artifact_blobs where starts_with(place, $1)
     union all select place, null, 0 from artifact_objects where starts_with(place, $1)`,
    [`${prefix}${OBJECTS}/`],
  );
  const found = rows.flatMap(({ place, sha256, size }) => {
    const path = place.slice(prefix.length);
    const has = there.get(path);
    there.delete(path);
    return sha256 === null ? [] : [{ path, place, sha256, size, has }];
  });
  return { found, unknown: [...there.keys()] };
}

async function isAsWritten(object: { sha256: string; place: string; size: number }): Promise<boolean> {
  try {
    for await (const _ of readObject(object, 0, object.size - 1));
    return true;
  } catch (error) {
    if (error instanceof BrokenFileError) return false;
    throw error;
  }
}
