import { DBOS } from "@dbos-inc/dbos-sdk";
import type { Logger } from "pino";
import type { RunEnvironment } from "../registry/environment.js";
import type { Run, RunError } from "../registry/run.js";
import type { RunStore } from "../registry/run-store.js";
import type { RunTracker } from "../registry/run-tracker.js";
import { type Job, type JobContext, RunSupersededError, type StepContext } from "./job.js";
import { isTransient, publicRunError } from "./run-errors.js";
import { StepReporter } from "./step-reporter.js";

export interface ExecutionParts {
  store: RunStore;
  tracker: RunTracker;
  environment: RunEnvironment;
  logger: Logger;
}

/** One run being executed in this process: its steps made durable by DBOS, its life written to the tracker. */
export class Execution {
  readonly #abort = new AbortController();
  #ordinal = 0;
  #step: string | null = null;
  #handedOver = false;

  constructor(
    private readonly parts: ExecutionParts,
    private readonly runId: string,
    private readonly attempt: number,
  ) {}

  cancel(): void {
    this.#abort.abort(new RunSupersededError(this.runId));
  }

  /** The process stops: the run stays as it is, for another process to continue from its last finished step. */
  handOver(): void {
    this.#handedOver = true;
    this.#abort.abort(new Error("the process is stopping"));
  }

  /** The body of the workflow. Calls of DBOS.runStep come in the same order each time it is continued. */
  async run(job: Job): Promise<void> {
    const { tracker } = this.parts;
    try {
      const run = await DBOS.runStep(() => this.#begin(), { name: "begin", ...RETRY });
      if (!run) return;
      const result = await job.execute(this.#context(run.params));
      await DBOS.runStep(() => tracker.succeed(this.runId, result), { name: "end", ...RETRY });
    } catch (error) {
      if (this.#handedOver) await new Promise(() => {}); // never settles: the workflow stays pending
      if (this.#abort.signal.aborted || error instanceof RunSupersededError) return;
      if ((error as Error).name === "DBOSWorkflowCancelledError") throw error;
      const failure = publicRunError(error, this.#step);
      this.parts.logger.warn({ runId: this.runId, step: this.#step, err: error }, "run failed");
      await DBOS.runStep(() => this.#fail(failure), { name: "end", ...RETRY });
    } finally {
      if (!this.#handedOver) await job.cleanUp?.(this.runId).catch(() => {});
    }
  }

  async #begin(): Promise<Pick<Run, "params"> | null> {
    const { store, tracker, environment } = this.parts;
    const run = await store.find(this.runId);
    if (run?.attempt !== this.attempt) return null;
    const started = await tracker.start(this.runId, environment.recorded, environment.gitCommit);
    return started ? { params: run.params } : null;
  }

  async #fail(failure: RunError): Promise<void> {
    if (failure.step) await this.parts.tracker.stepEnded(this.runId, failure.step, "FAILED", failure.message);
    await this.parts.tracker.fail(this.runId, failure);
  }

  #context(params: Record<string, unknown>): JobContext {
    return {
      runId: this.runId,
      attempt: this.attempt,
      params,
      step: (name, work) => {
        const ordinal = this.#ordinal++;
        return DBOS.runStep(() => this.#runStep(name, ordinal, work), { name, ...RETRY });
      },
    };
  }

  async #runStep<T>(name: string, ordinal: number, work: (step: StepContext) => Promise<T>): Promise<T> {
    const { tracker } = this.parts;
    this.#abort.signal.throwIfAborted();
    this.#step = name;
    await tracker.stepStarted(this.runId, name, ordinal);
    const reporter = new StepReporter(tracker, this.runId, name, this.#abort.signal);
    const startedAt = performance.now();
    const result = await work(reporter);
    await reporter.settled();
    this.#abort.signal.throwIfAborted();
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(2);
    await tracker.stepEnded(this.runId, name, "SUCCEEDED", `${name} finished in ${seconds} s`);
    this.#step = null;
    return result;
  }
}

/** Lost connections and serialisation failures are tried again; everything else fails the run at once. */
const RETRY = {
  retriesAllowed: true,
  maxAttempts: 6,
  intervalSeconds: 0.5,
  backoffRate: 2,
  shouldRetry: isTransient,
};
