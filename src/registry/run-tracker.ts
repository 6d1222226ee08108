import type { Queryable } from "../db/pool.js";
import type { RunEventType } from "./event-types.js";
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
    await this.db.query(
      `insert into runs (id, kind, status, params, actor, request_id, trace_parent)
       values ($1, $2, 'QUEUED', $3, $4, $5, $6)`,
      [run.id, run.kind, run.params, run.actor, run.requestId, run.traceParent],
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
      `update runs set status = 'RUNNING', started_at = coalesce(started_at, clock_timestamp()), environment = $3,
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
    const { rowCount } = await this.db.query(
      `update runs set status = 'CANCELLED', finished_at = greatest(clock_timestamp(), started_at) where id = $1 and status in ('QUEUED', 'RUNNING') and result is null`,
      [runId],
    );
    if (!rowCount) return false;
    await this.db.query(
      `update run_steps set status = 'CANCELLED', finished_at = greatest(clock_timestamp(), started_at) where run_id = $1 and status = 'RUNNING'`,
      [runId],
    );
    await this.event(runId, { type: "STATUS", message: `cancelled by ${actor}` });
    await this.#cancelChildren(runId, actor);
    return true;
  }

  /** Candidates and trials end with the run that executes them. */
  async #cancelChildren(runId: string, actor: string): Promise<void> {
    const { rows } = await this.db.query<{ id: string }>(
      `update runs set status = 'CANCELLED', finished_at = greatest(clock_timestamp(), started_at)
       where parent_run_id = $1 and status in ('QUEUED', 'RUNNING') returning id`,
      [runId],
    );
    await this.db.query(
      `update run_steps set status = 'CANCELLED', finished_at = greatest(clock_timestamp(), started_at) where run_id = any($1) and status = 'RUNNING'`,
      [rows.map(({ id }) => id)],
    );
    for (const { id } of rows) {
      await this.event(id, { type: "STATUS", message: `cancelled with run ${runId} by ${actor}` });
    }
  }

  /** Puts an ended run back into the queue as its next attempt, which it returns; null where it has not ended badly. */
  async requeue(
    runId: string,
    actor: string,
    { requestId, traceParent }: Pick<NewRun, "requestId" | "traceParent"> = {},
  ): Promise<number | null> {
    const { rows } = await this.db.query<{ attempt: number }>(
      `update runs set status = 'QUEUED', attempt = attempt + 1, started_at = null, finished_at = null, error = null,
         result = null, validation = null, request_id = $2, trace_parent = $3
       where id = $1 and status in ('FAILED', 'CANCELLED') returning attempt`,
      [runId, requestId, traceParent],
    );
    if (!rows[0]) return null;
    await this.db.query("delete from run_steps where run_id = $1", [runId]);
    await this.event(runId, {
      type: "STATUS",
      message: `queued again by ${actor}, attempt ${rows[0].attempt}`,
    });
    return rows[0].attempt;
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

  /** The process stops in good order: whoever goes on with these attempts, by their workflows' ids, finds no death. */
  async handedOver(workflowIds: readonly string[]): Promise<void> {
    await this.db.query(`update run_steps s set handed_over = true ${RUNNING_STEPS}`, [workflowIds]);
  }

  /** Whoever executed these attempts is gone; unless it handed them over, it died of something. */
  async died(workflowIds: readonly string[]): Promise<void> {
    await this.db.query(
      `update run_steps s set deaths = deaths + (not handed_over)::int, handed_over = false ${RUNNING_STEPS}`,
      [workflowIds],
    );
  }

  /** How many processes died in this step without getting further. */
  async deaths(runId: string, step: string): Promise<number> {
    const { rows } = await this.db.query<{ deaths: number }>(
      "select deaths from run_steps where run_id = $1 and name = $2",
      [runId, step],
    );
    return rows[0]?.deaths ?? 0;
  }

  /** A part of its step is done: what died before it died of something else. */
  async gotFurther(runId: string): Promise<void> {
    await this.db.query("update run_steps set deaths = 0 where run_id = $1 and status = 'RUNNING'", [runId]);
  }

  /** Appends one event; its id is the cursor, in the order events become visible. */
  async event(runId: string, event: NewEvent): Promise<void> {
    await this.db.query("select asof_append_run_event($1, $2, $3, $4, $5, $6, $7)", [
      runId,
      ...eventValues(event),
    ]);
  }

  /** What an attempt says while it works; nothing of it comes behind the run's end. */
  async tell({ runId, attempt }: Attempt, event: NewEvent): Promise<void> {
    await this.#change(
      "select id from runs where id = $1 and attempt = $2 and status = 'RUNNING' for share",
      [runId, attempt],
      event,
    );
  }

  /**
   * One statement changes the run and tells so: a process that dies leaves neither without the other. Where the
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
    await this.db.query(
      `insert into run_metrics (run_id, name, step, value)
       select $1, name, step, value from unnest($2::text[], $3::bigint[], $4::float8[]) m(name, step, value)
       on conflict (run_id, name, step) do update set value = excluded.value, at = excluded.at`,
      [runId, metrics.map((m) => m.name), metrics.map((m) => m.step ?? 0), metrics.map((m) => m.value)],
    );
  }

  async saveValidation(runId: string, report: ValidationReport): Promise<void> {
    await this.db.query("update runs set validation = $2 where id = $1", [runId, JSON.stringify(report)]);
  }

  /** The point of no return: what the run came for is done, in the same transaction as this. */
  async saveResult(runId: string, result: Record<string, unknown>): Promise<void> {
    await this.db.query("update runs set result = $2 where id = $1", [runId, result]);
  }

  async addParams(runId: string, params: Record<string, unknown>): Promise<void> {
    await this.db.query("update runs set params = params || $2 where id = $1", [runId, params]);
  }

  async saveSnapshot(runId: string, snapshotId: number): Promise<void> {
    await this.db.query("update runs set snapshot_id = $2 where id = $1", [runId, snapshotId]);
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
