import { createHash } from "node:crypto";
import { desc, eq, notInArray, sql } from "drizzle-orm";
import type { Queryable } from "../db/pool.js";
import { artifactBlobs, artifacts, runs } from "../db/tables/runs.js";
import { ask } from "../db/typed.js";
import { blobIsUnused } from "./files/blob-uses.js";
import { isThere, readObject } from "./files/outside.js";
import {
  findBytes,
  MAX_MODEL_BYTES,
  openBytes,
  PIECE_BYTES,
  placedObject,
  readWhole,
  type StoredBytes,
  type WhereKept,
} from "./files/stored-bytes.js";
import type { Run } from "./run.js";

export const sha256Hex = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");

export interface NewArtifact {
  name: string;
  mediaType: string;
  bytes: Uint8Array;
}

/** An artifact to be read from any byte on. */
export interface StoredArtifact extends StoredBytes {
  name: string;
  mediaType: string;
  /** A run of asof's own wrote it; false of what clients logged alone. */
  own: boolean;
}

/** A run that has an artifact, under a name. */
export interface ArtifactHolder extends Pick<Run, "kind" | "params" | "environment" | "startedAt"> {
  runId: string;
  name: string;
}

/** Of one that is read with others. */
const MOST_NAMED_BYTES = 16 * PIECE_BYTES;

/** Pairs as two parameters. $1 runs, $2 names, $3 most bytes of what is outside the database. */
const NAMED_ARTIFACTS = `
  select a.run_id, a.name, a.sha256, b.bytes, b.place, b.size::float8 as size
  from unnest($1::uuid[], $2::text[]) k(run, called)
  join artifacts a on a.run_id = k.run and a.name = k.called
  join artifact_blobs b on b.sha256 = a.sha256 and b.upload is null and coalesce(b.size, 0) <= $3`;

interface NamedArtifact {
  run_id: string;
  name: string;
  sha256: string;
  bytes: Buffer | null;
  place: string | null;
  size: number | null;
}

/**
 * Files of runs, once per content. They are written to PostgreSQL, with what names them; where ARTIFACTS_URL is set, the larger
 * ones are moved from there (`ArtifactMover`). Whoever reads finds them where they are.
 */
export class ArtifactStore {
  constructor(private readonly db: Queryable) {}

  /** Saves or replaces the run's artifact of that name; returns the SHA-256 of its bytes. */
  async save(runId: string, { name, mediaType, bytes }: NewArtifact): Promise<string> {
    const sha256 = sha256Hex(bytes);
    const artifact = { name, mediaType, byteLength: bytes.byteLength, sha256 };
    await saveArtifact(
      this.db,
      runId,
      artifact,
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    );
    return sha256;
  }

  /** Saves or replaces the run's artifact of that name with bytes that are kept already. */
  async name(
    runId: string,
    artifact: { name: string; mediaType: string; byteLength: number; sha256: string },
  ): Promise<void> {
    await saveArtifact(this.db, runId, artifact, null);
  }

  /** How many bytes are kept under that hash, whatever names them; null where there are none. */
  async size(sha256: string): Promise<number | null> {
    return (await findBytes(this.db, sha256))?.byteLength ?? null;
  }

  /**
   * All bytes with that hash, whatever names them, read piece by piece into one buffer; null where there are none.
   * @throws {FileTooLargeError} there are more than `maxBytes`: none was read
   */
  async read(sha256: string, maxBytes = MAX_MODEL_BYTES): Promise<Buffer | null> {
    const found = await findBytes(this.db, sha256);
    return found && readWhole(openBytes(this.db, sha256, found), `the file ${sha256}`, maxBytes);
  }

  /** Of each run those of these names that were saved in one piece, by name. Small ones: all are held at once. */
  async readNamed(wanted: ReadonlyMap<string, readonly string[]>): Promise<Map<string, Map<string, Buffer>>> {
    const found = new Map([...wanted.keys()].map((runId) => [runId, new Map<string, Buffer>()]));
    const pairs = [...wanted].flatMap(([runId, names]) => names.map((name) => [runId, name] as const));
    const { rows } = await this.db.query<NamedArtifact>(NAMED_ARTIFACTS, [
      pairs.map(([runId]) => runId),
      pairs.map(([, name]) => name),
      MOST_NAMED_BYTES,
    ]);
    for (const { run_id, name, ...kept } of rows) found.get(run_id)!.set(name, await wholeOf(kept));
    return found;
  }

  /**
   * SHA-256 of the bytes as they are now, of which none is kept in memory; null where there are none. What is outside the
   * database is hashed whenever it is read: it counts as it was written, where it is there with its length.
   */
  async digest(sha256: string): Promise<string | null> {
    const found = await findBytes(this.db, sha256);
    if (!found) return null;
    const { place } = found;
    if (place !== null) return (await isThere(placedObject(sha256, { ...found, place }))) ? sha256 : null;
    if (found.upload === null) {
      const digest = await this.#digestOfValue(sha256);
      // Null: it was moved out of the database meanwhile, or deleted.
      return digest ?? ((await findBytes(this.db, sha256))?.place ? this.digest(sha256) : null);
    }
    const hash = createHash("sha256");
    for await (const piece of openBytes(this.db, sha256, found).read(0, found.byteLength - 1))
      hash.update(piece);
    return hash.digest("hex");
  }

  /** By the database, which has it in one value. */
  async #digestOfValue(sha256: string): Promise<string | null> {
    const digest = sql<string | null>`encode(sha256(${artifactBlobs.bytes}), 'hex')`;
    const [found] = await ask(this.db, (query) =>
      query.select({ digest }).from(artifactBlobs).where(eq(artifactBlobs.sha256, sha256)),
    );
    return found?.digest ?? null;
  }

  /** Every run that has it: the same bytes may have come from several. */
  async holders(sha256: string): Promise<ArtifactHolder[]> {
    const found = await ask(this.db, (query) =>
      query
        .select({
          runId: runs.id,
          name: artifacts.name,
          kind: runs.kind,
          params: sql<Run["params"]>`${runs.params}`,
          environment: sql<Run["environment"]>`${runs.environment}`,
          startedAt: runs.started_at,
        })
        .from(artifacts)
        .innerJoin(runs, eq(runs.id, artifacts.run_id))
        .where(eq(artifacts.sha256, sha256))
        .orderBy(runs.created_at),
    );
    return found;
  }

  /** Any artifact, to be read in pieces; null where there is none. */
  async open(sha256: string): Promise<StoredArtifact | null> {
    // Clients write to EXTERNAL runs, and send what REGISTER runs judge. Under the same hash the name that asof gave counts.
    const own = notInArray(runs.kind, ["EXTERNAL", "REGISTER"]);
    const [found] = await ask(this.db, (query) =>
      query
        .select({
          name: artifacts.name,
          mediaType: artifacts.media_type,
          byteLength: artifacts.bytes,
          own: sql<boolean>`${own}`,
          upload: artifactBlobs.upload,
          place: artifactBlobs.place,
        })
        .from(artifactBlobs)
        .innerJoin(artifacts, eq(artifacts.sha256, artifactBlobs.sha256))
        .innerJoin(runs, eq(runs.id, artifacts.run_id))
        .where(eq(artifactBlobs.sha256, sha256))
        .orderBy(desc(own), runs.created_at)
        .limit(1),
    );
    if (!found) return null;
    const { upload, place, ...artifact } = found;
    return this.#reader(sha256, { upload, place }, artifact);
  }

  /** The bytes of a file that is known to have them, under the name that it has there. */
  async openBlob(sha256: string, file: Omit<StoredArtifact, "own" | "read">): Promise<StoredArtifact | null> {
    const [blob] = await ask(this.db, (query) =>
      query
        .select({ upload: artifactBlobs.upload, place: artifactBlobs.place })
        .from(artifactBlobs)
        .where(eq(artifactBlobs.sha256, sha256)),
    );
    return blob ? this.#reader(sha256, blob, { ...file, own: false }) : null;
  }

  #reader(sha256: string, kept: WhereKept, file: Omit<StoredArtifact, "read">): StoredArtifact {
    return { ...file, ...openBytes(this.db, sha256, { ...kept, byteLength: file.byteLength }) };
  }
}

async function wholeOf({
  sha256,
  bytes,
  place,
  size,
}: Omit<NamedArtifact, "run_id" | "name">): Promise<Buffer> {
  if (place === null || size === null) return bytes!;
  const read = (start: number, end: number) => readObject({ sha256, place, size }, start, end);
  return readWhole({ byteLength: size, read }, `the file ${sha256}`);
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
       and ${blobIsUnused("(u.run_id, u.name) <> ($1, $2)")}
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
