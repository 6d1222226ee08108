import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { PgUpdateSetSource } from "drizzle-orm/pg-core";
import type { Queryable } from "../db/pool.js";
import { runSteps, runs } from "../db/tables/runs.js";
import { ask, find, isAnyOf, jsonbValue } from "../db/typed.js";
import { MASKED_COLUMNS } from "./environment.js";
import type { RunEventType } from "./event-types.js";
import { replacePoints } from "./metric-points.js";
import type { RunError, RunStatus, ValidationReport } from "./run.js";

export interface NewRun {
  id: string;
  kind: string;
  params: Record<string, unknown>;
  actor: string;
  requestId?: string | undefined;
  traceParent?: string | undefined;
}

export interface NewEvent {
  type: RunEventType;
  message: string;
  status?: RunStatus | null;
  step?: string | null;
  progress?: number | null;
  data?: Record<string, unknown> | null;
}

/** Who writes: what an attempt says after a later one took its place, or after the run's end, is dropped. */
export interface Attempt {
  runId: string;
  attempt: number;
}

const RUNNING_STEPS = `from runs r
  where r.id = s.run_id and s.status = 'RUNNING' and r.id::text || ':' || r.attempt = any($1)`;

/**
 * Writes what runs do: their status, steps, events, metrics and results. Every change is also an event. Nothing ends before
 * it began, though the clock be set back meanwhile.
 */
export class RunTracker {
  constructor(private readonly db: Queryable) {}

  async create(run: NewRun): Promise<void> {
    const { requestId: request_id, traceParent: trace_parent, ...row } = run;
    await ask(this.db, (query) =>
      query
        .insert(runs)
        .values({ ...row, params: jsonbValue(run.params), status: "QUEUED", request_id, trace_parent }),
    );
    await this.event(run.id, { type: "STATUS", message: "queued" });
  }

  /** False where the run was cancelled, or a later attempt has taken its place. */
  start(
    { runId, attempt }: Attempt,
    environment: Record<string, unknown>,
    gitCommit: string | null,
  ): Promise<boolean> {
    return this.#change(
      `update runs set status = 'RUNNING', started_at = coalesce(started_at, clock_timestamp()),
         -- Of earlier attempts' words it must not be said that they left out more than they did.
         environment = case when started_at is null or (environment->'${MASKED_COLUMNS}') @> ($3::jsonb->'${MASKED_COLUMNS}')
           then $3::jsonb else $3::jsonb - '${MASKED_COLUMNS}' end,
         git_commit = $4 where id = $1 and attempt = $2 and status in ('QUEUED', 'RUNNING') returning id`,
      [runId, attempt, environment, gitCommit],
      { type: "STATUS", status: "RUNNING", message: "running" },
    );
  }

  succeed({ runId, attempt }: Attempt, result: Record<string, unknown>): Promise<boolean> {
    return this.#change(
      `update runs set status = 'SUCCEEDED', finished_at = greatest(clock_timestamp(), started_at), result = $3, error = null
       where id = $1 and attempt = $2 and status = 'RUNNING' returning id`,
      [runId, attempt, result],
      { type: "STATUS", status: "SUCCEEDED", message: "succeeded", progress: 1, data: result },
    );
  }

  fail({ runId, attempt }: Attempt, error: RunError): Promise<boolean> {
    return this.#change(
      `update runs set status = 'FAILED', finished_at = greatest(clock_timestamp(), started_at), error = $3
       where id = $1 and attempt = $2 and status in ('QUEUED', 'RUNNING') returning id`,
      [runId, attempt, error],
      {
        type: "STATUS",
        status: "FAILED",
        message: `failed: ${error.message}`,
        step: error.step,
        data: { ...error },
      },
    );
  }

  /** False where the run has ended, or has published what it came for: then it only finishes. */
  async cancel(runId: string, actor: string): Promise<boolean> {
    if ((await this.#cancelRuns(and(eq(runs.id, runId), isNull(runs.result)))).length === 0) return false;
    await this.event(runId, { type: "STATUS", message: `cancelled by ${actor}` });
    // Candidates and trials end with the run that executes them.
    for (const id of await this.#cancelRuns(eq(runs.parent_run_id, runId)))
      await this.event(id, { type: "STATUS", message: `cancelled with run ${runId} by ${actor}` });
    return true;
  }

  /** Those that have not ended, and their steps; returns their ids. */
  async #cancelRuns(which: SQL | undefined): Promise<string[]> {
    const cancelled = { status: "CANCELLED", finished_at: sql`greatest(clock_timestamp(), started_at)` };
    const ended = await ask(this.db, (query) =>
      query
        .update(runs)
        .set(cancelled)
        .where(and(which, isAnyOf(runs.status, ["QUEUED", "RUNNING"])))
        .returning({ id: runs.id }),
    );
    const ids = ended.map(({ id }) => id);
    const theirs = and(isAnyOf(runSteps.run_id, ids), eq(runSteps.status, "RUNNING"));
    if (ids.length > 0) await ask(this.db, (query) => query.update(runSteps).set(cancelled).where(theirs));
    return ids;
  }

  /** Puts an ended run back into the queue as its next attempt, which it returns; null where it has not ended badly. */
  async requeue(
    runId: string,
    actor: string,
    { requestId, traceParent }: Pick<NewRun, "requestId" | "traceParent"> = {},
  ): Promise<number | null> {
    const [requeued] = await ask(this.db, (query) =>
      query
        .update(runs)
        .set({
          ...{ status: "QUEUED", attempt: sql`${runs.attempt} + 1`, started_at: null, finished_at: null },
          ...{ error: null, result: null, validation: null },
          ...{ request_id: requestId ?? null, trace_parent: traceParent ?? null },
        })
        .where(and(eq(runs.id, runId), isAnyOf(runs.status, ["FAILED", "CANCELLED"])))
        .returning({ attempt: runs.attempt }),
    );
    if (!requeued) return null;
    await ask(this.db, (query) => query.delete(runSteps).where(eq(runSteps.run_id, runId)));
    await this.event(runId, {
      type: "STATUS",
      message: `queued again by ${actor}, attempt ${requeued.attempt}`,
    });
    return requeued.attempt;
  }

  /** False where the run was cancelled, or a later attempt has taken its place. */
  stepStarted({ runId, attempt }: Attempt, step: string, ordinal: number): Promise<boolean> {
    return this.#change(
      `insert into run_steps (run_id, name, ordinal, status, attempt, started_at)
       select id, $3, $4, 'RUNNING', 1, clock_timestamp() from runs
       where id = $1 and attempt = $2 and status = 'RUNNING' for share
       on conflict (run_id, name) do update set status = 'RUNNING', attempt = run_steps.attempt + 1,
         started_at = clock_timestamp(), finished_at = null
       returning run_id as id, case when attempt > 1 then ', attempt ' || attempt else '' end as note`,
      [runId, attempt, step, ordinal],
      { type: "STEP", step, status: "RUNNING", message: `${step} started`, progress: 0 },
    );
  }

  /** False where the run was cancelled, or a later attempt has taken its place. */
  stepEnded(
    { runId, attempt }: Attempt,
    step: string,
    status: "SUCCEEDED" | "FAILED",
    message: string,
  ): Promise<boolean> {
    return this.#change(
      `update run_steps s set status = $4, finished_at = greatest(clock_timestamp(), s.started_at) from runs r
       where r.id = $1 and r.attempt = $2 and r.status = 'RUNNING' and s.run_id = r.id and s.name = $3
         and (s.status = 'RUNNING' or $4 = 'SUCCEEDED') returning r.id`,
      [runId, attempt, step, status],
      { type: "STEP", step, status, message, progress: status === "SUCCEEDED" ? 1 : null },
    );
  }

  /** The process stops cleanly: continuing these attempts elsewhere does not count as a death. */
  async handedOver(workflowIds: readonly string[]): Promise<void> {
    await this.db.query(`update run_steps s set handed_over = true ${RUNNING_STEPS}`, [workflowIds]);
  }

  /** The process of these attempts is gone; unless it handed them over, that counts as a death. */
  async died(workflowIds: readonly string[]): Promise<void> {
    await this.db.query(
      `update run_steps s set deaths = deaths + (not handed_over)::int, handed_over = false ${RUNNING_STEPS}`,
      [workflowIds],
    );
  }

  /** How many processes died in this step without getting further. */
  async deaths(runId: string, step: string): Promise<number> {
    const isIt = and(eq(runSteps.run_id, runId), eq(runSteps.name, step));
    const [found] = await find<{ deaths: number }>(this.db, { deaths: runSteps.deaths }, (select) =>
      select.from(runSteps).where(isIt),
    );
    return found?.deaths ?? 0;
  }

  /** A part of the step is done, so earlier deaths of the process had another cause. */
  async resetDeaths(runId: string): Promise<void> {
    const isUnderWay = and(eq(runSteps.run_id, runId), eq(runSteps.status, "RUNNING"));
    await ask(this.db, (query) => query.update(runSteps).set({ deaths: 0 }).where(isUnderWay));
  }

  /** Appends one event; its id is the cursor, in the order events become visible. */
  async event(runId: string, event: NewEvent): Promise<void> {
    await this.db.query("select asof_append_run_event($1, $2, $3, $4, $5, $6, $7)", [
      runId,
      ...eventValues(event),
    ]);
  }

  /** Appends the same event to each of these runs: one statement and one notice, however many there are. */
  async eventOfEach(
    runIds: readonly string[],
    { type, message }: Pick<NewEvent, "type" | "message">,
  ): Promise<void> {
    if (runIds.length === 0) return;
    // As `asof_append_run_event` takes it: events become visible in the order of their ids.
    await this.db.query("select pg_advisory_xact_lock(hashtextextended('asof_run_events', 0))");
    await this.db.query(
      `insert into run_events (run_id, kind, at, type, status, message)
       select r.id, r.kind, clock_timestamp(), $2, r.status, $3 from runs r where r.id = any($1::uuid[])`,
      [runIds, type, message],
    );
    await this.db.query("select pg_notify('asof_run_events', '')");
  }

  /** Appends an event of an attempt while it runs; once the run has ended, nothing. */
  async appendAttemptEvent({ runId, attempt }: Attempt, event: NewEvent): Promise<void> {
    await this.#change(
      "select id from runs where id = $1 and attempt = $2 and status = 'RUNNING' for share",
      [runId, attempt],
      event,
    );
  }

  /**
   * One statement changes the run and appends the event, so a crash cannot leave one without the other. Where the
   * change applied it returns the run's `id`, and a `note` to end the message with, if any.
   */
  async #change(change: string, values: unknown[], event: NewEvent): Promise<boolean> {
    const at = values.length;
    const { rowCount } = await this.db.query(
      `with changed as (${change})
       select asof_append_run_event(id, $${at + 1}, $${at + 2}, $${at + 3},
         concat($${at + 4}::text, to_jsonb(changed)->>'note'), $${at + 5}, $${at + 6}) from changed`,
      [...values, ...eventValues(event)],
    );
    return rowCount === 1;
  }

  async saveMetrics(
    runId: string,
    metrics: readonly { name: string; value: number; step?: number }[],
  ): Promise<void> {
    await replacePoints(this.db, runId, metrics);
  }

  saveValidation(runId: string, validation: ValidationReport): Promise<void> {
    return this.#update(runId, { validation: jsonbValue(validation) });
  }

  /** The point of no return: what the run came for is done, in the same transaction as this. */
  saveResult(runId: string, result: Record<string, unknown>): Promise<void> {
    return this.#update(runId, { result: jsonbValue(result) });
  }

  addParams(runId: string, params: Record<string, unknown>): Promise<void> {
    return this.#update(runId, { params: sql`${runs.params} || ${jsonbValue(params)}` });
  }

  saveSnapshot(runId: string, snapshotId: number): Promise<void> {
    return this.#update(runId, { snapshot_id: snapshotId });
  }

  async #update(runId: string, columns: PgUpdateSetSource<typeof runs>): Promise<void> {
    await ask(this.db, (query) => query.update(runs).set(columns).where(eq(runs.id, runId)));
  }
}

const eventValues = ({ type, status, step, message, progress, data }: NewEvent): unknown[] => [
  type,
  status ?? null,
  step ?? null,
  message,
  progress ?? null,
  data ?? null,
];
