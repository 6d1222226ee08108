import { type Queryable, quote } from "../db/pool.js";
import type { Deployment, Source } from "../definitions/language/deployment.js";
import { keyOf } from "../definitions/language/entities.js";
import type { UnexpectedRow } from "../registry/run.js";
import { noteUnfit, unfitTable } from "./quarantine-notes.js";
import { stagingTable } from "./staging.js";

export interface FoundRows {
  count: number;
  /** The first 20. */
  sample: UnexpectedRow[];
}

/**
 * Counts and samples what a query finds unexpected, and notes all of it where it is to be quarantined.
 * @param rowsSql selects `line`, `key` and `value`
 * @param number the expectation's, where its rows are noted; null where they are not
 */
export async function findUnexpected(
  db: Queryable,
  runId: string,
  rowsSql: string,
  number: number | null,
): Promise<FoundRows> {
  const { rows } = await db.query<{ count: number; line: number; key: string; value: string }>(
    `with unexpected as materialized (${rowsSql})
     select (select count(*)::int from unexpected) as count, line, key, value from unexpected order by line limit 20`,
  );
  if (rows.length > 0 && number !== null) await noteUnfit(db, runId, number, rowsSql);
  const sample = rows.map(({ line, key, value }) => ({ line, key, value: value.slice(0, 300) }));
  return { count: rows[0]?.count ?? 0, sample };
}

/**
 * Selects the rows of a source whose column holds no key of the target: neither one of this delivery nor one that
 * was published before. The key of a row that is to be quarantined is one of this delivery: who refers to it follows it.
 * @param misshapen the number under which rows of the target are noted that could not be staged
 */
export function unknownRows(
  deployment: Deployment,
  runId: string,
  source: Source,
  target: Source,
  columnName: string,
  misshapen: number | null,
): string {
  const [key, column] = [quote(keyOf(deployment, source)), `s.${quote(columnName)}::text`];
  const known = quote(keyOf(deployment, target));
  const unfit = `and not exists (select 1 from ${unfitTable(runId)} t where t.rule = ${misshapen} and t.key = ${column})`;
  return `select s.line, s.${key} as key, ${column} as value from ${stagingTable(runId, source)} s
    where ${column} is not null
      and not exists (select 1 from ${stagingTable(runId, target)} t where t.${known} = ${column})
      and not exists (select 1 from ${quote(target.name)} t where t.${known} = ${column})
      ${misshapen === null ? "" : unfit}`;
}
