import { and, desc, eq, lte, sql } from "drizzle-orm";
import type { Queryable } from "../../db/pool.js";
import { artifactBlobs, artifactPieces } from "../../db/tables/runs.js";
import { ask } from "../../db/typed.js";
import { FileTooLargeError } from "../../errors/file-too-large.js";
import { type PlacedObject, readObject } from "./outside.js";

/** Of one piece of a large file: what reading or writing it holds in memory, whatever its size. */
export const PIECE_BYTES = 1 << 20;

/** What is held in memory as a whole, to be judged and served: no file is read whole that has more. */
export const MAX_MODEL_BYTES = 512 * 1024 * 1024;

/** The bytes of one content, to be read from any byte on. */
export interface StoredBytes {
  byteLength: number;
  /** The bytes `start` to `end`, both included, in pieces of at most 1 MiB: memory does not grow with the size. */
  read(start: number, end: number): AsyncGenerator<Buffer, void, undefined>;
}

/** Where the bytes of a content are. */
export interface WhereKept {
  /** Of a content that is kept in pieces. */
  upload: string | null;
  /** Of one that is kept outside the database. Neither: it is in one value. */
  place: string | null;
}

export type FoundBytes = WhereKept & { byteLength: number };

/** Of a content in one value the value's length, of one in pieces where the last of them ends. $1 hash */
const FIND_BYTES = `
  select b.upload, b.place, coalesce(octet_length(b.bytes), b.size, (
    select p.start + octet_length(p.bytes) from artifact_pieces p where p.upload = b.upload order by p.start desc limit 1
  ))::float8 as "byteLength" from artifact_blobs b where b.sha256 = $1`;

/** What is kept under that hash; null where nothing is. Its size is known before any of it is read. */
export async function findBytes(db: Queryable, sha256: string): Promise<FoundBytes | null> {
  const { rows } = await db.query<FoundBytes>(FIND_BYTES, [sha256]);
  return rows[0] ?? null;
}

export const openBytes = (db: Queryable, sha256: string, found: FoundBytes): StoredBytes => ({
  byteLength: found.byteLength,
  read: (start, end) => readFrom(db, sha256, found, start, end),
});

/**
 * The whole of it in one buffer, which is all that it takes but for a piece at a time.
 * @param what it is called where it is refused
 * @throws {FileTooLargeError} it has more than `maxBytes`: nothing was read
 */
export async function readWhole(
  { byteLength, read }: StoredBytes,
  what: string,
  maxBytes = MAX_MODEL_BYTES,
): Promise<Buffer> {
  if (byteLength > maxBytes) throw new FileTooLargeError(what, byteLength, maxBytes);
  const whole = Buffer.allocUnsafeSlow(byteLength);
  let at = 0;
  for await (const piece of read(0, byteLength - 1)) at += piece.copy(whole, at);
  return whole;
}

export const placedObject = (
  sha256: string,
  { place, byteLength }: FoundBytes & { place: string },
): PlacedObject => ({ sha256, place, size: byteLength });

const isOutside = <Found extends WhereKept>(found: Found): found is Found & { place: string } =>
  found.place !== null;

async function* readFrom(
  db: Queryable,
  sha256: string,
  found: FoundBytes,
  start: number,
  end: number,
): AsyncGenerator<Buffer, void, undefined> {
  let at = start;
  if (!isOutside(found)) {
    const pieceAt = found.upload === null ? sliceOf(db, sha256) : pieceOf(db, found.upload);
    for (; at <= end; ) {
      const bytes = await pieceAt(at);
      if (!bytes?.length) break;
      const wanted = bytes.subarray(0, end + 1 - at);
      yield wanted;
      at += wanted.length;
    }
  }
  if (at > end) return;
  // While it was read it may have been moved out of the database.
  const now = isOutside(found) ? found : await findBytes(db, sha256);
  if (!now || !isOutside(now)) throw new Error(`an artifact ends at byte ${at} of the ${end + 1} asked for`);
  yield* readObject(placedObject(sha256, now), at, end);
}

/** At most one piece from a byte on, of bytes kept in one value. */
function sliceOf(db: Queryable, sha256: string): (at: number) => Promise<Buffer | null | undefined> {
  return async (at) => {
    const bytes = sql<Buffer | null>`substr(${artifactBlobs.bytes}, ${at + 1}::int, ${PIECE_BYTES}::int)`;
    const [found] = await ask(db, (query) =>
      query.select({ bytes }).from(artifactBlobs).where(eq(artifactBlobs.sha256, sha256)),
    );
    return found?.bytes;
  };
}

/** The rest, from a byte on, of the stored piece that holds it. */
function pieceOf(db: Queryable, upload: string): (at: number) => Promise<Buffer | undefined> {
  return async (at) => {
    const [found] = await ask(db, (query) =>
      query
        .select({ start: artifactPieces.start, bytes: artifactPieces.bytes })
        .from(artifactPieces)
        .where(and(eq(artifactPieces.upload, upload), lte(artifactPieces.start, at)))
        .orderBy(desc(artifactPieces.start))
        .limit(1),
    );
    return found?.bytes.subarray(at - found.start);
  };
}
