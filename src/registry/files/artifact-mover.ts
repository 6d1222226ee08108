import { Readable } from "node:stream";
import type { Logger } from "pino";
import { type Pool, type Queryable, withTransaction } from "../../db/pool.js";
import { IS_TO_MOVE } from "../../db/tables/to-move.js";
import { WokenLoop } from "../../db/woken-loop.js";
import { ConflictError } from "../../errors/errors.js";
import type { ByteStore } from "../../storage/byte-store.js";
import { claimArtifacts, inTurn, leaveObject, removeLeft } from "./artifact-objects.js";
import { newObject, objectAt, openArtifacts } from "./outside.js";
import { findBytes, openBytes } from "./stored-bytes.js";

const LOOP = { togetherMs: 100, firstRetryMs: 1_000, lastRetryMs: 60_000 };
const LOOK_MS = 2_000;
/** Where nothing is moved, what is left in former stores is removed all the same. */
const LOOK_SELDOM_MS = 30_000;

const NEXT = `
  select sha256 from artifact_blobs where ${IS_TO_MOVE} and sha256 <> all($1) order by stored_at nulls last limit 1`;

/**
 * Moves the larger contents out of the database, one at a time over all processes, and removes objects whose content was deleted.
 * What runs and clients write is committed with what names it, whether or not the store is there; it waits in the database.
 */
export class ArtifactMover {
  /** Two, for neither waits for the other: a first move takes hours, and a store may refuse one thing alone. */
  readonly #loops: readonly WokenLoop[];
  /** What failed, and waits until all others were tried. */
  readonly #passed = new Set<string>();

  constructor(
    private readonly pool: Pool,
    logger: Logger,
    url: string | null,
  ) {
    const loop = (what: string, work: (signal: AbortSignal, progressed: () => void) => Promise<void>) => {
      const woken: WokenLoop = new WokenLoop({
        ...LOOP,
        lookMs: url === null ? LOOK_SELDOM_MS : LOOK_MS,
        work: (signal) => work(signal, () => woken.progressed()),
        failed: (error, isFirst) => {
          if (isFirst) logger.warn({ err: error }, what);
        },
      });
      return woken;
    };
    const removing = loop(
      "deleted artifacts wait in their store: what removes them failed",
      (signal, progressed) => this.#remove(signal).then(progressed),
    );
    const store = url === null ? null : openArtifacts(url);
    const moving =
      store &&
      loop("artifacts wait in the database: what moves them failed", (signal, progressed) =>
        this.#moveAll(store, signal, progressed),
      );
    this.#loops = moving ? [moving, removing] : [removing];
  }

  start(): void {
    for (const loop of this.#loops) loop.start();
  }

  async close(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.close()));
  }

  async #moveAll(store: ByteStore, signal: AbortSignal, progressed: () => void): Promise<void> {
    while ((await this.#next()) && (await inTurn(this.pool, () => this.#move(store, signal)))) progressed();
    progressed();
  }

  async #remove(signal: AbortSignal): Promise<void> {
    const { rows } = await this.pool.query("select 1 from artifact_objects limit 1");
    if (rows.length === 0) return;
    // What another one was writing when it died is to be removed, too: who writes now has the turn.
    await inTurn(this.pool, async () => {});
    await removeLeft(this.pool, signal);
  }

  async #next(): Promise<string | null> {
    const { rows } = await this.pool.query<{ sha256: string }>(NEXT, [[...this.#passed]]);
    if (rows.length === 0) this.#passed.clear();
    return rows[0]?.sha256 ?? null;
  }

  /** Whether there was one to move. */
  async #move(store: ByteStore, signal: AbortSignal): Promise<boolean> {
    const sha256 = await this.#next();
    if (sha256 === null) return false;
    try {
      await moveOut(this.pool, store, sha256, signal);
    } catch (error) {
      this.#passed.add(sha256);
      throw error;
    }
    return true;
  }
}

/** Whoever has the turn does it: the object first, then the row that says where it is. */
async function moveOut(pool: Pool, store: ByteStore, sha256: string, signal: AbortSignal): Promise<void> {
  const found = await findBytes(pool, sha256);
  if (!found || found.place !== null) return;
  await claimArtifacts(pool, store, signal);
  const place = newObject(store);
  await pool.query("insert into artifact_objects (place) values ($1)", [place]);
  const { byteLength: bytes, read } = openBytes(pool, sha256, found);
  const body = {
    ...{ bytes, sha256 },
    read: (start = 0, end = bytes - 1) => Readable.from(read(start, end), { objectMode: false }),
  };
  try {
    await store.put(objectAt(place).path, body, signal);
    await withTransaction(pool, (tx) => settle(tx, { sha256, place, size: bytes }));
  } catch (error) {
    await leaveObject(pool, place, "CUT_OFF").catch(() => {});
    throw error;
  }
}

/** What was deleted meanwhile leaves its object to be removed. */
async function settle(
  tx: Queryable,
  { sha256, place, size }: { sha256: string; place: string; size: number },
): Promise<void> {
  const { rows } = await tx.query<{ upload: string | null }>(
    "select upload from artifact_blobs where sha256 = $1 and place is null for no key update",
    [sha256],
  );
  if (!rows[0]) {
    await leaveObject(tx, place, "LEFT");
    return;
  }
  const { rowCount } = await tx.query("delete from artifact_objects where place = $1 and state = 'WRITING'", [
    place,
  ]);
  if (rowCount === 0)
    throw new ConflictError(`${place} was taken for one whose writer is gone; it is written again`);
  await tx.query(
    "update artifact_blobs set place = $2, size = $3, bytes = null, upload = null where sha256 = $1",
    [sha256, place, size],
  );
  await tx.query("delete from artifact_pieces where upload = $1", [rows[0].upload]);
}
