// Everything of DBOS that is not its public API, in one place. tests/jobs/engine/dbos-internals.test.ts fails the day one of
// these parts is another: then look here whether asof still does what it says.
import { migrateSystemDatabase } from "@dbos-inc/dbos-sdk/internal/system_database";
import { GlobalLogger } from "@dbos-inc/dbos-sdk/internal/telemetry/logs";
import { wfQueueRunner } from "@dbos-inc/dbos-sdk/internal/wfqueue";
import { workflowTimeoutConfig } from "@dbos-inc/dbos-sdk/internal/workflow_management";
import type { Queryable } from "../../db/pool.js";

/** DBOS's tables live beside asof's, in a schema of their own: one dump backs all up. */
export const DBOS_SCHEMA = "dbos";

/** What DBOS writes its messages to. */
type Log = Record<"info" | "debug" | "warn" | "error", (entry: unknown) => void>;

/** As `DBOS.migrate`, which writes to the console instead of the log. */
export const migrateDbos = (url: string, logger: Log): Promise<void> =>
  migrateSystemDatabase(url, new GlobalLogger(undefined, { logger }), DBOS_SCHEMA);

export interface PolledQueue {
  name: string;
}

/** The parts of DBOS's queue runner that asof uses; its own declarations keep them private. */
export interface QueueRunner {
  abortController: AbortController;
  states: Map<string, { queue: PolledQueue }>;
  /** Reads the queues and their limits: one statement. */
  refreshDbQueues(executor: unknown, now: number): Promise<void>;
  /** Looks into one queue: a transaction of several statements. True: somebody else did so at that moment. */
  pollQueue(executor: unknown, queue: PolledQueue): Promise<boolean>;
  /** Looks into all queues until the controller aborts. */
  schedulerLoop(executor: unknown, ...more: unknown[]): Promise<void>;
}

/** @throws {Error} DBOS has no such runner any more */
export function queueRunner(): QueueRunner {
  const runner: unknown = wfQueueRunner;
  if (isQueueRunner(runner)) return runner;
  throw new Error(
    "DBOS's queue runner lacks states, refreshDbQueues, pollQueue or schedulerLoop; install the version that package.json names",
  );
}

function isQueueRunner(runner: unknown): runner is QueueRunner {
  const { states, refreshDbQueues, pollQueue, schedulerLoop } = runner as Partial<QueueRunner>;
  return (
    states instanceof Map &&
    [refreshDbQueues, pollQueue, schedulerLoop].every((each) => typeof each === "function")
  );
}

/** No run has DBOS's time limit: it need not look each second for one that has passed. */
export function lookRarelyForTimeouts(everyMs: number): void {
  workflowTimeoutConfig.pollingIntervalMs = everyMs;
}

/** Those of the queues $1 in which a workflow waits. */
export const WAITING_QUEUES = `
  select queue as name from unnest($1::text[]) queue
  where exists (select from ${DBOS_SCHEMA}.workflow_status where queue_name = queue and status = 'ENQUEUED')`;

/** A workflow that an executor has begun, or claimed. */
export interface PendingWorkflow {
  executorId: string;
  workflowId: string;
  queue: string | null;
}

/**
 * Workflows under way, read by the very connection that holds the executor's lease: what it says and what the lease says
 * are of one moment, which DBOS's public list on connections of its own is not.
 */
export const PENDING_WORKFLOWS = `
  select executor_id as "executorId", workflow_uuid as "workflowId", queue_name as queue
  from ${DBOS_SCHEMA}.workflow_status where status = 'PENDING' and application_version is not null`;
export const OF_WORKFLOW = "workflow_uuid = $1 and executor_id = $2";
export const OF_EXECUTOR = "executor_id = $1";

/** Tables of DBOS that keep what runs were given and what their steps came to, and their columns of text. */
const KEPT_TEXTS: Readonly<Record<string, readonly string[]>> = {
  workflow_status: ["inputs", "output", "error"],
  operation_outputs: ["output", "error"],
  workflow_input: ["inputs"],
  workflow_output: ["output", "error"],
};

/** Ids of the runs of which DBOS keeps a text that holds one of these. */
export async function runsHolding(db: Queryable, needles: readonly string[]): Promise<string[]> {
  const tables = Object.entries(KEPT_TEXTS).map(
    ([table, columns]) =>
      `select split_part(workflow_uuid, ':', 1) as id from ${DBOS_SCHEMA}.${table}
       where exists (select 1 from unnest($1::text[]) n where strpos(concat_ws(' ', ${columns.join(", ")}), n) > 0)`,
  );
  const { rows } = await db.query<{ id: string }>(
    `select distinct id from (${tables.join(" union all ")}) found
     where id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'`,
    [needles],
  );
  return rows.map(({ id }) => id);
}
