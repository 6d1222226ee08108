import { randomUUID } from "node:crypto";
import { DBOSClient } from "@dbos-inc/dbos-sdk";
import { type Client, type Pool, withTransaction } from "../db/pool.js";
import { ConflictError, RunNotCancellableError, RunNotFoundError } from "../errors/errors.js";
import type { Run, RunKind } from "../registry/run.js";
import { RunStore } from "../registry/run-store.js";
import { RunTracker } from "../registry/run-tracker.js";
import {
  APPLICATION,
  APPLICATION_VERSION,
  DBOS_SCHEMA,
  systemDatabaseUrl,
  WORKFLOW,
  workflowId,
} from "./engine.js";
import type { QueueName } from "./job.js";

const QUEUES: Record<RunKind, QueueName> = {
  INGEST: "asof_data",
  MATERIALIZE: "asof_data",
  TRAIN: "asof_training",
  TRAIN_AND_COMPARE: "asof_training",
  REPRODUCE: "asof_training",
  VERIFY_PARITY: "asof_data",
  EXPORT: "asof_export",
};

/** Puts runs into their queues, from any process: some worker executes them. */
export class Dispatcher {
  readonly #store: RunStore;

  private constructor(
    private readonly pool: Pool,
    private readonly client: DBOSClient,
  ) {
    this.#store = new RunStore(pool);
  }

  static async connect(pool: Pool, url: string): Promise<Dispatcher> {
    const client = await DBOSClient.create({
      systemDatabaseUrl: systemDatabaseUrl(url),
      systemDatabaseSchemaName: DBOS_SCHEMA,
      systemDatabasePoolSize: 2,
      applicationName: APPLICATION,
    });
    return new Dispatcher(pool, client);
  }

  async close(): Promise<void> {
    await this.client.destroy();
  }

  /** Creates and queues the run in one transaction: either both are there or neither. */
  async start(kind: RunKind, params: Record<string, unknown>, actor: string): Promise<Run> {
    const id = randomUUID();
    await withTransaction(this.pool, async (tx) => {
      await new RunTracker(tx).create({ id, kind, params, actor });
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
    const cancelled = await withTransaction(this.pool, (tx) => new RunTracker(tx).cancel(run.id, actor));
    if (!cancelled) throw new RunNotCancellableError(run.id, (await this.#find(runId)).status);
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
    await withTransaction(this.pool, async (tx) => {
      const attempt = await new RunTracker(tx).requeue(run.id, actor);
      if (attempt === null) {
        throw new ConflictError(
          `run ${run.id} is ${run.status}; only FAILED and CANCELLED runs can be retried`,
        );
      }
      await this.#enqueue(tx, run.id, run.kind, attempt);
    });
    return this.#find(runId);
  }

  async #find(runId: string): Promise<Run> {
    const run = await this.#store.find(runId);
    if (!run) throw new RunNotFoundError(runId);
    return run;
  }

  async #enqueue(tx: Client, runId: string, kind: RunKind, attempt: number): Promise<void> {
    await this.client.enqueueInTransaction(
      tx,
      {
        queueName: QUEUES[kind],
        workflowName: WORKFLOW,
        workflowID: workflowId(runId, attempt),
        appVersion: APPLICATION_VERSION,
        applicationName: APPLICATION,
      },
      runId,
      kind,
      attempt,
    );
  }
}
