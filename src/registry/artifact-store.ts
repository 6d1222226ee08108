import { createHash, randomUUID } from "node:crypto";
import { and, desc, eq, isNull, lte, ne, sql } from "drizzle-orm";
import type { Client, Queryable } from "../db/pool.js";
import { artifactBlobs, artifactPieces, artifacts, runs } from "../db/tables/runs.js";
import { ask } from "../db/typed.js";

export const sha256Hex = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");

export interface NewArtifact {
  name: string;
  mediaType: string;
  bytes: Uint8Array;
}

/** An artifact to be read from any byte on. */
export interface StoredArtifact {
  name: string;
  mediaType: string;
  byteLength: number;
  /** A run of asof's own wrote it; false of what clients logged alone. */
  own: boolean;
  /** The bytes `start` to `end`, both included, in pieces of at most 1 MiB: memory does not grow with the size. */
  read(start: number, end: number): AsyncGenerator<Buffer, void, undefined>;
}

/** Pairs as two parameters. $1 runs, $2 names. */
const NAMED_ARTIFACTS = `
  select a.run_id, a.name, b.bytes
  from unnest($1::uuid[], $2::text[]) k(run, called)
  join artifacts a on a.run_id = k.run and a.name = k.called
  join artifact_blobs b on b.sha256 = a.sha256 and b.upload is null`;

/** Of one piece of a large artifact. */
const PIECE_BYTES = 1 << 20;

/** Files of runs, once per content, in PostgreSQL: every replica has them and one dump backs all up. */
export class ArtifactStore {
  constructor(private readonly db: Queryable) {}

  /** Saves or replaces the run's artifact of that name; returns the SHA-256 of its bytes. */
  async save(runId: string, { name, mediaType, bytes }: NewArtifact): Promise<string> {
    const sha256 = sha256Hex(bytes);
    const artifact = { name, mediaType, byteLength: bytes.byteLength, sha256 };
    await saveArtifact(this.db, runId, artifact, Buffer.from(bytes));
    return sha256;
  }

  /** The whole of one that was saved in one piece; null where there is none. */
  async read(sha256: string): Promise<{ bytes: Buffer; mediaType: string; name: string } | null> {
    const [found] = await ask(this.db, (query) =>
      query
        .select({
          bytes: sql<Buffer>`${artifactBlobs.bytes}`,
          mediaType: artifacts.media_type,
          name: artifacts.name,
        })
        .from(artifactBlobs)
        .innerJoin(artifacts, eq(artifacts.sha256, artifactBlobs.sha256))
        .where(and(eq(artifactBlobs.sha256, sha256), isNull(artifactBlobs.upload)))
        .limit(1),
    );
    return found ?? null;
  }

  /** Of each run those of these names that were saved in one piece, by name. Small ones: all are held at once. */
  async readNamed(wanted: ReadonlyMap<string, readonly string[]>): Promise<Map<string, Map<string, Buffer>>> {
    const found = new Map([...wanted.keys()].map((runId) => [runId, new Map<string, Buffer>()]));
    const pairs = [...wanted].flatMap(([runId, names]) => names.map((name) => [runId, name] as const));
    const { rows } = await this.db.query<{ run_id: string; name: string; bytes: Buffer }>(NAMED_ARTIFACTS, [
      pairs.map(([runId]) => runId),
      pairs.map(([, name]) => name),
    ]);
    for (const { run_id, name, bytes } of rows) found.get(run_id)!.set(name, bytes);
    return found;
  }

  /** SHA-256 of the bytes as they are now, of one that was saved in one piece; null where there is none. */
  async digest(sha256: string): Promise<string | null> {
    const digest = sql<string | null>`encode(sha256(${artifactBlobs.bytes}), 'hex')`;
    const [found] = await ask(this.db, (query) =>
      query.select({ digest }).from(artifactBlobs).where(eq(artifactBlobs.sha256, sha256)),
    );
    return found?.digest ?? null;
  }

  /** Any artifact, to be read in pieces; null where there is none. */
  async open(sha256: string): Promise<StoredArtifact | null> {
    // Clients write to EXTERNAL runs alone. Under the same hash the name that asof gave counts.
    const own = ne(runs.kind, "EXTERNAL");
    const [found] = await ask(this.db, (query) =>
      query
        .select({
          name: artifacts.name,
          mediaType: artifacts.media_type,
          byteLength: artifacts.bytes,
          own: sql<boolean>`${own}`,
          upload: artifactBlobs.upload,
        })
        .from(artifactBlobs)
        .innerJoin(artifacts, eq(artifacts.sha256, artifactBlobs.sha256))
        .innerJoin(runs, eq(runs.id, artifacts.run_id))
        .where(eq(artifactBlobs.sha256, sha256))
        .orderBy(desc(own))
        .limit(1),
    );
    if (!found) return null;
    const { upload, ...artifact } = found;
    const piece = upload === null ? this.#slice(sha256) : this.#piece(upload);
    return { ...artifact, read: (start, end) => readPieces(piece, start, end) };
  }

  /** At most one piece from a byte on, of bytes kept in one value. */
  #slice(sha256: string): PieceReader {
    return async (at) => {
      const bytes = sql<Buffer>`substr(${artifactBlobs.bytes}, ${at + 1}::int, ${PIECE_BYTES}::int)`;
      const [found] = await ask(this.db, (query) =>
        query.select({ bytes }).from(artifactBlobs).where(eq(artifactBlobs.sha256, sha256)),
      );
      return found?.bytes;
    };
  }

  /** The rest, from a byte on, of the stored piece that holds it. */
  #piece(upload: string): PieceReader {
    return async (at) => {
      const [found] = await ask(this.db, (query) =>
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
}

type PieceReader = (at: number) => Promise<Buffer | undefined>;

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

/**
 * An artifact too large for memory, written in pieces within the caller's transaction: a crash or a failure leaves
 * nothing of it.
 */
export class ArtifactWriter {
  readonly #hash = createHash("sha256");
  readonly #upload = randomUUID();
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #written = 0;

  private constructor(private readonly tx: Client) {}

  static async begin(tx: Client): Promise<ArtifactWriter> {
    await tx.query("savepoint artifact_pieces");
    return new ArtifactWriter(tx);
  }

  /** The bytes are the writer's until the promise is kept. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.byteLength;
    if (this.#waitingBytes < PIECE_BYTES) return;
    const all = Buffer.concat(this.#waiting);
    let from = 0;
    for (; from + PIECE_BYTES <= all.length; from += PIECE_BYTES) {
      await this.#insert(all.subarray(from, from + PIECE_BYTES));
    }
    this.#waiting = [all.subarray(from)];
    this.#waitingBytes = all.length - from;
  }

  /** Saves or replaces the run's artifact of that name with what was written. */
  async finish(
    runId: string,
    artifact: { name: string; mediaType: string },
  ): Promise<{ sha256: string; byteLength: number }> {
    await this.#insert(Buffer.concat(this.#waiting));
    const sha256 = this.#hash.digest("hex");
    const upload = this.#upload;
    const { rowCount } = await ask(this.tx, (query) =>
      query
        .insert(artifactBlobs)
        .values({ sha256, upload })
        .onConflictDoNothing({ target: artifactBlobs.sha256 }),
    );
    // The same bytes are there already: these pieces are not needed.
    if (rowCount === 0) await this.tx.query("rollback to savepoint artifact_pieces");
    await saveArtifact(this.tx, runId, { ...artifact, byteLength: this.#written, sha256 }, null);
    return { sha256, byteLength: this.#written };
  }

  async #insert(bytes: Buffer): Promise<void> {
    const piece = { upload: this.#upload, start: this.#written, bytes };
    await ask(this.tx, (query) => query.insert(artifactPieces).values(piece));
    this.#written += bytes.length;
  }
}

/**
 * One statement: a process that dies leaves neither bytes of nobody nor a name without bytes. A step that is done again
 * may replace what it wrote before, whose bytes go if nothing else has them.
 */
const SAVE_ARTIFACT = `
  with blob as (
     insert into artifact_blobs (sha256, bytes) select $5::text, $6::bytea where $6::bytea is not null
     on conflict (sha256) do nothing
   ), former as (
     select sha256 from artifacts where run_id = $1 and name = $2 and sha256 <> $5
   ), saved as (
     insert into artifacts (run_id, name, media_type, bytes, sha256) values ($1, $2, $3, $4, $5)
     on conflict (run_id, name) do update set media_type = excluded.media_type, bytes = excluded.bytes,
       sha256 = excluded.sha256
   ), freed as (
     delete from artifact_blobs b using former f where b.sha256 = f.sha256
       and not exists (select 1 from artifacts a where a.sha256 = b.sha256 and (a.run_id, a.name) <> ($1, $2))
       and not exists (select 1 from model_versions v where v.sha256 = b.sha256)
     returning b.upload
   )
   delete from artifact_pieces p using freed where p.upload = freed.upload`;

/** @param bytes null where they are kept already */
async function saveArtifact(
  db: Queryable,
  runId: string,
  artifact: { name: string; mediaType: string; byteLength: number; sha256: string },
  bytes: Buffer | null,
): Promise<void> {
  const { name, mediaType, byteLength, sha256 } = artifact;
  await db.query(SAVE_ARTIFACT, [runId, name, mediaType, byteLength, sha256, bytes]);
}
