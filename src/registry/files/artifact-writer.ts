import { createHash, randomUUID } from "node:crypto";
import type { Client } from "../../db/pool.js";
import { artifactBlobs, artifactPieces } from "../../db/tables/runs.js";
import { ask } from "../../db/typed.js";
import { ArtifactStore } from "../artifact-store.js";
import { PIECE_BYTES } from "./stored-bytes.js";

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
    await new ArtifactStore(this.tx).name(runId, { ...artifact, byteLength: this.#written, sha256 });
    return { sha256, byteLength: this.#written };
  }

  async #insert(bytes: Buffer): Promise<void> {
    const piece = { upload: this.#upload, start: this.#written, bytes };
    await ask(this.tx, (query) => query.insert(artifactPieces).values(piece));
    this.#written += bytes.length;
  }
}
