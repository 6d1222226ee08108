import type { Queryable } from "../pool.js";
import { quote } from "../pool.js";
import { pushTableName } from "../tables/derived.js";
import { type ContentHash, contentHash } from "./content-hash.js";
import type { PartColumn } from "./snapshot-parts.js";

/** What a snapshot calls the pushed rows of a view; no source can be named so. */
export const pushesPart = (view: string): string => `${view}:pushes`;

/** The view of a part of pushed rows; null of another part. */
export const pushedView = (part: string): string | null => /^(.+):pushes$/.exec(part)?.[1] ?? null;

/** The parts that the extract's files made. */
export const extractParts = <Part extends { name: string }>(parts: readonly Part[]): Part[] =>
  parts.filter(({ name }) => pushedView(name) === null);

/**
 * Of what was pushed to a view and is bound to the snapshot. A user may have several rows, even of one date: their
 * dates, and their order within one, are content; who pushed and when is not.
 */
export function hashPushes(
  db: Queryable,
  key: string,
  view: string,
  columns: readonly PartColumn[],
  snapshotId: number,
): Promise<ContentHash> {
  return contentHash(db, { name: pushesPart(view), key, columns }, pushesOf(key, view, snapshotId), {
    extra: PUSH_EXTRA,
    ownerId: snapshotId,
  });
}

/** SQL of a relation: what was pushed to the view and is bound to the snapshot, with each row's place in its key and date. */
export const pushesOf = (key: string, view: string, snapshotId: number): string => `(
    select *, row_number() over (partition by ${quote(key)}, as_of order by push_id)::int4 as place
    from ${quote(pushTableName({ name: view }))} where snapshot_id = ${Number(snapshotId)}
  )`;

/** SQL of what is hashed beside the columns. */
export const PUSH_EXTRA: readonly string[] = ["r.as_of - date '1970-01-01'", "r.place"];
