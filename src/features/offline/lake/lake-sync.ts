import { databaseId } from "../../../db/database-id.js";
import { type Client, type Pool, withTransaction } from "../../../db/pool.js";
import { findParts } from "../../../db/snapshots/snapshot-parts.js";
import type { Deployment } from "../../../definitions/language/deployment.js";
import { keyOfPart } from "../../../definitions/language/entities.js";
import { WRITING } from "../../../storage/byte-store.js";
import { claimStore } from "../../../storage/store-owner.js";
import { holdErasures } from "../../erasure/kept-out.js";
import type { Lake } from "./lake.js";
import { cataloguedFiles, forgetGone, type OwnedPart, recordPart, staleParts } from "./lake-catalogue.js";
import { fileColumns, partFolder, readPartRows } from "./part-rows.js";
import { writeLakeFiles } from "./write-files.js";

/** What runs wrote to the lake is below these. */
export const JOINS = "_joins";
export const EXPORTS = "_exports";

export interface LakeSync {
  pool: Pool;
  definitions: Deployment;
  lake: Lake;
  signal: AbortSignal;
}

type OnPart = (done: number, of: number) => void;

export interface SyncedLake {
  /** Parts that were written, or written again. */
  parts: number;
  rows: number;
  /** Files that were removed. */
  removed: number;
}

/**
 * Writes what the lake lacks: parts of snapshots that it has not, and again those that have lost rows to an erasure. One process
 * does it at a time. What is cut off anywhere is done again: a file counts when its row in `lake_files` commits.
 * @param onPart called after each part
 */
export const fillLake = (on: LakeSync, onPart?: OnPart): Promise<SyncedLake> =>
  inTurn(on, async () => ({ ...(await fill(on, onPart)), removed: 0 }));

/** The same, and removes every file that counts no longer: of dropped snapshots, with erased rows, left by a crash. */
export const syncLake = (on: LakeSync, onPart?: OnPart): Promise<SyncedLake> =>
  inTurn(on, async (turn) => {
    await forgetGone(on.pool, on.lake.url);
    const filled = await fill(on, onPart);
    return { ...filled, removed: (await sweepParts(on)) + (await sweepJoins(on, turn, false)) };
  });

function inTurn<T>({ pool, lake, signal }: LakeSync, work: (turn: Client) => Promise<T>): Promise<T> {
  return withTransaction(pool, async (turn) => {
    await turn.query("select pg_advisory_xact_lock(hashtextextended('asof_lake_parts', 0))");
    await claimStore(lake, await databaseId(turn), "LAKE_URL", signal);
    return work(turn);
  });
}

async function fill(on: LakeSync, onPart: OnPart = () => {}): Promise<Omit<SyncedLake, "removed">> {
  const stale = await staleParts(on.pool, on.lake.url);
  let rows = 0;
  for (const [done, part] of stale.entries()) {
    on.signal.throwIfAborted();
    rows += await writePart(on, part);
    onPart(done + 1, stale.length);
  }
  return { parts: stale.length, rows };
}

/**
 * The same for an erasure: what runs have written is removed, too, of those whose artifacts it has deleted. Waits for runs that
 * are writing.
 */
export async function eraseFromLake(on: LakeSync): Promise<SyncedLake> {
  const { pool, lake } = on;
  const joins = await withTransaction(pool, async (turn) => {
    await turn.query("select pg_advisory_xact_lock(hashtextextended('asof_lake_joins', 0))");
    await pool.query(
      `delete from lake_files f where f.lake = $1 and f.run_id is not null
         and not exists (select 1 from artifacts a where a.run_id = f.run_id)`,
      [lake.url],
    );
    return sweepJoins(on, turn, true);
  });
  const synced = await syncLake(on);
  return { ...synced, removed: synced.removed + joins };
}

/** For a run that writes below `JOINS` or `EXPORTS`: to the end of the transaction nobody takes its files for rubbish. */
export const holdJoins = async (tx: Client): Promise<void> => {
  await tx.query("select pg_advisory_xact_lock_shared(hashtextextended('asof_lake_joins', 0))");
};

/** No erasure comes between reading the rows and saying that the file has them. */
function writePart({ pool, definitions, lake, signal }: LakeSync, owned: OwnedPart): Promise<number> {
  return withTransaction(pool, async (tx) => {
    await holdErasures(tx);
    const { ownerId, name } = owned;
    const part = (await findParts(tx, [ownerId])).get(ownerId)!.get(name)!;
    const key = keyOfPart(definitions, name);
    const files = await writeLakeFiles(
      lake,
      {
        columns: fileColumns(key, part),
        rows: readPartRows(tx, key, part),
        folder: partFolder(part),
        by: "parts",
      },
      signal,
    );
    await recordPart(tx, lake.url, owned, part.erasedRows ?? 0, files);
    return files.reduce((sum, file) => sum + file.rows, 0);
  });
}

/** What a part's file is called: whatever else is in the folder is not asof's to remove. */
const PART_FILE = /^[\w-]+\/\d{4}-\d\d-\d\d\/\d+\/part-\d{5}-[0-9a-f]{16}\.parquet$/;

/** Whoever has the turn writes parts alone: what is not in the catalogue is of nobody. */
const sweepParts = (on: LakeSync): Promise<number> =>
  sweep(on, "", (path) => PART_FILE.test(path) || path.startsWith(`${WRITING}/parts/`));

/** @param isHeld whether no run is writing; otherwise it is left where somebody is */
async function sweepJoins(on: LakeSync, turn: Client, isHeld: boolean): Promise<number> {
  if (!isHeld) {
    const { rows } = await turn.query<{ free: boolean }>(
      "select pg_try_advisory_xact_lock(hashtextextended('asof_lake_joins', 0)) as free",
    );
    if (!rows[0]!.free) return 0;
  }
  let removed = 0;
  for (const folder of [JOINS, EXPORTS, `${WRITING}/joins`])
    removed += await sweep(on, `${folder}/`, () => true);
  return removed;
}

async function sweep(
  { pool, lake, signal }: LakeSync,
  prefix: string,
  isMeant: (path: string) => boolean,
): Promise<number> {
  const counted = await cataloguedFiles(pool, lake.url);
  const rubbish: string[] = [];
  for await (const { path } of lake.list(prefix, signal))
    if (isMeant(path) && !counted.has(path)) rubbish.push(path);
  for (const path of rubbish) await lake.remove(path, signal);
  return rubbish.length;
}
