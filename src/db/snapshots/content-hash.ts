import { createHash } from "node:crypto";
import { factsOf } from "../../definitions/language/column-types/registry.js";
import { type Queryable, quote } from "../pool.js";
import type { PartColumn } from "./snapshot-parts.js";

/** What is hashed: rows of one key each, or of several that their order tells apart. */
export interface HashedRows {
  /** Of the part: a source's name, or `<view>:pushes`. */
  name: string;
  key: string;
  columns: readonly PartColumn[];
}

export interface ContentHash {
  sha256: string;
  /** 256 hashes of 32 bytes: where two parts differ, a differing bucket tells whose rows. */
  buckets: Buffer;
}

const BUCKETS = 256;
const SHA256_BYTES = 32;

/**
 * The second edition of content hashes, which any engine can compute in parallel. A row's hash is the SHA-256 of its
 * canonical bytes; a bucket is the first byte of the key's SHA-256, its hash the SHA-256 of its rows' hashes, sorted;
 * the part's hash is that of a header (name, key, columns with their types) and the 256 bucket hashes.
 *
 * Canonical bytes: the number of values, then of each, the key first, a 4-byte type code, a 4-byte length, -1 for
 * null, and the value: int and bigint as 8 bytes (code 20), float as IEEE 754 (701) with -0 as 0, bool as one byte (16),
 * text as UTF-8 (25), a date as days since 1970 in 4 bytes (23), a decimal as text without zeros at its end, a timestamp
 * as microseconds since 1970 in 8 bytes (20); all big-endian. A list or vector is an array (of 20: 1016, of 701: 1022, of
 * 16: 1000, of 25: 1009, of 23: 1007): its dimensions (1, or 0 of an empty one), 4 bytes of 0, its items' code, and unless
 * it is empty their number, the
 * lower bound 1, and of each item a 4-byte length and its bytes. It is what `record_send` writes.
 *
 * @param relation SQL of what is read, for example a quoted table name or `(select …)`
 * @param extra SQL of further values of a row, after its columns
 * @param ownerId of a part's rows: those that were erased count by the hashes that they left
 */
export async function contentHash(
  db: Queryable,
  { name, key, columns }: HashedRows,
  relation: string,
  { extra = [], ownerId = null }: { extra?: readonly string[]; ownerId?: number | null } = {},
): Promise<ContentHash> {
  const erased =
    ownerId === null
      ? ""
      : "union all select bucket, row_sha256 from erased_rows where owner_id = $1 and part = $2";
  const { rows } = await db.query<{ bucket: number; sha256: Buffer }>(
    `select bucket, sha256(string_agg(row_sha256, ''::bytea order by row_sha256)) as sha256 from (
       -- Without the offset the rows would be sorted as they are, and hashed afterwards.
       ${rowHashes({ key, columns }, relation, extra)} ${erased} offset 0
     ) hashed group by bucket`,
    ownerId === null ? [] : [ownerId, name],
  );
  return hashOfBuckets({ name, key, columns }, rows);
}

/** The part's hash, of those of its buckets; one without rows has the hash of nothing. */
export function hashOfBuckets(
  { name, key, columns }: HashedRows,
  rows: readonly { bucket: number; sha256: Buffer }[],
): ContentHash {
  const buckets = Buffer.alloc(BUCKETS * SHA256_BYTES, createHash("sha256").digest());
  for (const { bucket, sha256 } of rows) sha256.copy(buckets, bucket * SHA256_BYTES);
  const header = [name, `${key}:string`, ...columns.map((column) => `${column.name}:${column.type}`)];
  const hash = createHash("sha256")
    .update(`${header.join("\t")}\n`)
    .update(buckets);
  return { sha256: hash.digest("hex"), buckets };
}

/** SQL: of each row of the relation, aliased `r`, its bucket and its hash. @param beside SQL of what is selected before them */
export function rowHashes(
  { key, columns }: Pick<HashedRows, "key" | "columns">,
  relation: string,
  extra: readonly string[] = [],
  beside: readonly string[] = [],
): string {
  const values = columns.map(({ stored, type }) => factsOf(type).canonical(`r.${quote(stored)}`));
  const keyText = `r.${quote(key)}::text`;
  const selected = beside.map((value) => `${value}, `).join("");
  return `select ${selected}get_byte(sha256(convert_to(${keyText}, 'UTF8')), 0) as bucket,
    sha256(record_send(row(${[keyText, ...values, ...extra].join(", ")}))) as row_sha256
    from ${relation} r`;
}

/** A snapshot's hash, over those of its parts: one line a part, by name. */
export function overallSha256(parts: readonly { name: string; contentSha256: string }[]): string {
  const lines = parts.map((part) => `${part.name}\t${part.contentSha256}\n`).sort();
  return createHash("sha256").update(lines.join("")).digest("hex");
}
