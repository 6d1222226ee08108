import { and, desc, eq, sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";
import { decodeCursor, type PageRequest, type Slice, toSlice } from "../db/page.js";
import type { Queryable } from "../db/pool.js";
import { artifacts, runEvents, runSteps, runs } from "../db/tables/runs.js";
import { type Fields, find, isAnyOf, selectList } from "../db/typed.js";
import { QueryTooComplexError } from "../errors/limit-errors.js";
import type {
  Artifact,
  Metric,
  MetricOrder,
  Run,
  RunCount,
  RunEvent,
  RunFilter,
  RunOrder,
  RunStep,
} from "./run.js";
import { type RunQuery, runQuery, UUID } from "./run-query.js";

type Timed = { started_at: AnyPgColumn; finished_at: AnyPgColumn };

/** Of what has not ended until now; never negative, though the clock be set back meanwhile. */
const durationMs = ({ started_at: from, finished_at }: Timed) => {
  const to = sql`coalesce(${finished_at}, clock_timestamp())`;
  return sql`extract(epoch from greatest(${to}, ${from}) - ${from})::float8 * 1000`;
};

const RUN: Fields<Run> = {
  id: runs.id,
  kind: runs.kind,
  status: runs.status,
  params: runs.params,
  actor: runs.actor,
  createdAt: runs.created_at,
  startedAt: runs.started_at,
  finishedAt: runs.finished_at,
  durationMs: durationMs(runs),
  attempt: runs.attempt,
  error: runs.error,
  environment: runs.environment,
  gitCommit: runs.git_commit,
  result: runs.result,
  validation: runs.validation,
  snapshotId: runs.snapshot_id,
  name: runs.name,
  tags: runs.tags,
  note: runs.note,
  requestId: runs.request_id,
  parentRunId: runs.parent_run_id,
};

/** A column's own name, not an expression's alias, is what `order by id` then orders by. */
export const RUN_EVENT = selectList<RunEvent>({
  id: runEvents.id,
  runId: runEvents.run_id,
  kind: runEvents.kind,
  at: runEvents.at,
  type: runEvents.type,
  status: runEvents.status,
  step: runEvents.step,
  message: runEvents.message,
  progress: runEvents.progress,
  data: runEvents.data,
});

const STEP: Fields<RunStep & { runId: string; ordinal: number }> = {
  runId: runSteps.run_id,
  name: runSteps.name,
  status: runSteps.status,
  startedAt: runSteps.started_at,
  finishedAt: runSteps.finished_at,
  durationMs: durationMs(runSteps),
  attempt: runSteps.attempt,
  ordinal: runSteps.ordinal,
};

const ARTIFACT: Fields<Artifact> = {
  name: artifacts.name,
  mediaType: artifacts.media_type,
  bytes: sql`${artifacts.bytes}::float8`,
  sha256: artifacts.sha256,
};

const RUN_LIST = selectList(RUN);
const STEP_LIST = selectList(STEP);
const ARTIFACT_LIST = selectList(ARTIFACT);

type ListedRun = Run & { cursor: string };

/** How far a page is looked for in the order of the list, before all that fits is looked for. */
const WINDOW = 1_000;
/** How far a list is counted: one without conditions by its index alone, others row by row. */
const COUNT_LIMIT = { whole: 100_000, filtered: 5_000 };
export const METRICS_SHOWN = 10_000;
/** What the runs of one statement may have together: more is neither read to its end nor held in memory. */
const ROWS_TOGETHER = 100_000;

/** Reads what runs left behind. */
export class RunStore {
  constructor(private readonly db: Queryable) {}

  async find(id: string): Promise<Run | null> {
    return (await this.findByIds([id]))[0]!;
  }

  async findByIds(ids: readonly string[]): Promise<(Run | null)[]> {
    const known = ids.filter((id) => UUID.test(id));
    const rows = await find(this.db, RUN, (select) => select.from(runs).where(isAnyOf(runs.id, known)));
    const byId = new Map(rows.map((run) => [run.id, run]));
    return ids.map((id) => byId.get(id.toLowerCase()) ?? null);
  }

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
           ${listed}, id, attributes, created_at from ${from} where ${inside.join(" and ") || "true"}
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
    const limit = conditions.length === 0 ? COUNT_LIMIT.whole : COUNT_LIMIT.filtered;
    const { rows } = await this.db.query<{ count: number }>(
      `select count(*)::int as count from (
         select 1 from ${from} where ${conditions.join(" and ") || "true"} limit ${limit + 1}
       ) counted`,
      values,
    );
    const { count } = rows[0]!;
    return { count: Math.min(count, limit), exact: count <= limit };
  }

  async steps(runIds: readonly string[]): Promise<RunStep[][]> {
    return this.#byRun<RunStep>(
      runIds,
      `select ${STEP_LIST} from run_steps where run_id = any($1)`,
      "ordinal",
    );
  }

  /**
   * Of each run the first `METRICS_SHOWN` points, by name and step; `metricHistory` pages through any series.
   * @throws {QueryTooComplexError} the runs have more than `ROWS_TOGETHER` points together
   */
  async metrics(runIds: readonly string[]): Promise<Metric[][]> {
    return this.#byRun<Metric>(
      runIds,
      `select r.run_id as "runId", m.name, m.value, m.step::float8 as step, m.at from unnest($1::uuid[]) r(run_id) cross join lateral (
         select name, value, step, at from run_metrics where run_id = r.run_id order by name, step limit ${METRICS_SHOWN}
       ) m`,
      "name, step",
    );
  }

  /**
   * Of each series the point of its greatest step, by name.
   * @throws {QueryTooComplexError} the runs have more than `ROWS_TOGETHER` series together
   */
  async latestMetrics(runIds: readonly string[], names?: readonly string[]): Promise<Metric[][]> {
    return this.#byRun<Metric>(
      runIds,
      `select run_id as "runId", name, value, step::float8 as step, at from run_latest_metrics
       where run_id = any($1)${names ? " and name = any($2)" : ""}`,
      "name",
      names && [names],
    );
  }

  /** One series of each run. @param after the step after which to go on; from the first where null */
  async metricHistory(
    runIds: readonly string[],
    name: string,
    first: number,
    after: number | null,
  ): Promise<Metric[][]> {
    return this.#byRun<Metric>(
      runIds,
      `select r.run_id as "runId", m.name, m.value, m.step::float8 as step, m.at from unnest($1::uuid[]) r(run_id) cross join lateral (
         select name, value, step, at from run_metrics
         where run_id = r.run_id and name = $2 and ($3::bigint is null or step > $3) order by step limit $4
       ) m`,
      "step",
      [name, after, first],
    );
  }

  /** Of each run the first by name. @param after the name after which to go on; from the first where null */
  async artifacts(
    runIds: readonly string[],
    first: number | null = null,
    after: string | null = null,
  ): Promise<Artifact[][]> {
    return this.#byRun<Artifact>(
      runIds,
      `select r.run_id as "runId", a.* from unnest($1::uuid[]) r(run_id) cross join lateral (
         select ${ARTIFACT_LIST} from artifacts
         where run_id = r.run_id and ($2::text is null or name > $2) order by name limit $3
       ) a`,
      "name",
      [after, first],
    );
  }

  /** Of each run the first events after the cursor, oldest first. */
  async events(runIds: readonly string[], after: string | null, first: number): Promise<RunEvent[][]> {
    const { rows } = await this.db.query<RunEvent>(
      `select e.* from unnest($1::uuid[]) r(run_id) cross join lateral (
         select ${RUN_EVENT} from run_events where run_id = r.run_id and id > $2 order by id limit $3
       ) e order by e.id`,
      [runIds, after ?? "0", first],
    );
    const byRun = new Map<string, RunEvent[]>(runIds.map((id) => [id, []]));
    for (const event of rows) byRun.get(event.runId)!.push(event);
    return runIds.map((id) => byRun.get(id)!);
  }

  /** The first candidates and trials of runs, in the order they were begun. */
  async children(parentIds: readonly string[], first: number): Promise<Run[][]> {
    return this.#byRun<Run>(
      parentIds,
      `select c.*, p.of as "runId" from unnest($1::uuid[]) p(of) cross join lateral (
         select ${RUN_LIST} from runs where parent_run_id = p.of order by created_at, id limit $2
       ) c`,
      '"createdAt", id',
      [first],
    );
  }

  /** The W3C traceparent of the request that started it. */
  async traceParent(id: string): Promise<string | null> {
    const [run] = await find<{ traceParent: string | null }>(
      this.db,
      { traceParent: runs.trace_parent },
      (select) => select.from(runs).where(eq(runs.id, id)),
    );
    return run?.traceParent ?? null;
  }

  async lastSucceeded(kinds: string[]): Promise<Run | null> {
    const isMeant = and(isAnyOf(runs.kind, kinds), eq(runs.status, "SUCCEEDED"));
    const [last] = await find(this.db, RUN, (select) =>
      select.from(runs).where(isMeant).orderBy(desc(runs.finished_at)).limit(1),
    );
    return last ?? null;
  }

  /** The newest ingest of each `source` text; null where there was none. */
  async lastIngests(sources: readonly string[]): Promise<(Run | null)[]> {
    const { rows } = await this.db.query<Run & { askedSource: string }>(
      `select last.* from unnest($1::text[]) as asked(source) cross join lateral (
         select asked.source as "askedSource", ${RUN_LIST} from runs
         where attributes @> array[asof_param_attribute('source', to_jsonb(asked.source))]
           and kind = 'INGEST' and params->>'source' = asked.source
         order by created_at desc, id desc limit 1) last`,
      [[...new Set(sources)]],
    );
    const bySource = new Map(rows.map(({ askedSource, ...run }) => [askedSource, run]));
    return sources.map((source) => bySource.get(source) ?? null);
  }

  /** @throws {QueryTooComplexError} more rows than one answer should hold, whatever the request asked for besides */
  async #byRun<T>(
    runIds: readonly string[],
    sql: string,
    order: string,
    values: readonly unknown[] = [],
  ): Promise<T[][]> {
    // Cut before it is ordered: what is too much is not read to its end.
    const { rows } = await this.db.query<T & { runId: string }>(
      `select * from (${sql} limit ${ROWS_TOGETHER + 1}) cut order by ${order}`,
      [runIds, ...values],
    );
    if (rows.length > ROWS_TOGETHER) {
      throw new QueryTooComplexError("rows", ROWS_TOGETHER, rows.length, "ask for fewer runs at once");
    }
    const byRun = new Map<string, T[]>(runIds.map((id) => [id, []]));
    for (const { runId, ...row } of rows) byRun.get(runId)!.push(row as T);
    return runIds.map((id) => byRun.get(id)!);
  }
}
