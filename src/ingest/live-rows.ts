import { type Client, quote } from "../db/pool.js";
import { comparedSide, isWide, rowOf } from "../db/wide-rows.js";
import type { Source } from "../definitions/language/deployment.js";
import type { Publication } from "./publication.js";
import { stagingTable } from "./staging.js";

/** What publishing did to one live table. */
export interface TableCounts {
  rows: number;
  inserted: number;
  updated: number;
  unchanged: number;
}

/**
 * A live row keeps the date it holds from, so that a late month never overwrites a newer one. Rows that would
 * not change are not written.
 */
export async function upsertLive(
  tx: Client,
  keyName: string,
  source: Source,
  { runId, asOf }: Publication,
): Promise<TableCounts> {
  const key = quote(keyName);
  const live = quote(source.name);
  const staged = stagingTable(runId, source);
  const columns = Object.keys(source.columns).map(quote);
  const held = comparedSide(live, "l", [key, "as_of"], columns);
  const differs = `${held.row} is distinct from ${rowOf("s", columns)}`;
  const outdated = `(l.as_of < $1::date or (l.as_of = $1::date and ${differs}))`;
  const counted = await tx.query<{ rows: number; inserted: number; updated: number; outdated: number }>(
    `select count(*)::int as rows, count(*) filter (where l.${key} is null)::int as inserted,
       count(*) filter (where l.as_of <= $1 and ${differs})::int as updated,
       count(*) filter (where ${outdated})::int as outdated
     from ${staged} s left join ${held.from} on l.${key} = s.${key}`,
    [asOf],
  );
  const { rows, inserted, updated, outdated: written } = counted.rows[0]!;
  // Only publications write live tables, one at a time: what was counted a moment ago still is so. Two statements
  // that look out for no conflicts are in sooner than an upsert, and rows that stay are not even locked.
  if (written > 0) {
    await tx.query(
      `update ${live} ${isWide(columns.length) ? "o" : "l"}
       set ${columns.map((column) => `${column} = s.${column}`).join(", ")}, as_of = $1::date
       from ${staged} s ${isWide(columns.length) ? `join ${held.from} on l.${key} = s.${key} where s.${key} = o.${key}` : `where s.${key} = l.${key}`}
         and ${outdated}`,
      [asOf],
    );
  }
  if (inserted > 0) {
    const isNew = `where not exists (select 1 from ${live} l where l.${key} = s.${key})`;
    await tx.query(
      `insert into ${live} (${key}, ${columns.join(", ")}, as_of)
       select ${key}, ${columns.join(", ")}, $1::date from ${staged} s ${inserted === rows ? "" : isNew} order by ${key}`,
      [asOf],
    );
  }
  return { rows, inserted, updated, unchanged: rows - inserted - updated };
}
