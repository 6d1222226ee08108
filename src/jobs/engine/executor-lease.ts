import { randomUUID } from "node:crypto";
import type pg from "pg";
import type { Logger } from "pino";
import { createClient } from "../../db/pool.js";
import {
  OF_EXECUTOR,
  OF_WORKFLOW,
  PENDING_WORKFLOWS,
  type PendingWorkflow,
  WAITING_QUEUES,
} from "./dbos-internals.js";

/** Between two looks at what is under way, and where nothing was. */
const MAX_SWEEP_MS = 500;
const IDLE_SWEEP_MS = 2_000;
const RECONNECT_MS = 200;

/** What the lease needs of the engine. */
export interface Workflows {
  isRunning(workflowId: string): boolean;
  resume(runs: OrphanedRuns): Promise<unknown>;
  /** Called with the workflows of a dead executor, before they are resumed. */
  died(workflowIds: readonly string[]): Promise<void>;
}

export interface OrphanedRuns {
  queue: string;
  workflowIds: string[];
}

/**
 * Says which processes live: each executor holds a session advisory lock on its id for as long as it is
 * connected. Pending workflows of an executor whose lock is free belong to a dead process and are resumed here.
 */
export class ExecutorLease {
  readonly executorId = randomUUID();
  #client: pg.Client | null = null;
  #timer: NodeJS.Timeout | null = null;
  #released = false;
  /** Since when an executor's lock has been free, or a workflow of this executor is not executed. */
  readonly #since = new Map<string, number>();

  constructor(
    private readonly url: string,
    private readonly logger: Logger,
    /** How long a lock must be free before its holder counts as dead. */
    private readonly deadAfterMs: number,
  ) {}

  async acquire(): Promise<void> {
    const client = createClient(this.url, "lease");
    client.on("error", () => {}); // "end" follows
    try {
      await client.connect();
      // The id is unique to this process. If it is taken, the server has not yet noticed that our former connection is lost.
      const { rows } = await client.query<{ taken: boolean }>(
        "select pg_try_advisory_lock(hashtextextended($1, 0)) as taken",
        [lockName(this.executorId)],
      );
      if (!rows[0]!.taken) throw new Error("Connection terminated; the former lease is not free yet");
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
    if (this.#released) return client.end();
    client.once("end", () => {
      this.#client = null;
      this.#acquireSoon();
    });
    this.#client = client;
  }

  /**
   * Whether the workflow is still this executor's: one that was cut off, or frozen, may have been taken for dead.
   * @throws {Error} it cannot be known now; transient
   */
  async owns(workflowId: string): Promise<boolean> {
    if (!this.#client) throw new Error("Connection terminated; the executor's lease is being renewed");
    const { rowCount } = await this.#client.query(`${PENDING_WORKFLOWS} and ${OF_WORKFLOW}`, [
      workflowId,
      this.executorId,
    ]);
    return rowCount === 1;
  }

  /** Those of the queues in which a workflow waits. @throws {Error} it cannot be known now; transient */
  async waiting(queues: readonly string[]): Promise<string[]> {
    if (!this.#client) throw new Error("Connection terminated; the executor's lease is being renewed");
    const { rows } = await this.#client.query<{ name: string }>(WAITING_QUEUES, [queues]);
    return rows.map(({ name }) => name);
  }

  /** From now on, hands over the pending workflows of dead executors, and those of this one that nobody executes. */
  watch(workflows: Workflows): void {
    const pauseMs = Math.min(MAX_SWEEP_MS, this.deadAfterMs / 3);
    const sweep = async () => {
      const underWay = await this.#sweep(workflows).catch((error: Error) => {
        this.logger.debug({ err: error }, "recovery sweep failed");
        return true;
      });
      if (!this.#released) this.#timer = setTimeout(sweep, underWay ? pauseMs : IDLE_SWEEP_MS);
    };
    this.#timer = setTimeout(sweep, 0);
  }

  async release(): Promise<void> {
    this.#released = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#client?.end().catch(() => {});
  }

  #acquireSoon(): void {
    if (this.#released) return;
    setTimeout(() => void this.acquire().catch(() => this.#acquireSoon()), RECONNECT_MS);
  }

  /** Whether anything is under way, here or elsewhere. */
  async #sweep(workflows: Workflows): Promise<boolean> {
    const client = this.#client;
    if (!client) return true;
    const { rows } = await client.query<PendingWorkflow>(PENDING_WORKFLOWS);
    const own = rows.filter(
      (row) => row.executorId === this.executorId && !workflows.isRunning(row.workflowId),
    );
    const others = new Set(rows.map((row) => row.executorId).filter((id) => id !== this.executorId));
    const seen = new Set([...others, ...own.map((row) => row.workflowId)]);
    for (const id of this.#since.keys()) if (!seen.has(id)) this.#since.delete(id);
    for (const id of others) await this.#resumeIfDead(client, id, workflows);
    // Claimed, but the answer was lost with the connection; or finished, but the result could not be written to DBOS.
    const stranded = own.filter((row) => this.#lasts(row.workflowId));
    await this.#resume(stranded, "continuing runs that nobody executes", workflows);
    return rows.length > 0;
  }

  /** Whether the condition on `id` has held in every sweep for long enough to be certain. */
  #lasts(id: string): boolean {
    const since = this.#since.get(id) ?? performance.now();
    this.#since.set(id, since);
    return performance.now() - since >= this.deadAfterMs;
  }

  async #resume(rows: readonly PendingWorkflow[], reason: string, { resume }: Workflows): Promise<void> {
    for (const [queue, workflowIds] of byQueue(rows)) {
      this.logger.warn({ workflowIds }, reason);
      await resume({ queue, workflowIds });
    }
  }

  async #resumeIfDead(client: pg.Client, executorId: string, workflows: Workflows): Promise<void> {
    const lock = [lockName(executorId)];
    const { rows } = await client.query<{ free: boolean }>(
      "select pg_try_advisory_lock(hashtextextended($1, 0)) as free",
      lock,
    );
    if (!rows[0]!.free) {
      this.#since.delete(executorId);
      return;
    }
    try {
      if (!this.#lasts(executorId)) return;
      // Read under the lock: another process may have put them back into their queues already.
      const pending = await client.query<PendingWorkflow>(`${PENDING_WORKFLOWS} and ${OF_EXECUTOR}`, [
        executorId,
      ]);
      if (pending.rows.length > 0) await workflows.died(pending.rows.map(({ workflowId }) => workflowId));
      await this.#resume(pending.rows, "continuing the runs of a process that died", workflows);
      this.#since.delete(executorId);
    } finally {
      await client.query("select pg_advisory_unlock(hashtextextended($1, 0))", lock);
    }
  }
}

const lockName = (executorId: string): string => `asof_executor:${executorId}`;

function byQueue(rows: readonly PendingWorkflow[]): Map<string, string[]> {
  const queues = new Map<string, string[]>();
  for (const { workflowId, queue } of rows) {
    if (queue === null) continue;
    queues.set(queue, [...(queues.get(queue) ?? []), workflowId]);
  }
  return queues;
}
