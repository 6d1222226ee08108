import { type Client, withTransaction } from "../../db/pool.js";
import { AsofError, RunNotCancellableError } from "../../errors/errors.js";
import { DEFAULT_EXPERIMENT } from "../../registry/experiments.js";
import { type EndStatus, endRun } from "../../registry/external-runs.js";
import { ModelStore } from "../../registry/model-store.js";
import { RunStore } from "../../registry/run-store.js";
import { derivedRunId } from "../engine/derived-run-id.js";
import type { Resources, RunContext, StepContext } from "../run-kind.js";
import type { TrainExternallyParams } from "./train-externally-params.js";

/** The EXTERNAL run of an attempt, which its command may log to and its version is registered from. */
export const trainerRunOf = ({ runId, attempt }: Pick<RunContext, "runId" | "attempt">): string =>
  derivedRunId(runId, `trainer ${attempt}`);

/** The EXPORT run of an attempt. */
export const exportRunOf = ({ runId, attempt }: Pick<RunContext, "runId" | "attempt">): string =>
  derivedRunId(runId, `export ${attempt}`);

/** Begun by the first execution of the attempt; the next finds it. */
export async function beginTrainerRun(run: RunContext<TrainExternallyParams>): Promise<string> {
  const id = trainerRunOf(run);
  const { command, seed, testFraction, params, export: exported } = run.params;
  const logged = { command, seed, testFraction, asOf: exported.months.at(-1)!.asOf, params };
  await run.write(async (tx, tracker) => {
    const { rowCount } = await tx.query(
      `insert into runs (id, kind, status, params, actor, attempt, environment, git_commit, started_at,
         parent_run_id, name, request_id, experiment_id)
       select $2, 'EXTERNAL', 'RUNNING', $3, actor, 1, '{}', null, clock_timestamp(), id, $4, request_id, $5
       from runs where id = $1 on conflict (id) do nothing`,
      [run.runId, id, logged, `command ${command}`, DEFAULT_EXPERIMENT],
    );
    if (rowCount === 0) return;
    const message = `running as the training command of run ${run.runId}`;
    await tracker.event(id, { type: "STATUS", status: "RUNNING", message });
  });
  return id;
}

/** What fails a step of the run fails the command's run before it. */
export async function failingTrainer<T>(
  run: RunContext,
  { signal }: StepContext,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // Anything else may be tried again, or by another process.
    if (!signal.aborted && error instanceof AsofError)
      await run.write((tx) => endTrainer(tx, trainerRunOf(run), "FAILED", error.message, run.runId));
    throw error;
  }
}

/** One that registered a version has ended with that. */
async function endTrainer(
  tx: Client,
  trainer: string,
  status: EndStatus,
  reason: string | null,
  runId: string,
): Promise<void> {
  const { rowCount } = await tx.query(
    "select 1 from runs where id = $1 and status = 'RUNNING' for no key update",
    [trainer],
  );
  if (rowCount === 1) await endRun(tx, trainer, status, reason, `run ${runId}`);
}

/** Of a run that has ended, all attempts: what it began and what does not go on without it ends, too. */
export async function endWhatItBegan(runId: string, { pool, cancel }: Resources): Promise<void> {
  const runs = new RunStore(pool);
  const run = await runs.find(runId);
  if (!run || run.status === "SUCCEEDED") return;
  const status = run.status === "CANCELLED" ? "CANCELLED" : "FAILED";
  const actor = `run ${runId}`;
  for (let attempt = 1; attempt <= run.attempt; attempt++) {
    const trainer = trainerRunOf({ runId, attempt });
    const judging = (await new ModelStore(pool).findOwn(trainer)).flatMap(({ judgedBy }) => judgedBy ?? []);
    for (const id of [exportRunOf({ runId, attempt }), ...judging]) {
      const found = await runs.find(id);
      if (found?.status === "QUEUED" || found?.status === "RUNNING") await cancel(id, actor).catch(ended);
    }
    const reason = run.error?.message ?? null;
    await withTransaction(pool, (tx) => endTrainer(tx, trainer, status, reason, runId));
  }
}

/** It has, between the two looks. */
function ended(error: unknown): void {
  if (!(error instanceof RunNotCancellableError)) throw error;
}
