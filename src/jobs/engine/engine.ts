import { DBOS, type DBOSClient } from "@dbos-inc/dbos-sdk";
import type { Logger } from "pino";
import type { Notifications } from "../../db/notifications.js";
import { KEEPALIVE } from "../../db/pool.js";
import type { Registry } from "../../values/registry.js";
import type { QueueName, RunKind } from "../run-kind.js";
import { DBOS_SCHEMA, lookRarelyForTimeouts, migrateDbos } from "./dbos-internals.js";
import { Execution, type ExecutionParts } from "./execution.js";
import { ExecutorLease } from "./executor-lease.js";
import { QueueLoop } from "./queue-loop.js";

export const APPLICATION = "asof";
/** Fixed: a run queued by one release is executed by the next. */
export const APPLICATION_VERSION = "asof-1";
export const WORKFLOW = "asof_run";
export const SCHEDULED_WORKFLOW = "asof_scheduled";
/** For checkpoints of steps and looks into queues; those that are idle are closed. */
const ENGINE_CONNECTIONS = 4;
const UNUSED_MS = 60_000;
/** The priority of what nobody here can execute; others have 0, which comes first. */
const BEHIND_ALL = 1_000;

/** Each attempt is a workflow of its own; `asof_run_cancelled` announces the same id. */
export const workflowId = (runId: string, attempt: number): string => `${runId}:${attempt}`;

/**
 * DBOS's connections end transactions their process left idle, freeing their locks. Said in the URL, it is part of
 * connecting; otherwise DBOS sends it as a query of its own beside the first one, which pg warns of.
 */
export function systemDatabaseUrl(url: string): string {
  const target = new URL(url);
  const given = target.searchParams.get("options");
  target.searchParams.set(
    "options",
    `-c idle_in_transaction_session_timeout=60000 ${KEEPALIVE} ${given ?? ""}`.trim(),
  );
  return target.href;
}

/** Creates the engine's tables, or brings them to this release's. */
export const migrateEngine = (url: string, logger: Logger): Promise<void> =>
  migrateDbos(url, dbosLogger(logger));

export interface EngineParts extends ExecutionParts {
  url: string;
  listener: Notifications;
  client: DBOSClient;
  kinds: Registry<RunKind>;
  /** Takes over what an earlier release kept elsewhere. */
  adoptSchedules(): Promise<void>;
  /** Fires schedules. */
  schedules: { start(): void; stop(): Promise<void> };
  /** How long a process must be gone before its runs are continued here. */
  takeOverAfterMs: number;
}

/**
 * Executes queued runs in this process, on DBOS: steps are checkpointed, and runs of a process that died are
 * continued by one that lives. One engine per process: DBOS is a singleton.
 */
export class Engine {
  /** By workflow id: `<run id>:<attempt>`. */
  readonly #running = new Map<string, Execution>();
  #stopping = false;
  #stopped: Promise<void> | null = null;
  readonly #lease: ExecutorLease;
  readonly #queues: QueueLoop;
  /** Workflows of kinds unknown here that the log has named. */
  readonly #left = new Set<string>();

  constructor(private readonly parts: EngineParts) {
    this.#lease = new ExecutorLease(parts.url, parts.logger, parts.takeOverAfterMs);
    this.#queues = new QueueLoop({ waiting: (queues) => this.#lease.waiting(queues) });
    parts.listener.on("asof_run_cancelled", (id) => this.#running.get(id)?.cancel());
    parts.listener.on("asof_run_events", () => this.#queues.open());
    parts.listener.onReconnect(() => {
      this.#queues.open();
      for (const execution of this.#running.values()) void execution.cancelIfSuperseded().catch(() => {});
    });
  }

  async start(): Promise<void> {
    const { url, logger } = this.parts;
    await this.#lease.acquire();
    await this.parts.adoptSchedules();
    DBOS.setConfig({
      name: APPLICATION,
      applicationVersion: APPLICATION_VERSION,
      executorID: this.#lease.executorId,
      systemDatabaseUrl: systemDatabaseUrl(url),
      systemDatabaseSchemaName: DBOS_SCHEMA,
      enableOTLP: false,
      tracingEnabled: false,
      // asof's schedules are its own: DBOS's scheduler has none.
      schedulerPollingIntervalMs: 60 * UNUSED_MS,
      // No run waits for DBOS's own notifications: they would take a connection, and look a hundred times a second.
      useListenNotify: false,
      notificationCoalesceMs: UNUSED_MS,
      systemDatabasePoolSize: ENGINE_CONNECTIONS,
      logger: dbosLogger(logger),
    });
    DBOS.registerWorkflow(
      (runId: string, kind: string, attempt: number) => this.#execute(runId, kind, attempt),
      {
        name: WORKFLOW,
        maxRecoveryAttempts: 20,
      },
    );
    // Firings that 0.1.0 recorded and never executed: the schedule comes due again by the clock in use now.
    DBOS.registerWorkflow(async () => null, { name: SCHEDULED_WORKFLOW });
    this.#queues.install();
    lookRarelyForTimeouts(UNUSED_MS);
    await DBOS.launch();
    const queues: Record<QueueName, object> = {
      asof_data: { globalConcurrency: 1 },
      asof_training: { workerConcurrency: 1 },
      asof_export: { workerConcurrency: 1 },
      asof_judging: { workerConcurrency: 2 },
    };
    for (const [name, limits] of Object.entries(queues)) {
      await DBOS.registerQueue(name, { ...limits, onConflict: "always_update" });
    }
    this.#queues.refresh();
    this.#lease.watch({
      isRunning: (workflowId) => this.#running.has(workflowId),
      resume: (runs) => {
        this.#queues.open();
        return DBOS.resumeWorkflows(runs.workflowIds, { queueName: runs.queue });
      },
      died: (workflowIds) => this.parts.tracker.died(workflowIds),
    });
    this.parts.schedules.start();
  }

  /** Stops taking runs; those under way stay pending, for another process to continue. Safe to call twice. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    const noMoreFirings = this.parts.schedules.stop();
    const runs = [...this.#running.keys()];
    if (runs.length > 0)
      this.parts.logger.info({ runs }, "stopping: handed over for another process to continue");
    for (const execution of this.#running.values()) execution.handOver();
    await noMoreFirings;
    await DBOS.shutdown({ deregister: true });
    // Before the lease is released: until then no process counts these workflows as left by a death.
    if (runs.length > 0) await this.parts.tracker.handedOver(runs).catch(() => {});
    this.#queues.remove();
    await this.#lease.release();
  }

  async #execute(runId: string, name: string, attempt: number): Promise<void> {
    const kind = this.parts.kinds.find(name);
    const id = workflowId(runId, attempt);
    if (kind?.executed !== "here") return this.#leave(id, name);
    const execution = new Execution(this.parts, { runId, attempt }, () => this.#lease.owns(id));
    // Claimed just before the queues were left.
    if (this.#stopping) execution.handOver();
    this.#running.set(id, execution);
    try {
      await execution.run(kind);
    } finally {
      // Continued here after another process had it for a while: the place is the newer execution's.
      if (this.#running.get(id) === execution) this.#running.delete(id);
      this.#queues.open();
    }
  }

  /**
   * A run of a kind that only a newer release knows goes back to its queue, behind those that this process can execute,
   * and stays QUEUED until such a release takes it. Returning is all that is left to do: DBOS writes no outcome of a
   * workflow that is somebody else's again.
   */
  async #leave(id: string, kind: string): Promise<void> {
    const { client, logger } = this.parts;
    const queue = (await client.getWorkflow(id))?.queueName;
    if (!queue) return;
    this.#queues.leaveToOthers(queue);
    // Through the client: within the workflow, DBOS would keep the call as a step of it.
    await client.resumeWorkflows([id], { queueName: queue });
    await client.setWorkflowPriority(id, BEHIND_ALL);
    if (!this.#left.has(id))
      logger.warn({ workflowId: id, kind }, "a run is left to a release that knows its kind");
    this.#left.add(id);
  }
}

/** DBOS's own messages, a level down: what matters of a run is in its events. */
function dbosLogger(logger: Logger) {
  const child = logger.child({ component: "dbos" });
  return {
    info: (entry: unknown) => child.debug(String(entry)),
    debug: (entry: unknown) => child.trace(String(entry)),
    warn: (entry: unknown) => child.warn(String(entry)),
    error: (entry: unknown) => child.error(entry instanceof Error ? { err: entry } : String(entry)),
  };
}
