import { createHash } from "node:crypto";
import { quote } from "../../../db/pool.js";
import { onlineTableName } from "../../../db/tables/derived.js";
import { columnOf } from "../../../definitions/language/column-of.js";
import type { Deployment, FeatureView } from "../../../definitions/language/deployment.js";
import type { ViewRow } from "../../view-rows.js";
import { readRowText, rowTextSql } from "../online-rows.js";

/**
 * How a view's row is kept in Redis: one hash per user, one field per view, and in it a stamp of fixed length
 * (what state of the database it was read from, then its event time; both digits, so that they compare as text), then
 * a JSON list of the event time and the values as PostgreSQL prints them, which read back exactly.
 */
const FILL_DIGITS = 20;
export const STAMP_DIGITS = FILL_DIGITS + 8;

/**
 * SQL: a number that is greater for every later state of the database than for any earlier one. A commit either moves
 * the first transaction id that is not assigned, or shortens the list of those in progress before it.
 */
export const STATE_NUMBER = `
  (pg_snapshot_xmax(pg_current_snapshot())::text::numeric * 100000 + 99999
    - least(99999, (select count(*) from pg_snapshot_xip(pg_current_snapshot()))))::text`;

export const fillStamp = (fill: string): string => fill.padStart(FILL_DIGITS, "0");

const sha8 = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 8);

/** A view whose features changed has another field: processes of both definitions can share the hash. */
export function fieldOf(view: FeatureView): string {
  const columns = view.features.map((name) => `${name}:${columnOf(view, name).type}`);
  return `${view.name}:${sha8(columns.join("\t"))}`;
}

export const fieldsSignature = (deployment: Deployment): string =>
  sha8(deployment.views.map(fieldOf).join("\t"));

/** SQL: per row of the online table the user's key and the stamped text; `$1` is the stamp, `$2` the users where not all are asked for. */
export function stampedRowsSql(key: string, view: FeatureView, users: "all" | "some"): string {
  return `
    select ${quote(key)} as key, $1::text || to_char(as_of, 'YYYYMMDD') || ${rowTextSql(view)} as row
    from ${quote(onlineTableName(view))}${users === "some" ? ` where ${quote(key)} = any($2)` : ""}`;
}

/** Without its stamp. */
export const rowText = (stamped: string): string => stamped.slice(STAMP_DIGITS);

export const readRow = (view: FeatureView, stamped: string): ViewRow => readRowText(view, rowText(stamped));

/**
 * Atomic in the server. A field keeps what was read from a later state, or in one state what has the later event
 * time: a process that was frozen in the middle of a fill or a push and wakes up late changes nothing.
 * KEYS: hash. ARGV: field, stamped row.
 */
export const WRITE_SCRIPT = `
local held = redis.call('HGET', KEYS[1], ARGV[1])
if held and string.sub(held, 1, ${STAMP_DIGITS}) > string.sub(ARGV[2], 1, ${STAMP_DIGITS}) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1`;

/** Removes what this fill did not write: users withdrawn, views that are gone. KEYS: hash. ARGV: the fill's stamp. */
export const SWEEP_SCRIPT = `
local removed = 0
local held = redis.call('HGETALL', KEYS[1])
for i = 1, #held, 2 do
  if string.sub(held[i + 1], 1, ${FILL_DIGITS}) < ARGV[1] then
    redis.call('HDEL', KEYS[1], held[i])
    removed = removed + 1
  end
end
return removed`;
