import { decodeCursor, type Page, type PageRequest, toPage } from "../db/page.js";
import type { Queryable } from "../db/pool.js";
import type { Artifact, Metric, Run, RunEvent, RunFilter, RunKind, RunOrder, RunStep } from "./run.js";

const RUN = `
  id, kind, status, params, actor, created_at as "createdAt", started_at as "startedAt",
  finished_at as "finishedAt", ${durationMs("runs")} as "durationMs", attempt, error, environment,
  git_commit as "gitCommit", result, validation, snapshot_id as "snapshotId"`;

function durationMs(table: string): string {
  return `extract(epoch from coalesce(${table}.finished_at, clock_timestamp()) - ${table}.started_at)::float8 * 1000`;
}

/** No cast of id: pg gives a bigint as text anyway, and `order by id` would order by the alias, as text. */
export const RUN_EVENT = `
  id, run_id as "runId", kind, at, type, status, step, message, progress, data`;

/** As PostgreSQL writes one in UTC. */
const INSTANT = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Reads what runs left behind. */
export class RunStore {
  constructor(private readonly db: Queryable) {}

  async find(id: string): Promise<Run | null> {
    return (await this.findByIds([id]))[0]!;
  }

  async findByIds(ids: readonly string[]): Promise<(Run | null)[]> {
    const { rows } = await this.db.query<Run>(`select ${RUN} from runs where id = any($1)`, [
      ids.filter((id) => UUID.test(id)),
    ]);
    const byId = new Map(rows.map((run) => [run.id, run]));
    return ids.map((id) => byId.get(id.toLowerCase()) ?? null);
  }

  async list(filter: RunFilter, order: RunOrder, page: PageRequest): Promise<Page<Run>> {
    const where = conditions(filter);
    const { key, direction } = ORDERS[order];
    const total = await this.db.query<{ count: number }>(
      `select count(*)::int as count from runs where ${where.sql}`,
      where.values,
    );
    const values = [...where.values];
    let after = "true";
    if (page.after) {
      const cursor = decodeCursor(page.after, 2, ORDERS[order].fits);
      values.push(cursor[0], cursor[1]);
      const [k, id] = [`$${values.length - 1}`, `$${values.length}`];
      after = `(${key}, id) ${direction === "asc" ? ">" : "<"} (${k}::${ORDERS[order].type}, ${id}::uuid)`;
    }
    values.push(page.first + 1);
    const { rows } = await this.db.query<Run & { cursor: string | number }>(
      `select ${RUN}, (${key})::text as cursor from runs where ${where.sql} and ${after}
       order by ${key} ${direction}, id ${direction} limit $${values.length}`,
      values,
    );
    return toPage(
      rows,
      page.first,
      total.rows[0]!.count,
      ({ cursor: _, ...run }) => run,
      (row) => [row.cursor, row.id],
    );
  }

  async steps(runIds: readonly string[]): Promise<RunStep[][]> {
    return this.#byRun<RunStep>(
      runIds,
      `select run_id as "runId", name, status, started_at as "startedAt", finished_at as "finishedAt",
         ${durationMs("run_steps")} as "durationMs", attempt
       from run_steps where run_id = any($1) order by ordinal`,
    );
  }

  async metrics(runIds: readonly string[]): Promise<Metric[][]> {
    return this.#byRun<Metric>(
      runIds,
      `select run_id as "runId", name, value, step, at from run_metrics where run_id = any($1) order by name, step`,
    );
  }

  async artifacts(runIds: readonly string[]): Promise<Artifact[][]> {
    return this.#byRun<Artifact>(
      runIds,
      `select run_id as "runId", name, media_type as "mediaType", bytes::float8 as bytes, sha256
       from artifacts where run_id = any($1) order by name`,
    );
  }

  async events(runId: string | null, after: string | null, first: number): Promise<RunEvent[]> {
    if (runId !== null && !UUID.test(runId)) return [];
    const { rows } = await this.db.query<RunEvent>(
      `select ${RUN_EVENT} from run_events where id > $1 and ($2::uuid is null or run_id = $2) order by id limit $3`,
      [after ?? "0", runId, first],
    );
    return rows;
  }

  async lastSucceeded(kinds: RunKind[]): Promise<Run | null> {
    const { rows } = await this.db.query<Run>(
      `select ${RUN} from runs where kind = any($1) and status = 'SUCCEEDED' order by finished_at desc limit 1`,
      [kinds],
    );
    return rows[0] ?? null;
  }

  async #byRun<T>(runIds: readonly string[], sql: string): Promise<T[][]> {
    const { rows } = await this.db.query<T & { runId: string }>(sql, [runIds]);
    const byRun = new Map<string, T[]>(runIds.map((id) => [id, []]));
    for (const { runId, ...row } of rows) byRun.get(runId)!.push(row as T);
    return runIds.map((id) => byRun.get(id)!);
  }
}

type Key = readonly (string | number)[];
const isCreated = ([at, id]: Key): boolean => INSTANT.test(String(at)) && UUID.test(String(id));
const isDuration = ([seconds, id]: Key): boolean =>
  Number.isFinite(Number(seconds)) && seconds !== "" && UUID.test(String(id));

const ORDERS = {
  CREATED_DESC: { key: "created_at", type: "timestamptz", direction: "desc", fits: isCreated },
  CREATED_ASC: { key: "created_at", type: "timestamptz", direction: "asc", fits: isCreated },
  DURATION_DESC: {
    key: "coalesce(extract(epoch from finished_at - started_at)::float8, -1)",
    type: "float8",
    direction: "desc",
    fits: isDuration,
  },
} as const;

function conditions(filter: RunFilter): { sql: string; values: unknown[] } {
  const parts: string[] = [];
  const values: unknown[] = [];
  const add = (sql: (parameter: string) => string, value: unknown) => {
    if (value === undefined || value === null) return;
    values.push(value);
    parts.push(sql(`$${values.length}`));
  };
  add((p) => `kind = ${p}`, filter.kind);
  add((p) => `status = ${p}`, filter.status);
  add((p) => `params->>'asOf' = ${p}`, filter.asOf);
  add((p) => `params->>'model' = ${p}`, filter.model);
  if (filter.metric) {
    const { name, min, max } = filter.metric;
    // The last value of the series is the run's value of that metric.
    add(
      (p) => `exists (
        select 1 from (
          select value from run_metrics m where m.run_id = runs.id and m.name = ${p} order by step desc limit 1
        ) last where ${bound(">=", min)} and ${bound("<=", max)})`,
      name,
    );
  }
  return { sql: parts.length ? parts.join(" and ") : "true", values };
}

/** A number compared inside SQL text: finite by GraphQL's Float, so it prints as a literal. */
function bound(operator: ">=" | "<=", limit: number | null | undefined): string {
  return limit === null || limit === undefined ? "true" : `value ${operator} ${Number(limit)}::float8`;
}
