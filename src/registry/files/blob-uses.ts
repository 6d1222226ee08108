import type { Queryable } from "../../db/pool.js";

/** Every table that refers to bytes by their hash. */
const REFERRING = ["artifacts", "logged_model_files", "model_version_files", "model_versions"] as const;

/**
 * SQL: nothing refers to the bytes of `artifact_blobs b`.
 * @param artifactsThatCount of `artifacts u`, where some are about to go
 */
export const blobIsUnused = (artifactsThatCount = "true"): string =>
  REFERRING.map(
    (table) =>
      `not exists (select 1 from ${table} u where u.sha256 = b.sha256${
        table === "artifacts" ? ` and ${artifactsThatCount}` : ""
      })`,
  ).join(" and ");

/** One statement decides over all blobs, and their pieces go with them. */
const FREE_BLOBS = `
  with blob as (
    delete from artifact_blobs b where sha256 = any($1) and ${blobIsUnused()}
    returning coalesce(octet_length(bytes), size) as bytes, upload
  ), piece as (
    delete from artifact_pieces p using blob where p.upload = blob.upload returning octet_length(p.bytes) as bytes
  )
  select coalesce(sum(bytes), 0)::float8 as bytes
  from (select bytes from blob union all select bytes from piece) freed`;

/**
 * Deletes the bytes that nothing refers to any more. Locks the blobs first: a transaction that deletes another use of
 * these bytes, or saves them again, has then either committed and is visible, or waits for this one.
 * @returns how many bytes went
 */
export async function freeBlobs(tx: Queryable, sha256s: readonly string[]): Promise<number> {
  if (sha256s.length === 0) return 0;
  await tx.query("select 1 from artifact_blobs where sha256 = any($1) order by sha256 for update", [sha256s]);
  const { rows } = await tx.query<{ bytes: number }>(FREE_BLOBS, [sha256s]);
  return rows[0]!.bytes;
}
