import { decodeCursor, type PageRequest, type Slice, toSlice } from "../db/page.js";
import type { Queryable } from "../db/pool.js";
import type { MetricOrder, Run, RunCount, RunFilter, RunOrder } from "./run.js";
import { type RunQuery, runQuery } from "./run-query.js";
import { RUN_LIST } from "./run-store.sql.js";

type ListedRun = Run & { cursor: string };

/** How far a page is looked for in the order of the list, before all that fits is looked for. */
const WINDOW = 1_000;
/** How far a list is counted: one without conditions by its index alone, others row by row. */
const COUNT_LIMIT = { whole: 100_000, filtered: 5_000 };

/** Pages of runs, by any filter and order. */
export class RunLists {
  constructor(private readonly db: Queryable) {}

  /**
   * By keyset: as fast on the last page as on the first, and nothing shifts while runs are added. Where runs that fit are
   * common, some of the next thousand or two in the list fill the page; where they are not, they are so few that they are found first
   * and put in order then. Neither way walks a list from end to end, whatever the planner expects.
   */
  async list(filter: RunFilter, order: RunOrder | MetricOrder, page: PageRequest): Promise<Slice<Run>> {
    const query = runQuery(filter, order);
    const rows =
      (query.where.length > 0 && (await this.#pageOf(query, page, true))) ||
      (await this.#pageOf(query, page, false))!;
    return toSlice(
      rows,
      page,
      ({ cursor: _, ...run }) => run,
      (row) => [query.label, row.cursor, row.id],
    );
  }

  /** @returns null where the window did not fill the page */
  async #pageOf(
    query: RunQuery,
    { first, after }: PageRequest,
    windowed: boolean,
  ): Promise<ListedRun[] | null> {
    const { from, where, range, key, tie, direction } = query;
    const values = [...query.values];
    const inside = [...range];
    if (after) {
      const isOurs = ([list, ...at]: readonly (string | number)[]) => list === query.label && query.fits(at);
      const [, at, id] = decodeCursor(after, 3, isOurs);
      values.push(at, id);
      const cursor = `$${values.length - 1}::${query.keyType}, $${values.length}::uuid`;
      inside.push(`(${key}, ${tie}) ${direction === "asc" ? ">" : "<"} (${cursor})`);
    }
    const order = `order by key ${direction}, tie ${direction}`;
    const limit = first + 1;
    const listed = `select ${key} as key, ${tie} as tie`;
    const found = windowed
      ? `select key, tie from (
           ${listed}, id, attributes, created_at, experiment_id, deleted_at from ${from} where ${inside.join(" and ") || "true"}
           ${order} limit ${WINDOW + 2 * limit}
         ) near where ${where.join(" and ")}`
      : `${listed} from ${from} where ${[...inside, ...where].join(" and ") || "true"}`;
    // Materialized where there are conditions: a planner that expects many to fit would walk the list in its order.
    const { rows } = await this.db.query<ListedRun>(
      `with found as ${where.length > 0 ? "" : "not "}materialized (${found}),
         page as (select key, tie from found ${order} limit ${limit})
       select ${RUN_LIST}, key::text as cursor from page join runs on id = tie ${order}`,
      values,
    );
    return windowed && rows.length < limit ? null : rows;
  }

  /** How long `list` would be altogether, up to a limit: counting on would take longer than it is worth. */
  async count(filter: RunFilter, order: RunOrder | MetricOrder): Promise<RunCount> {
    const { from, where, range, values } = runQuery(filter, order);
    const conditions = [...range, ...where];
    // What is put aside is in no index that a list is counted by.
    const limit = where.length === 0 && range.length === 1 ? COUNT_LIMIT.whole : COUNT_LIMIT.filtered;
    const { rows } = await this.db.query<{ count: number }>(
      `select count(*)::int as count from (
         select 1 from ${from} where ${conditions.join(" and ") || "true"} limit ${limit + 1}
       ) counted`,
      values,
    );
    const { count } = rows[0]!;
    return { count: Math.min(count, limit), exact: count <= limit };
  }
}
