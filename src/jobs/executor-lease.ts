import { randomUUID } from "node:crypto";
import type pg from "pg";
import type { Logger } from "pino";
import { createClient } from "../db/pool.js";

const SWEEP_MS = 500;
const RECONNECT_MS = 200;
/** How long a lock must be free before its holder counts as dead: longer than a reconnect after a server restart. */
const DEAD_AFTER_MS = 1_500;
const PENDING = `
  select executor_id as "executorId", workflow_uuid as "workflowId", queue_name as queue
  from dbos.workflow_status where status = 'PENDING' and application_version is not null`;

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
  readonly #freeSince = new Map<string, number>();

  constructor(
    private readonly url: string,
    private readonly logger: Logger,
  ) {}

  async acquire(): Promise<void> {
    const client = createClient(this.url);
    client.on("error", () => {});
    client.once("end", () => {
      this.#client = null;
      if (!this.#released) setTimeout(() => void this.#acquireAgain(), RECONNECT_MS);
    });
    await client.connect();
    await client.query("select pg_advisory_lock(hashtextextended($1, 0))", [lockName(this.executorId)]);
    this.#client = client;
  }

  /** From now on, hands over the pending workflows of dead executors. */
  watch(resume: (runs: OrphanedRuns) => Promise<unknown>): void {
    const sweep = async () => {
      await this.#sweep(resume).catch((error: Error) =>
        this.logger.debug({ err: error }, "recovery sweep failed"),
      );
      if (!this.#released) this.#timer = setTimeout(sweep, SWEEP_MS);
    };
    this.#timer = setTimeout(sweep, 0);
  }

  async release(): Promise<void> {
    this.#released = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#client?.end().catch(() => {});
  }

  async #acquireAgain(): Promise<void> {
    if (this.#released) return;
    await this.acquire().catch(() => setTimeout(() => void this.#acquireAgain(), RECONNECT_MS));
  }

  async #sweep(resume: (runs: OrphanedRuns) => Promise<unknown>): Promise<void> {
    const client = this.#client;
    if (!client) return;
    const { rows } = await client.query<{ executorId: string }>(
      `select distinct "executorId" from (${PENDING}) p where "executorId" <> $1`,
      [this.executorId],
    );
    const others = new Set(rows.map((row) => row.executorId));
    for (const id of this.#freeSince.keys()) if (!others.has(id)) this.#freeSince.delete(id);
    for (const id of others) await this.#resumeIfDead(client, id, resume);
  }

  async #resumeIfDead(
    client: pg.Client,
    executorId: string,
    resume: (runs: OrphanedRuns) => Promise<unknown>,
  ): Promise<void> {
    const lock = [lockName(executorId)];
    const { rows } = await client.query<{ free: boolean }>(
      "select pg_try_advisory_lock(hashtextextended($1, 0)) as free",
      lock,
    );
    if (!rows[0]!.free) {
      this.#freeSince.delete(executorId);
      return;
    }
    try {
      const since = this.#freeSince.get(executorId) ?? Date.now();
      this.#freeSince.set(executorId, since);
      if (Date.now() - since < DEAD_AFTER_MS) return;
      // Read under the lock: whoever was first has already put them back into their queues.
      const pending = await client.query<{ workflowId: string; queue: string | null }>(
        `select * from (${PENDING}) p where "executorId" = $1`,
        [executorId],
      );
      for (const [queue, workflowIds] of byQueue(pending.rows)) {
        this.logger.warn({ executorId, workflowIds }, "continuing the runs of a process that died");
        await resume({ queue, workflowIds });
      }
      this.#freeSince.delete(executorId);
    } finally {
      await client.query("select pg_advisory_unlock(hashtextextended($1, 0))", lock);
    }
  }
}

const lockName = (executorId: string): string => `asof_executor:${executorId}`;

function byQueue(rows: readonly { workflowId: string; queue: string | null }[]): Map<string, string[]> {
  const queues = new Map<string, string[]>();
  for (const { workflowId, queue } of rows) {
    if (queue === null) continue;
    queues.set(queue, [...(queues.get(queue) ?? []), workflowId]);
  }
  return queues;
}
