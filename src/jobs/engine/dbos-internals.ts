// Everything of DBOS that is not its public API, in one place. tests/jobs/engine/dbos-internals.test.ts fails the day one of
// these parts is another: then look here whether asof still does what it says.
import { migrateSystemDatabase } from "@dbos-inc/dbos-sdk/internal/system_database";
import { GlobalLogger } from "@dbos-inc/dbos-sdk/internal/telemetry/logs";
import { wfQueueRunner } from "@dbos-inc/dbos-sdk/internal/wfqueue";

/** DBOS's tables live beside asof's, in a schema of their own: one dump backs all up. */
export const DBOS_SCHEMA = "dbos";

/** What DBOS writes its messages to. */
type Log = Record<"info" | "debug" | "warn" | "error", (entry: unknown) => void>;

/** As `DBOS.migrate`, which writes to the console instead of the log. */
export const migrateDbos = (url: string, logger: Log): Promise<void> =>
  migrateSystemDatabase(url, new GlobalLogger(undefined, { logger }), DBOS_SCHEMA);

/** When a queue is looked into next, by the wall clock. */
interface Schedule {
  currentPollingMs: number;
  nextPollAt: number;
}

export interface PolledQueue {
  name: string;
  databaseBacked?: boolean;
}

/** DBOS looks into one queue: a transaction of several statements. True: somebody else did so at that moment. */
export type Poll = (executor: unknown, queue: PolledQueue) => Promise<boolean>;

/** The parts of DBOS's queue runner that asof uses; its own declarations keep them private. */
export interface QueueRunner {
  states: Map<string, Schedule>;
  scheduleDueQueues(executor: unknown, now: number, ...more: unknown[]): void;
  pollQueue: Poll;
}

/** @throws {Error} DBOS has no such runner any more */
export function queueRunner(): QueueRunner {
  const runner: unknown = wfQueueRunner;
  if (isQueueRunner(runner)) return runner;
  throw new Error(
    "DBOS's queue runner lacks states, scheduleDueQueues or pollQueue; install the version that package.json names",
  );
}

function isQueueRunner(runner: unknown): runner is QueueRunner {
  const { states, scheduleDueQueues, pollQueue } = runner as Partial<QueueRunner>;
  return states instanceof Map && typeof scheduleDueQueues === "function" && typeof pollQueue === "function";
}

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
