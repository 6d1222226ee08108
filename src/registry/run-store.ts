import { and, desc, eq } from "drizzle-orm";
import type { Queryable } from "../db/pool.js";
import { runs } from "../db/tables/runs.js";
import { find, isAnyOf } from "../db/typed.js";
import { QueryTooComplexError } from "../errors/limit-errors.js";
import type { Artifact, Metric, Run, RunEvent, RunStep } from "./run.js";
import { UUID } from "./run-query.js";
import { ARTIFACT_LIST, RUN_EVENT, RUN_LIST, STEP_LIST, STORED_RUN } from "./run-store.sql.js";

const METRICS_SHOWN = 10_000;
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
    const rows = await find(this.db, STORED_RUN, (select) =>
      select.from(runs).where(isAnyOf(runs.id, known)),
    );
    const byId = new Map(rows.map((run) => [run.id, run]));
    return ids.map((id) => byId.get(id.toLowerCase()) ?? null);
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

  /**
   * One series of each run; all points of a step are on one page.
   * @param after the step after which to go on; from the first where null
   */
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
         where run_id = r.run_id and name = $2 and ($3::bigint is null or step > $3)
         order by step fetch first $4 rows with ties
       ) m`,
      "step, at, value",
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

  /** Of the run's artifact of that name; null where there is none. */
  async artifactSha256(runId: string, name: string): Promise<string | null> {
    const { rows } = await this.db.query<{ sha256: string }>(
      "select sha256 from artifacts where run_id = $1 and name = $2",
      [runId, name],
    );
    return rows[0]?.sha256 ?? null;
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
         select ${RUN_LIST} from runs where parent_run_id = p.of and deleted_at is null order by created_at, id limit $2
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
    const [last] = await find(this.db, STORED_RUN, (select) =>
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
