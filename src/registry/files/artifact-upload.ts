import { createHash, randomUUID } from "node:crypto";
import type { Queryable } from "../../db/pool.js";
import { artifactBlobs } from "../../db/tables/runs.js";
import { ask } from "../../db/typed.js";
import { BadUserInputError, ConflictError } from "../../errors/errors.js";
import { outsideRequests } from "../../observability/request-scope.js";
import { PIECE_BYTES } from "./stored-bytes.js";

/** An upload without a piece for so long is nobody's: its client was cut off long before, or its process is gone. */
const ABANDONED_MS = 360_000;

class UploadSweptError extends ConflictError {
  constructor() {
    super("the upload was taken for one whose client is gone; send the file again");
  }
}

export interface UploadConnections {
  /** The request's, which end with it. */
  db: Queryable;
  /** What an upload leaves is deleted though its request has ended. */
  upkeep: Queryable;
}

const BEGUN = "insert into artifact_uploads (id) values ($1) returning id";
const GOES_ON = "update artifact_uploads set touched_at = clock_timestamp() where id = $1 returning id";

/** A piece, and that the upload goes on: none of one that was swept. $1 upload, $2 place of its first byte, $3 bytes. */
const storePiece = (upload: string): string => `
  with upload as (${upload})
  insert into artifact_pieces (upload, start, bytes) select id, $2, $3 from upload`;

/** $1 how many milliseconds they have been without a piece. */
const SWEEP = `
  with dead as (
    delete from artifact_uploads where touched_at < clock_timestamp() - $1 * interval '1 millisecond' returning id
  )
  delete from artifact_pieces p using dead where p.upload = dead.id`;

/** $1 upload. */
const DISCARD = `
  with upload as (delete from artifact_uploads where id = $1 returning id)
  delete from artifact_pieces p using upload where p.upload = upload.id`;

/** Deletes what uploads have left whose process died: nothing refers to it. */
export async function sweepUploads(db: Queryable, olderThanMs = ABANDONED_MS): Promise<void> {
  await db.query(SWEEP, [olderThanMs]);
}

/**
 * A file that arrives from a client, of any size: what comes is stored piece by piece, without a transaction that would
 * wait for the client. Nothing names it before it is kept, in the caller's transaction.
 */
export class ArtifactUpload {
  readonly #id = randomUUID();
  readonly #hash = createHash("sha256");
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #stored = 0;
  #sha256 = "";

  private constructor(
    private readonly db: Queryable,
    private readonly upkeep: Queryable,
    private readonly maxBytes: number,
  ) {}

  /**
   * @throws {BadUserInputError} it is longer than accepted; nothing is left of it then, nor where the body breaks off
   */
  static async receive(
    { db, upkeep }: UploadConnections,
    body: AsyncIterable<Buffer>,
    maxBytes: number,
  ): Promise<ArtifactUpload> {
    const upload = new ArtifactUpload(db, upkeep, maxBytes);
    try {
      for await (const chunk of body) await upload.#take(chunk);
      if (upload.#stored > 0) await upload.#storePiece(upload.#waitingBytes);
    } catch (error) {
      await upload.discard();
      throw error;
    }
    upload.#sha256 = upload.#hash.digest("hex");
    return upload;
  }

  get sha256(): string {
    return this.#sha256;
  }

  get byteLength(): number {
    return this.#stored + this.#waitingBytes;
  }

  /** In the caller's transaction, which names it: the bytes are there from then on, once per content. */
  async keep(tx: Queryable): Promise<void> {
    const sha256 = this.#sha256;
    const bytes = this.#stored === 0 ? Buffer.concat(this.#waiting) : null;
    const row = bytes ? { sha256, bytes } : { sha256, upload: this.#id };
    // Bytes that another transaction deletes meanwhile are gone when it is waited for: then they are stored again.
    for (;;) {
      const { rowCount } = await ask(tx, (query) =>
        query.insert(artifactBlobs).values(row).onConflictDoNothing({ target: artifactBlobs.sha256 }),
      );
      if (rowCount === 1) return this.#finish(tx, true);
      const { rows } = await tx.query("select 1 from artifact_blobs where sha256 = $1 for key share", [
        sha256,
      ]);
      if (rows.length > 0) return this.#finish(tx, false);
    }
  }

  /** What was stored of it goes. After it was kept and committed there is nothing to discard. */
  async discard(): Promise<void> {
    if (this.#stored === 0) return;
    // The request may have ended: what it asked for must go all the same.
    await outsideRequests(() => this.upkeep.query(DISCARD, [this.#id]));
  }

  async #take(chunk: Buffer): Promise<void> {
    if (this.byteLength + chunk.length > this.maxBytes) {
      throw new BadUserInputError(
        `the file has more than ${this.maxBytes} bytes, which is what ARTIFACT_MAX_BYTES accepts`,
        { maxBytes: this.maxBytes },
      );
    }
    this.#hash.update(chunk);
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    while (this.#waitingBytes > PIECE_BYTES) await this.#storePiece(PIECE_BYTES);
  }

  async #storePiece(length: number): Promise<void> {
    const all = this.#waiting.length === 1 ? this.#waiting[0]! : Buffer.concat(this.#waiting);
    const isFirst = this.#stored === 0;
    if (isFirst) await outsideRequests(() => sweepUploads(this.upkeep));
    const piece = [this.#id, this.#stored, all.subarray(0, length)];
    const { rowCount } = await this.db.query(storePiece(isFirst ? BEGUN : GOES_ON), piece);
    if (rowCount === 0) throw new UploadSweptError();
    this.#stored += length;
    this.#waiting = [all.subarray(length)];
    this.#waitingBytes -= length;
  }

  async #finish(tx: Queryable, needed: boolean): Promise<void> {
    if (this.#stored === 0) return;
    const { rowCount } = await tx.query("delete from artifact_uploads where id = $1", [this.#id]);
    if (rowCount === 0) throw new UploadSweptError();
    if (!needed) await tx.query("delete from artifact_pieces where upload = $1", [this.#id]);
  }
}
