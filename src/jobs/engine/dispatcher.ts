import { randomUUID } from "node:crypto";
import { DBOSClient } from "@dbos-inc/dbos-sdk";
import { type Client, type Pool, withTransaction } from "../../db/pool.js";
import { ConflictError, RunNotCancellableError, RunNotFoundError } from "../../errors/errors.js";
import { currentRequest } from "../../observability/request-scope.js";
import type { Run } from "../../registry/run.js";
import { RunStore } from "../../registry/run-store.js";
import { RunTracker } from "../../registry/run-tracker.js";
import type { ExecutedKind } from "../run-kind.js";
import { runKinds } from "../run-kinds.js";
import { refuseChild } from "./child-run.js";
import { DBOS_SCHEMA } from "./dbos-internals.js";
import { APPLICATION, APPLICATION_VERSION, systemDatabaseUrl, WORKFLOW, workflowId } from "./engine.js";

/** Enqueues, cancels and resumes workflows in DBOS, from any process; only an engine executes them. */
export type RunClient = DBOSClient;

/** @param pool the connections that it uses, which are not ended with it; absent: two of its own */
export function connectClient(url: string, pool?: Pool): Promise<RunClient> {
  return DBOSClient.create({
    systemDatabaseUrl: systemDatabaseUrl(url),
    ...(pool ? { systemDatabasePool: pool } : { systemDatabasePoolSize: 2 }),
    systemDatabaseSchemaName: DBOS_SCHEMA,
    applicationName: APPLICATION,
  });
}

/** Which request starts a run; of a run that another one or the clock starts, nothing. */
function origin(): { requestId: string | undefined; traceParent: string | undefined } {
  const request = currentRequest();
  return { requestId: request?.id, traceParent: request?.traceparent };
}

/** Puts runs into their queues, from any process: some worker executes them. */
export class Dispatcher {
  readonly #store: RunStore;

  /** @param runId the id of the next run, for callers that must start it at most once */
  constructor(
    private readonly pool: Pool,
    private readonly client: DBOSClient,
    private readonly runId?: string,
  ) {
    this.#store = new RunStore(pool);
  }

  /**
   * Creates and queues the run in one transaction: either both are there or neither.
   * @param beside what is written with it, once the run is there
   */
  async start(
    kind: ExecutedKind,
    params: Record<string, unknown>,
    actor: string,
    beside?: (tx: Client, runId: string) => Promise<void>,
  ): Promise<Run> {
    const id = this.runId ?? randomUUID();
    const started = this.runId === undefined ? null : await this.#store.find(id);
    if (started) return started;
    await withTransaction(this.pool, async (tx) => {
      await new RunTracker(tx).create({ id, kind: kind.name, params, actor, ...origin() });
      await beside?.(tx, id);
      await this.#enqueue(tx, id, kind, 1);
    });
    return (await this.#store.find(id))!;
  }

  /**
   * @throws {RunNotFoundError}
   * @throws {RunNotCancellableError} it has ended, or has already published
   */
  async cancel(runId: string, actor: string): Promise<Run> {
    const run = await this.#find(runId);
    await refuseChild(this.pool, run.id, "cancel");
    const cancelled = await withTransaction(this.pool, (tx) => new RunTracker(tx).cancel(run.id, actor));
    if (!cancelled) throw new RunNotCancellableError(run.id, (await this.#find(runId)).status);
    if (runKinds.find(run.kind)?.executed !== "elsewhere")
      await this.client.cancelWorkflow(workflowId(run.id, run.attempt));
    return this.#find(runId);
  }

  /**
   * The same run once more, as its next attempt, from its first step.
   * @throws {RunNotFoundError}
   * @throws {ConflictError} it has not failed and was not cancelled
   */
  async retry(runId: string, actor: string): Promise<Run> {
    const run = await this.#find(runId);
    const kind = runKinds.find(run.kind);
    await refuseChild(this.pool, run.id, "retry");
    if (!kind) {
      throw new ConflictError(
        `run ${run.id} is of kind ${run.kind}, which this release does not know; retry it there`,
      );
    }
    if (kind.executed === "elsewhere") throw new ConflictError(`run ${run.id} ${kind.notRetried}`);
    await withTransaction(this.pool, async (tx) => {
      const attempt = await new RunTracker(tx).requeue(run.id, actor, origin());
      if (attempt === null) {
        throw new ConflictError(
          `run ${run.id} is ${run.status}; only FAILED and CANCELLED runs can be retried`,
        );
      }
      await this.#enqueue(tx, run.id, kind, attempt);
    });
    return this.#find(runId);
  }

  /** Deletes what DBOS keeps of an ended run's attempts: its inputs, steps and results. */
  async forget(runId: string, attempts: number): Promise<void> {
    await this.client.deleteWorkflows(Array.from({ length: attempts }, (_, k) => workflowId(runId, k + 1)));
  }

  async #find(runId: string): Promise<Run> {
    const run = await this.#store.find(runId);
    if (!run) throw new RunNotFoundError(runId);
    return run;
  }

  async #enqueue(tx: Client, runId: string, { name, queue }: ExecutedKind, attempt: number): Promise<void> {
    await this.client.enqueueInTransaction(
      tx,
      {
        queueName: queue,
        workflowName: WORKFLOW,
        workflowID: workflowId(runId, attempt),
        appVersion: APPLICATION_VERSION,
        applicationName: APPLICATION,
      },
      runId,
      name,
      attempt,
    );
  }
}
