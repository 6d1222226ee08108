import type { Worker } from "node:worker_threads";
import { ListenRelay } from "../../db/relayed-notifications.js";
import { deploymentSha256 } from "../../definitions/language/deployment.js";
import { spawnWorker } from "../../threads/spawn-worker.js";
import type { FromEngine, ThreadSetup, ToEngine } from "./messages.js";
import type { EngineSetup, MakeEngine, RunEngine } from "./run-engine.js";

/** One that lives shorter than this is not started again at once. */
const SHORT_LIFE_MS = 5_000;
const PAUSE_MS = 1_000;

/**
 * An engine in a thread of its own, with connections of its own but for LISTEN: runs delay no request, except for the
 * processor, and there they give way. It imports the deployment module for itself. A thread that dies takes no request with
 * it: it is started again, and its runs go on from their last finished step.
 * @param write where the thread's log lines go
 * @param early the thread loads its modules at once, beside the start of PostgreSQL: for a process that surely runs an engine
 */
export function engineInThread(write: (lines: string) => void, early = false): MakeEngine {
  let loading = early ? spawnEngine(null) : null;
  // It holds up nothing that ends before the engine starts.
  loading?.unref();
  // One that is started later says why it cannot.
  loading?.once("error", () => {
    loading = null;
  });
  const spawn = (setup: ThreadSetup): Worker => {
    if (!loading) return spawnEngine(setup);
    const thread = loading;
    loading = null;
    thread.ref();
    post(thread, { kind: "setup", setup });
    return thread;
  };
  return (setup) => new EngineThread(setup, write, spawn);
}

const spawnEngine = (workerData: ThreadSetup | null): Worker =>
  spawnWorker("process/engine/engine.worker", { workerData, name: "asof-engine" });

export class EngineThread implements RunEngine {
  #thread: Worker | null = null;
  #restart: NodeJS.Timeout | null = null;
  #stopping = false;
  #stopped: Promise<void> | null = null;

  constructor(
    private readonly setup: EngineSetup,
    private readonly write: (lines: string) => void,
    private readonly spawn: (setup: ThreadSetup) => Worker,
  ) {}

  async start(): Promise<void> {
    const { config, definitions, database, logger, report } = this.setup;
    const startedAt = performance.now();
    const thread = this.spawn({
      config: { ...config, databaseUrl: database.url, logLevel: logger.level },
      definitionsSha256: deploymentSha256(definitions),
    });
    this.#thread = thread;
    const relay = new ListenRelay(this.setup.listener, (news) => post(thread, news));
    let ready = false;
    await new Promise<void>((resolve, reject) => {
      let reason = "the run engine's thread ended before it was ready";
      thread.on("error", (err: Error) => {
        logger.error({ err }, "the run engine's thread failed");
        reason += `: ${err.message}`;
      });
      thread.on("message", (message: FromEngine) => {
        if (message.kind === "failed") reason = message.message;
        else if (message.kind === "listen") void relay.answer(message);
        else if (message.kind !== "ready") return this.#hear(thread, message);
        else {
          ready = true;
          resolve();
        }
      });
      thread.once("exit", (code) => {
        this.#thread = null;
        relay.end();
        if (!ready) return reject(new Error(reason));
        if (this.#stopping) return;
        logger.error({ code }, "the run engine's thread ended; it is started again");
        report.restarted();
        this.#startAgain(performance.now() - startedAt < SHORT_LIFE_MS ? PAUSE_MS : 0);
      });
    });
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    if (this.#restart) clearTimeout(this.#restart);
    const thread = this.#thread;
    if (!thread) return;
    const ended = new Promise((resolve) => thread.once("exit", resolve));
    post(thread, { kind: "stop" });
    await ended;
  }

  #startAgain(afterMs: number): void {
    this.#restart = setTimeout(() => {
      this.start().catch((err: Error) => {
        if (this.#stopping) return;
        this.setup.logger.error({ err }, "the run engine could not be started again; trying on");
        this.#startAgain(PAUSE_MS);
      });
    }, afterMs);
  }

  #hear(thread: Worker, message: Exclude<FromEngine, { kind: "ready" | "failed" | "listen" }>): void {
    const { report, refresh } = this.setup;
    if (message.kind === "log") this.write(message.lines);
    else if (message.kind === "ended") report.ended(message.run);
    else if (message.kind === "connections") report.connections(message.use);
    else {
      const { id, model } = message;
      void refresh(model).finally(() => post(thread, { kind: "refreshed", id }));
    }
  }
}

const post = (thread: Worker, message: ToEngine): void => thread.postMessage(message);
