import { quote } from "../../../db/pool.js";
import { isOfPart, type SnapshotPart } from "../../../db/snapshots/snapshot-parts.js";
import { pushTableName, snapshotTableName } from "../../../db/tables/derived.js";
import type { ReadView } from "../../parent-keys.js";
import { lastPush, placed } from "./last-push.js";

/** The parts of one snapshot, by view; undefined: it was made without the view's source. */
export type SnapshotParts = readonly (SnapshotPart | undefined)[];

/** One row: by view whether anything was ever pushed to it. */
export const pushedSql = (views: readonly ReadView[]): string =>
  `select ${views
    .map((view) =>
      view.takesPushes === false ? "false" : `exists (select 1 from ${quote(pushTableName(view))})`,
    )
    .join(", ")}`;

/**
 * The point-in-time join of many rows whose newest effective snapshot is the same: each part is read by one scan of its
 * index for all users. $1 user ids, $2 dates, $3 known-at instants, of equal length. One row for each place, in order: where its
 * views' rows come from, as `originsOf` reads it, then the features of each view.
 *
 * Meant to be planned each time: whether a part is better read whole depends on how many users are asked of it. A full
 * join has the rows of a left one, as the parts' rows are of asked users alone, and is never made by a loop: of a part that
 * PostgreSQL has yet to analyze it expects a row, and would look through all for each.
 *
 * @param pushed by view whether anything was pushed to it
 */
export function snapshotSetSql(
  keyName: string,
  views: readonly ReadView[],
  parts: SnapshotParts,
  pushed: readonly boolean[],
): string {
  const key = quote(keyName);
  const columns = views.map((view, i) => columnsOf(view, `v${i}`, pushed[i] ? `p${i}` : null));
  const joins = [
    ...views.map(
      (view, i) => `full join ${rowsOf(key, view, parts[i])} v${i} on v${i}._user = asked.user_id`,
    ),
    ...views.map((view, i) => (pushed[i] ? `left join lateral (${lastPush(key, view)}) p${i} on true` : "")),
  ];
  const origins = `case when ${columns.map(({ isOfPart }) => isOfPart).join(" and ")} then null
    else array_to_string(array[${columns.map(({ origin }) => origin).join(", ")}], ',') end`;
  return `
    select ${[origins, ...columns.flatMap(({ features }) => features)].join(", ")}
    from ${pushed.includes(true) ? "unnest($1::text[], $2::date[], $3::timestamptz[])" : "unnest($1::text[])"} with ordinality
      asked(${pushed.includes(true) ? "user_id, as_of, known_at" : "user_id"}, ordinal)
    ${joins.join("\n")}
    order by asked.ordinal`;
}

/** Whether a view's row is the part's, where it comes from, and its features; of two rows the one of the later date. */
function columnsOf({ features }: ReadView, part: string, push: string | null) {
  const isThere = `${part}._user is not null`;
  const origin = `when ${isThere} then '${EXTRACT}' else ''`;
  if (push === null)
    return {
      isOfPart: isThere,
      origin: `case ${origin} end`,
      features: features.map((_, i) => `${part}._f${i}`),
    };
  // Of whom the part does not have, an older one may have a row of a later date than what was pushed.
  const isNewer = `${push}.as_of > ${part}.as_of`;
  return {
    isOfPart: `${isThere} and (${isNewer}) is not true`,
    origin: `case when ${isNewer} then ${push}.as_of::text ${origin} end`,
    features: features.map((_, i) => `case when ${isNewer} then ${push}._f${i} else ${part}._f${i} end`),
  };
}

const EXTRACT = "extract";

/** By view where its row comes from: of the snapshot's part, null; of a push, its date; `undefined` where it is in neither. */
export function originsOf(column: string): (string | null | undefined)[] {
  return column.split(",").map((origin) => (origin === EXTRACT ? null : origin || undefined));
}

function rowsOf(key: string, { source, features }: ReadView, part: SnapshotPart | undefined): string {
  const columns = [`r.${key} as _user`, "r.as_of", ...placed(features, "r")].join(", ");
  const isAsked = part ? `${isOfPart("r", part)} and r.${key} = any($1)` : "false";
  return `(select ${columns} from ${quote(snapshotTableName(source.name))} r where ${isAsked})`;
}
