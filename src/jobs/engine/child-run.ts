import type { Client, Pool, Queryable } from "../../db/pool.js";
import { ConflictError } from "../../errors/errors.js";
import { RunTracker } from "../../registry/run-tracker.js";
import type { Result, RunContext, StepContext } from "../run-kind.js";
import type { TrainParams } from "../training/train-params.js";
import { derivedRunId } from "./derived-run-id.js";
import { publicRunError, recordFailure } from "./run-errors.js";
import { StepReporter } from "./step-reporter.js";
import { RunSupersededError } from "./superseded.js";

/** One candidate or trial: a TRAIN run of its own, executed within one step of its parent. */
export interface Child {
  /** Unique among the parent's children, `trial 7`; names the run. */
  name: string;
  params: TrainParams;
  tags: Record<string, string>;
}

export interface ChildContext extends StepContext {
  readonly runId: string;
  /** In one transaction, if the parent may still write: what `write` does, and the child's success with its result. */
  succeed(write: (tx: Client) => Promise<Result>): Promise<void>;
}

/** What a child is, whatever kind its parent is of. */
const KIND = "TRAIN";

/**
 * Runs `work` as the child, unless the child has succeeded already, in an earlier attempt or before a crash. A failure is
 * the child's, and is thrown on; an abort leaves it as it is: the parent was cancelled, and its children with it, or
 * another process goes on with it.
 */
export async function runChild(
  pool: Pool,
  parent: RunContext,
  step: StepContext,
  child: Child,
  work: (context: ChildContext) => Promise<void>,
): Promise<string> {
  const runId = derivedRunId(parent.runId, child.name);
  if (!(await begin(parent, runId, child))) return runId;
  const tracker = new RunTracker(pool);
  const attempt = { runId, attempt: parent.attempt };
  if (!(await tracker.stepStarted(attempt, "fit", 0))) throw new RunSupersededError(runId);
  const reporter = new StepReporter(tracker, attempt, "fit", step.signal);
  try {
    await work(childContext(parent, step, reporter, { runId, name: child.name }));
  } catch (error) {
    await reporter.settled();
    if (!step.signal.aborted && !(error instanceof RunSupersededError)) {
      await recordFailure(pool, attempt, publicRunError(error, "fit"));
    }
    throw error;
  }
  return runId;
}

function childContext(
  parent: RunContext,
  step: StepContext,
  reporter: StepReporter,
  { runId, name }: { runId: string; name: string },
): ChildContext {
  return {
    runId,
    signal: step.signal,
    progress: (share, message, data) => {
      reporter.progress(share, message, data);
      step.progress(share, `${name}: ${message}`, { ...data, runId });
    },
    log: (message, data) => reporter.log(message, data),
    succeed: async (write) => {
      await reporter.settled();
      await parent.write(async (tx, tracker) => {
        const attempt = { runId, attempt: parent.attempt };
        const result = await write(tx);
        await tracker.stepEnded(attempt, "fit", "SUCCEEDED", "fit finished");
        await tracker.resetDeaths(parent.runId);
        if (!(await tracker.succeed(attempt, result))) throw new RunSupersededError(runId);
      });
    },
  };
}

/** False where the child has succeeded already. */
async function begin(parent: RunContext, runId: string, child: Child): Promise<boolean> {
  const { params, name, tags } = child;
  return parent.write(async (tx, tracker) => {
    const { rowCount } = await tx.query(
      `insert into runs (id, kind, status, params, actor, attempt, environment, git_commit, snapshot_id, started_at,
         parent_run_id, name, tags, request_id)
       select $2, $7, 'RUNNING', $3, actor, attempt, environment, git_commit, $4, clock_timestamp(), id, $5, $6, request_id
       from runs where id = $1
       on conflict (id) do update set status = 'RUNNING', attempt = excluded.attempt, error = null, result = null,
         environment = excluded.environment, git_commit = excluded.git_commit, finished_at = null,
         started_at = excluded.started_at
       where runs.status <> 'SUCCEEDED'`,
      [parent.runId, runId, params, params.snapshot.id, name, tags, KIND],
    );
    if (rowCount === 0) return false;
    const message = `running as ${name} of run ${parent.runId}`;
    await tracker.event(runId, { type: "STATUS", status: "RUNNING", message });
    return true;
  });
}

/** @throws {ConflictError} the run is executed within another one, which is the one to cancel or to retry */
export async function refuseChild(db: Queryable, runId: string, action: string): Promise<void> {
  const { rows } = await db.query<{ parent: string | null }>(
    "select parent_run_id as parent from runs where id = $1",
    [runId],
  );
  const parent = rows[0]?.parent;
  if (!parent) return;
  throw new ConflictError(`run ${runId} is part of run ${parent}; ${action} that one`, { runId, parent });
}
