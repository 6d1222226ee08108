import cluster, { type Worker } from "node:cluster";
import type { Logger } from "pino";
import { AggregatorRegistry } from "prom-client";
import { joinEmbedded } from "../db/embedded/shared-server.js";
import { Listener } from "../db/listener.js";
import { isListenRequest, ListenRelay } from "../db/relayed-notifications.js";
import { isMetricsRequest } from "../observability/cluster-metrics.js";
import type { Config, ProcessRole } from "./config.js";
import { STOP, STOP_AT_ONCE, type Stoppable } from "./lifecycle.js";

/** A process that dies sooner than this is not started again at once. */
const SHORT_LIFE_MS = 5_000;
const PAUSE_MS = 1_000;
/** How much longer than it is given a process may take to end, before it is killed. */
export const KILL_AFTER_MS = 2_000;

/**
 * ASOF_PROCESSES=n: n processes serve on one port. The first has the configured role, and with it the engine, the
 * others are `api`; one that dies is replaced by one of its role. This process serves nothing: it hands connections
 * out in turn, holds the embedded PostgreSQL for all, LISTENs for all by one connection, and adds up their metrics.
 * @throws {Error} a process did not start; it said why, and what had been started is stopped again
 */
export async function startProcesses(config: Config, logger: Logger): Promise<Stoppable> {
  const embedded = config.databaseUrl ? null : await joinEmbedded(config.home, logger);
  const listener = new Listener(config.databaseUrl ?? embedded!.url);
  const primary = new Primary(
    embedded ? { DATABASE_URL: embedded.url } : {},
    listener,
    config.shutdown.timeoutMs + KILL_AFTER_MS,
    logger,
  );
  const stop = async (drainMs: number) => {
    await primary.stop(drainMs > 0 ? STOP : STOP_AT_ONCE);
    await listener.close();
    await embedded?.leave();
  };
  try {
    // Alone: it migrates, and if it cannot start, neither can the others.
    await primary.start(config.role);
    await Promise.all(Array.from({ length: config.processes - 1 }, () => primary.start("api")));
  } catch (error) {
    await stop(0);
    throw error;
  }
  const left = () => ({ pids: workers().map((worker) => worker.process.pid) });
  return { stop, left, lost: embedded?.lost };
}

class Primary {
  readonly #metrics = new AggregatorRegistry();
  #stopping = false;

  constructor(
    private readonly env: Record<string, string>,
    private readonly listener: Listener,
    private readonly stopLimitMs: number,
    private readonly logger: Logger,
  ) {}

  /** Resolves once it listens. */
  start(role: ProcessRole): Promise<void> {
    const startedAt = performance.now();
    const worker = cluster.fork({ ...this.env, ASOF_ROLE: role });
    const relay = new ListenRelay(this.listener, (news) => {
      if (worker.isConnected()) worker.send(news);
    });
    worker.once("exit", () => relay.end());
    worker.on("message", (message) => {
      if (isMetricsRequest(message)) void this.#answerMetrics(worker, message.metricsRequest);
      else if (isListenRequest(message)) void relay.answer(message);
    });
    return new Promise((resolve, reject) => {
      let listened = false;
      worker.once("listening", () => {
        listened = true;
        resolve();
      });
      worker.once("exit", (code, signal) => {
        if (!listened) return reject(new Error(`a process ended with ${signal ?? code} before it listened`));
        if (this.#stopping) return;
        this.logger.error({ pid: worker.process.pid, code, signal, role }, "a process died; it is replaced");
        this.#replace(role, performance.now() - startedAt < SHORT_LIFE_MS ? PAUSE_MS : 0);
      });
    });
  }

  async stop(message: string): Promise<void> {
    this.#stopping = true;
    await Promise.all(workers().map((worker) => ended(worker, message, this.stopLimitMs)));
  }

  #replace(role: ProcessRole, afterMs: number): void {
    setTimeout(() => {
      if (this.#stopping) return;
      this.start(role).catch((err: Error) => {
        this.logger.error({ err, role }, "a process could not be replaced; trying again");
        this.#replace(role, PAUSE_MS);
      });
    }, afterMs);
  }

  async #answerMetrics(worker: Worker, metricsRequest: number): Promise<void> {
    const text = await this.#metrics.clusterMetrics().catch(() => null);
    if (worker.isConnected()) worker.send({ metricsRequest, text });
  }
}

const workers = (): Worker[] => Object.values(cluster.workers ?? {}).flatMap((worker) => worker ?? []);

function ended(worker: Worker, message: string, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => worker.process.kill("SIGKILL"), limitMs);
    worker.once("exit", () => {
      clearTimeout(cut);
      resolve();
    });
    if (worker.isConnected()) worker.send(message);
  });
}
