import { and, desc, eq, lte, sql } from "drizzle-orm";
import type { Queryable } from "../../db/pool.js";
import { artifactBlobs, artifactPieces } from "../../db/tables/runs.js";
import { ask } from "../../db/typed.js";
import { FileTooLargeError } from "../../errors/file-too-large.js";

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

/** Of a content in one value the value's length, of one in pieces where the last of them ends. $1 hash */
const FIND_BYTES = `
  select b.upload, coalesce(octet_length(b.bytes), (
    select p.start + octet_length(p.bytes) from artifact_pieces p where p.upload = b.upload order by p.start desc limit 1
  ))::float8 as "byteLength" from artifact_blobs b where b.sha256 = $1`;

/** What is kept under that hash; null where nothing is. Its size is known before any of it is read. */
export async function findBytes(
  db: Queryable,
  sha256: string,
): Promise<(StoredBytes & { upload: string | null }) | null> {
  const { rows } = await db.query<{ upload: string | null; byteLength: number }>(FIND_BYTES, [sha256]);
  const [found] = rows;
  return found ? { ...found, read: bytesReader(db, sha256, found.upload) } : null;
}

/** @param upload of a content that is kept in pieces; null: it is in one value */
export function bytesReader(db: Queryable, sha256: string, upload: string | null): StoredBytes["read"] {
  const piece = upload === null ? sliceOf(db, sha256) : pieceOf(db, upload);
  return (start, end) => readPieces(piece, start, end);
}

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

type PieceReader = (at: number) => Promise<Buffer | undefined>;

/** At most one piece from a byte on, of bytes kept in one value. */
function sliceOf(db: Queryable, sha256: string): PieceReader {
  return async (at) => {
    const bytes = sql<Buffer>`substr(${artifactBlobs.bytes}, ${at + 1}::int, ${PIECE_BYTES}::int)`;
    const [found] = await ask(db, (query) =>
      query.select({ bytes }).from(artifactBlobs).where(eq(artifactBlobs.sha256, sha256)),
    );
    return found?.bytes;
  };
}

/** The rest, from a byte on, of the stored piece that holds it. */
function pieceOf(db: Queryable, upload: string): PieceReader {
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

async function* readPieces(
  piece: PieceReader,
  start: number,
  end: number,
): AsyncGenerator<Buffer, void, undefined> {
  for (let at = start; at <= end; ) {
    const bytes = await piece(at);
    if (!bytes?.length) throw new Error(`an artifact ends at byte ${at} of the ${end + 1} asked for`);
    const wanted = bytes.subarray(0, end + 1 - at);
    yield wanted;
    at += wanted.length;
  }
}
