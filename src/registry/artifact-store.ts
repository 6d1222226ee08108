import { createHash } from "node:crypto";
import type { Queryable } from "../db/pool.js";

export const sha256Hex = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");

export interface NewArtifact {
  name: string;
  mediaType: string;
  bytes: Uint8Array;
}

/** Files of runs, once per content, in PostgreSQL: every replica has them and one dump backs all up. */
export class ArtifactStore {
  constructor(private readonly db: Queryable) {}

  /** Saves or replaces the run's artifact of that name; returns the SHA-256 of its bytes. */
  async save(runId: string, { name, mediaType, bytes }: NewArtifact): Promise<string> {
    const sha256 = sha256Hex(bytes);
    await this.db.query(
      "insert into artifact_blobs (sha256, bytes) values ($1, $2) on conflict (sha256) do nothing",
      [sha256, Buffer.from(bytes)],
    );
    await this.db.query(
      `insert into artifacts (run_id, name, media_type, bytes, sha256) values ($1, $2, $3, $4, $5)
       on conflict (run_id, name) do update set media_type = excluded.media_type, bytes = excluded.bytes,
         sha256 = excluded.sha256`,
      [runId, name, mediaType, bytes.byteLength, sha256],
    );
    return sha256;
  }

  async read(sha256: string): Promise<{ bytes: Buffer; mediaType: string; name: string } | null> {
    const { rows } = await this.db.query<{ bytes: Buffer; mediaType: string; name: string }>(
      `select b.bytes, a.media_type as "mediaType", a.name
       from artifact_blobs b join artifacts a using (sha256) where sha256 = $1 limit 1`,
      [sha256],
    );
    return rows[0] ?? null;
  }
}
