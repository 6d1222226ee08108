import { hashOfBuckets } from "../../../db/snapshots/content-hash.js";
import { pushedView } from "../../../db/snapshots/pushes-hash.js";
import type { FiledPart } from "../offline-engine.js";
import { canonicalHex, INT4, rowHex, valueHex } from "./canonical-sql.js";
import type { SqlDialect } from "./dialect.js";

/**
 * One row a bucket that has rows: (bucket, sha256), both as PostgreSQL's `contentHash` has them, of the part as its files
 * have it and of what erased rows have left.
 */
export function bucketsSql(
  dialect: SqlDialect,
  { key, part: { name, columns }, files, erased }: FiledPart,
): string {
  const { quote } = dialect;
  const isPushed = pushedView(name) !== null;
  const rows = isPushed
    ? `(select *, row_number() over (partition by ${quote(key)}, as_of order by push_id) as place from ${dialect.files(files)})`
    : dialect.files(files);
  const values = [
    canonicalHex(dialect, "string", quote(key)),
    ...columns.map((column) => canonicalHex(dialect, column.type, quote(column.name))),
    // Of one user and date pushes are told apart by their order.
    ...(isPushed
      ? [
          canonicalHex(dialect, "date", "as_of"),
          valueHex(dialect, INT4.code, "place", dialect.int4Hex("place")),
        ]
      : []),
  ];
  const bucket = `substring(${dialect.sha256(dialect.textHex(quote(key)))}, 1, 2)`;
  const gone = erased.map(
    ({ bucket: number, sha256 }) =>
      ` union all select '${number.toString(16).padStart(2, "0")}' as bucket, '${sha256}' as row_sha256`,
  );
  const hashed = `select ${bucket} as bucket, ${dialect.sha256(rowHex(values))} as row_sha256 from ${rows} r${gone.join("")}`;
  return `select bucket, ${dialect.sha256(dialect.concatenated("row_sha256"))} as sha256 from (${hashed}) hashed group by bucket`;
}

/** The part's hash, of the rows that `bucketsSql` gives. */
export function hashOfRows({ key, part }: FiledPart, rows: readonly (readonly unknown[])[]): string {
  const buckets = rows.map(([bucket, sha256]) => ({
    bucket: Number.parseInt(bucket as string, 16),
    sha256: Buffer.from(sha256 as string, "hex"),
  }));
  return hashOfBuckets({ ...part, key }, buckets).sha256;
}
