import { createHash } from "node:crypto";
import type { ColumnType } from "../../definitions/language/column.js";
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

/** What a value is brought to, so that equal ones have equal bytes whatever column type keeps them. */
const canonical: Record<ColumnType, (value: string) => string> = {
  int: (value) => `${value}::int8`,
  // -0 is 0.
  float: (value) => `${value} + 0::float8`,
  bool: (value) => value,
  string: (value) => `${value}::text`,
  date: (value) => `${value} - date '1970-01-01'`,
};

/**
 * The second edition of content hashes, which any engine can compute in parallel. A row's hash is the SHA-256 of its
 * canonical bytes; a bucket is the first byte of the key's SHA-256, its hash the SHA-256 of its rows' hashes, sorted;
 * the part's hash is that of a header (name, key, columns with their types) and the 256 bucket hashes.
 *
 * Canonical bytes: the number of values, then of each, the key first, a 4-byte type code, a 4-byte length, -1 for
 * null, and the value: int as 8 bytes (code 20), float as IEEE 754 (701) with -0 as 0, bool as one byte (16), text as
 * UTF-8 (25), a date as days since 1970 in 4 bytes (23); all big-endian. It is what `record_send` writes.
 *
 * @param relation SQL of what is read, for example a quoted table name or `(select …)`
 * @param extra SQL of further values of a row, after its columns
 */
export async function contentHash(
  db: Queryable,
  { name, key, columns }: HashedRows,
  relation: string,
  extra: readonly string[] = [],
): Promise<ContentHash> {
  const values = columns.map(({ stored, type }) => canonical[type](`r.${quote(stored)}`));
  const keyText = `r.${quote(key)}::text`;
  const { rows } = await db.query<{ bucket: number; sha256: Buffer }>(
    `select bucket, sha256(string_agg(row_sha256, ''::bytea order by row_sha256)) as sha256 from (
       select get_byte(sha256(convert_to(${keyText}, 'UTF8')), 0) as bucket,
         sha256(record_send(row(${[keyText, ...values, ...extra].join(", ")}))) as row_sha256
       from ${relation} r
     ) hashed group by bucket`,
  );
  // A bucket without rows has the hash of nothing.
  const buckets = Buffer.alloc(BUCKETS * SHA256_BYTES, createHash("sha256").digest());
  for (const { bucket, sha256 } of rows) sha256.copy(buckets, bucket * SHA256_BYTES);
  const header = [name, `${key}:string`, ...columns.map((column) => `${column.name}:${column.type}`)];
  const hash = createHash("sha256")
    .update(`${header.join("\t")}\n`)
    .update(buckets);
  return { sha256: hash.digest("hex"), buckets };
}

/** A snapshot's hash, over those of its parts: one line a part, by name. */
export function overallSha256(parts: readonly { name: string; contentSha256: string }[]): string {
  const lines = parts.map((part) => `${part.name}\t${part.contentSha256}\n`).sort();
  return createHash("sha256").update(lines.join("")).digest("hex");
}
