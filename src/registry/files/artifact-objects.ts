import { databaseId } from "../../db/database-id.js";
import { type Client, type Pool, type Queryable, withTransaction } from "../../db/pool.js";
import { ConflictError } from "../../errors/errors.js";
import type { ByteStore } from "../../storage/byte-store.js";
import { claimStore, storeOwner } from "../../storage/store-owner.js";
import { OBJECTS, objectAt } from "./outside.js";

const TURN = "hashtextextended('asof_artifact_objects', 0)";
const TOGETHER = 100;

/** Whoever has the turn writes objects alone: what another one was writing when it died is rubbish. */
const CUT_OFF = "update artifact_objects set state = 'CUT_OFF' where state = 'WRITING'";

/** Null: somebody else has the turn. */
export const inTurn = <T>(pool: Pool, work: () => Promise<T>): Promise<T | null> =>
  withTransaction(pool, async (turn) => {
    const { rows } = await turn.query<{ free: boolean }>(`select pg_try_advisory_xact_lock(${TURN}) as free`);
    if (!rows[0]!.free) return null;
    await pool.query(CUT_OFF);
    return work();
  });

/**
 * It is to be removed. Its row may be gone: who lost the turn while it wrote was taken for dead, and its object was removed
 * before it was there.
 */
export const leaveObject = (db: Queryable, place: string, state: LeftObject["state"]) =>
  db.query(LEAVE, [place, state]);

/** Not where it went well after all, and the answer was lost. $1 place, $2 state */
const LEAVE = `
  insert into artifact_objects (place, state)
  select $1, $2 where not exists (select 1 from artifact_blobs where place = $1)
  on conflict (place) do update set state = excluded.state`;

/** None that a content has, whatever else is said of it. $1 after which, $2 how many */
const LEFT = `
  select place, state from artifact_objects o
  where state <> 'WRITING' and place > $1 and not exists (select 1 from artifact_blobs b where b.place = o.place)
  order by place limit $2`;

/**
 * Removes the objects that no content has, each from its store: they outlive the commit that deleted their content until
 * somebody has done so. @returns how many
 * @throws what failed first, after all others were removed: of a store that cannot be reached none is tried again
 */
export async function removeLeft(db: Queryable, signal: AbortSignal): Promise<number> {
  /** Stores that answered last time. */
  const well = new Set<string>();
  const away = new Set<string>();
  const failures: unknown[] = [];
  let removed = 0;
  for (let after = ""; ; ) {
    const { rows } = await db.query<LeftObject>(LEFT, [after, TOGETHER]);
    for (const object of rows) {
      signal.throwIfAborted();
      const { store, path } = objectAt(object.place);
      if (away.has(store.url)) continue;
      try {
        if (!well.has(store.url)) await requireOwn(db, store, signal);
        well.add(store.url);
        await (object.state === "CUT_OFF" ? store.discard(path, signal) : store.remove(path, signal));
        await db.query("delete from artifact_objects where place = $1", [object.place]);
        removed++;
      } catch (error) {
        signal.throwIfAborted();
        failures.push(error);
        // It may be locked, it alone: whether the store answers at all is asked again before the next one.
        if (!well.delete(store.url)) away.add(store.url);
      }
    }
    if (rows.length < TOGETHER) break;
    after = rows.at(-1)!.place;
  }
  if (failures.length > 0) throw failures[0];
  return removed;
}

interface LeftObject {
  place: string;
  state: "CUT_OFF" | "LEFT";
}

/** The same for an erasure: whatever was being written of what it has deleted is removed, too. */
export const removeAllLeft = (pool: Pool, signal: AbortSignal): Promise<number> =>
  withTransaction(pool, async (turn: Client) => {
    await turn.query(`select pg_advisory_xact_lock(${TURN})`);
    await pool.query(CUT_OFF);
    return removeLeft(pool, signal);
  });

/** Makes a store this database's where it is nobody's. @throws {ConflictError} it is another's, or was this one's and is empty now */
export async function claimArtifacts(db: Queryable, store: ByteStore, signal: AbortSignal): Promise<void> {
  const { rows } = await db.query<{ used: boolean }>(
    "select exists (select 1 from artifact_blobs where place is not null and starts_with(place, $1)) as used",
    [`${store.url}/${OBJECTS}/`],
  );
  if (rows[0]!.used) await requireOwn(db, store, signal);
  else await claimStore(store, await databaseId(db), "ARTIFACTS_URL", signal);
}

/** @throws {ConflictError} */
async function requireOwn(db: Queryable, store: ByteStore, signal: AbortSignal): Promise<void> {
  const database = await databaseId(db);
  const owner = await storeOwner(store, signal);
  if (owner === database) return;
  const found = owner === null ? "has no _asof.json (is it mounted?)" : "belongs to another database";
  throw new ConflictError(
    `${store.url} ${found}: nothing is written or removed there; where it is this database's all the same, as after a restore, write {"database":"${database}"} into _asof.json there`,
  );
}
