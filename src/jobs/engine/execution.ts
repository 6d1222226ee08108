import { setTimeout as delay } from "node:timers/promises";
import { DBOS, Error as DBOSErrors } from "@dbos-inc/dbos-sdk";
import type { Logger } from "pino";
import { withTransaction } from "../../db/pool.js";
import { isTransient } from "../../db/transient.js";
import { ProcessDiedError } from "../../errors/process-died.js";
import { inSpan } from "../../observability/tracing.js";
import type { RunEnvironment } from "../../registry/environment.js";
import type { Run } from "../../registry/run.js";
import { RunStore } from "../../registry/run-store.js";
import { type Attempt, RunTracker } from "../../registry/run-tracker.js";
import type { ExecutedKind, Resources, RunContext, StepContext } from "../run-kind.js";
import { storedParams } from "../stored-params.js";
import { keptFailure, publicRunError, recordFailure } from "./run-errors.js";
import { StepReporter } from "./step-reporter.js";
import { RunSupersededError, requireCurrent } from "./superseded.js";

export interface ExecutionParts {
  resources: Resources;
  store: RunStore;
  tracker: RunTracker;
  environment: RunEnvironment;
  logger: Logger;
  /** Called for each attempt that ends in this process. */
  ended?(run: Run): void;
}

/**
 * Processes that may die in one step before the run fails. Without a limit, a run that kills its process would move from
 * process to process for ever: DBOS counts only the recoveries of one executor.
 */
const MAX_DEATHS = 5;

/** One run being executed in this process: its steps made durable by DBOS, its life written to the tracker. */
export class Execution {
  readonly #abort = new AbortController();
  #ordinal = 0;
  #step: string | null = null;
  #handedOver = false;
  #ended = false;
  #log: Logger;
  #traceParent: string | null = null;

  constructor(
    private readonly parts: ExecutionParts,
    private readonly attempt: Attempt,
    private readonly isOwned: () => Promise<boolean>,
  ) {
    this.#log = parts.logger.child({ runId: attempt.runId, attempt: attempt.attempt });
  }

  cancel(): void {
    this.#abort.abort(new RunSupersededError(this.attempt.runId));
  }

  /** Notices a cancellation whose notification was lost with the connection. */
  async cancelIfSuperseded(): Promise<void> {
    const run = await this.parts.store.find(this.attempt.runId);
    if (run && (run.status === "CANCELLED" || run.attempt !== this.attempt.attempt)) this.cancel();
  }

  /** The process stops: the run stays as it is, for another process to continue from its last finished step. */
  handOver(): void {
    this.#handedOver = true;
    this.#abort.abort(new Error("the process is stopping"));
  }

  /** The body of the workflow. Calls of DBOS.runStep come in the same order each time it is continued. */
  async run(kind: ExecutedKind): Promise<void> {
    const { tracker } = this.parts;
    try {
      // What earlier releases kept of the run here is not read: the run's row has it, and does not change.
      if (!(await DBOS.runStep(() => this.#begin(), { name: "begin", ...RETRY }))) return;
      const run = await this.#loadRun();
      if (!run) return;
      this.#log.info("run goes on in this process");
      const result = await kind.execute(this.#context(storedParams(kind.params, run)), this.parts.resources);
      await this.#end(() => tracker.succeed(this.attempt, result));
    } catch (error) {
      if (this.#handedOver) await forever();
      if (isDisowned(error)) throw error;
      if (this.#abort.signal.aborted || error instanceof RunSupersededError) return;
      const failure = publicRunError(error, this.#step);
      this.#log.warn({ step: this.#step, err: error }, "run failed");
      await this.#end(() => recordFailure(this.parts.resources.pool, this.attempt, failure));
    } finally {
      if (!this.#handedOver) await this.#cleanUp(kind);
    }
  }

  /** Reads the run at the start of each execution. From here on, log lines and spans carry its id. */
  async #loadRun(): Promise<Run | null> {
    const { store, logger } = this.parts;
    const { runId, attempt } = this.attempt;
    const run = await whileAway(() => store.find(runId));
    if (!run) return null;
    this.#traceParent = await whileAway(() => store.traceParent(runId));
    const { kind, actor, requestId } = run;
    this.#log = logger.child({ runId, kind, attempt, actor, reqId: requestId ?? undefined });
    return run;
  }

  #begin(): Promise<boolean> {
    const { tracker, environment } = this.parts;
    return tracker.start(this.attempt, environment.recorded, environment.gitCommit);
  }

  async #end(write: () => Promise<boolean>): Promise<void> {
    if (this.#handedOver) await forever();
    await DBOS.runStep(write, { name: "end", ...RETRY });
    this.#ended = true;
  }

  /** Only for a run that has ended: one that continues, here or elsewhere, still needs its staged rows. */
  async #cleanUp(kind: ExecutedKind): Promise<void> {
    const { store } = this.parts;
    try {
      const run = await store.find(this.attempt.runId);
      if (!run || run.status === "QUEUED" || run.status === "RUNNING") return;
      // A newer attempt, or one that was taken over, is reported by the process that executes it.
      if (run.attempt === this.attempt.attempt && (this.#ended || run.status === "CANCELLED")) {
        const ms = run.durationMs === null ? null : Math.round(run.durationMs);
        this.#log.info({ status: run.status, ms }, "run ended");
        this.parts.ended?.(run);
      }
      await kind.cleanUp(run.id, this.parts.resources);
    } catch (error) {
      this.#log.warn({ err: error }, "cleaning up after a run failed");
    }
  }

  #context(params: unknown): RunContext {
    const { pool } = this.parts.resources;
    const write: RunContext["write"] = (work) =>
      withTransaction(pool, async (tx) => {
        await requireCurrent(tx, this.attempt);
        return work(tx, new RunTracker(tx));
      });
    return {
      ...this.attempt,
      params,
      step: async (name, work) => {
        if (this.#handedOver) await forever();
        const ordinal = this.#ordinal++;
        // Here, not in the step: a failure that is only replayed is this step's, too.
        this.#step = name;
        const traced = () =>
          inSpan(
            `step ${name}`,
            () => ({ "asof.run_id": this.attempt.runId, "asof.attempt": this.attempt.attempt }),
            () => this.#runStep(name, ordinal, work),
            this.#traceParent,
          );
        const result = await DBOS.runStep(traced, { name, ...RETRY });
        this.#step = null;
        return result;
      },
      requireCurrent: (tx) => requireCurrent(tx, this.attempt),
      write,
      writeOnce: (work) =>
        write(async (tx, tracker) => {
          const run = (await new RunStore(tx).find(this.attempt.runId))!;
          // Committed, but the process died before the step's checkpoint.
          if (run.result) return run.result as Awaited<ReturnType<typeof work>>;
          const result = await work(tx, run);
          await tracker.saveResult(run.id, result);
          return result;
        }),
    };
  }

  async #runStep<T>(name: string, ordinal: number, work: (step: StepContext) => Promise<T>): Promise<T> {
    try {
      return await this.#work(name, ordinal, work);
    } catch (error) {
      // Any outcome would be checkpointed, and the process that continues the run would take it for the step's.
      if (this.#handedOver) await forever();
      if (isDisowned(error) || this.#abort.signal.aborted || error instanceof RunSupersededError) throw error;
      throw await keptFailure(this.parts.resources.pool, this.attempt.runId, error);
    }
  }

  async #work<T>(name: string, ordinal: number, work: (step: StepContext) => Promise<T>): Promise<T> {
    const { tracker } = this.parts;
    const { runId } = this.attempt;
    this.#abort.signal.throwIfAborted();
    if (!(await this.isOwned())) throw new RunSupersededError(runId);
    const deaths = await tracker.deaths(runId, name);
    if (deaths >= MAX_DEATHS) throw new ProcessDiedError(runId, name, deaths);
    if (!(await tracker.stepStarted(this.attempt, name, ordinal))) throw new RunSupersededError(runId);
    const reporter = new StepReporter(tracker, this.attempt, name, this.#abort.signal);
    const startedAt = performance.now();
    const result = await work(reporter).finally(() => reporter.settled());
    this.#abort.signal.throwIfAborted();
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(2);
    const message = `${name} finished in ${seconds} s`;
    if (!(await tracker.stepEnded(this.attempt, name, "SUCCEEDED", message)))
      throw new RunSupersededError(runId);
    return result;
  }
}

/** The workflow was cancelled or belongs to another process now: DBOS sees to it, nothing is to be written. */
const isDisowned = (error: unknown): boolean =>
  error instanceof DBOSErrors.DBOSWorkflowConflictError ||
  error instanceof DBOSErrors.DBOSWorkflowCancelledError;

/** Of a run that is handed over: neither succeeds nor fails here, so that its workflow stays pending. */
const forever = (): Promise<never> => new Promise(() => {});

/** Lost connections and serialisation failures are tried again; everything else fails the run at once. */
export const RETRY = {
  retriesAllowed: true,
  maxAttempts: 6,
  intervalSeconds: 0.5,
  backoffRate: 2,
  shouldRetry: isTransient,
};

/** Reads again while the database is away, as a step does; unlike a step's, what is read is not kept. */
async function whileAway<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (attempt === RETRY.maxAttempts || !isTransient(error)) throw error;
      await delay(RETRY.intervalSeconds * 1000 * RETRY.backoffRate ** (attempt - 1));
    }
  }
}
