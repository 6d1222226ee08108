import type { Logger } from "pino";
import type { Database } from "../../db/database.js";
import type { Notifications } from "../../db/notifications.js";
import type { Deployment } from "../../definitions/language/deployment.js";
import type { OnlineStore } from "../../features/online/online-store.js";
import type { RunClient } from "../../jobs/engine/dispatcher.js";
import type { EndedRun, PoolUse } from "../../jobs/operations.js";
import type { ModelCache } from "../../serving/model-cache.js";
import type { Config } from "../config.js";

/** What executes runs for a process, in the thread that answers or in one of its own. */
export interface RunEngine {
  /** Resolves once it takes runs. @throws {Error} it cannot start */
  start(): Promise<void>;
  /** Takes no more; runs under way are handed over. Safe to call twice. */
  stop(): Promise<void>;
}

/** What an engine works with; `Reports`: what it reports about itself. */
export interface EngineSetup<Reports = EngineReports> {
  config: Config;
  definitions: Deployment;
  database: Database;
  logger: Logger;
  client: RunClient;
  /** Not started yet where runs are executed in the thread that answers: started once more for what an engine in a thread hears. */
  listener: Notifications;
  online: OnlineStore;
  cache: ModelCache;
  /** Has the process answer by the version that is in Production now. */
  refresh(model: string): Promise<unknown>;
  report: Reports;
}

/** Reports to the process that the engine runs for, for its metrics. */
export interface RunReports {
  ended(run: EndedRun): void;
}

/** The same of an engine in a thread of its own. */
export interface EngineReports extends RunReports {
  /** Connections that it has beside the process's own. */
  connections(use: PoolUse): void;
  /** It died, and is started again. */
  restarted(): void;
}

export type MakeEngine = (parts: EngineSetup) => RunEngine;
