import type { Logger } from "pino";
import { ConfigError, type Shutdown } from "./config.js";

/** From the primary to a serving process: fail `/ready`, finish the requests under way and exit. */
export const STOP = "asof:stop";
/** The same without waiting for load balancers. */
export const STOP_AT_ONCE = "asof:stop-at-once";

/** A signal came before the start had come to its end. */
export class StartCutShort extends Error {}

/** What a signal ends. */
export interface Stoppable {
  /** @param drainMs how long `/ready` fails before the port is closed */
  stop(drainMs: number): Promise<void>;
  /** For the log, where time ran out: what is not closed yet. */
  left(): Record<string, unknown>;
  /** Why it cannot go on; pending while it can. */
  lost?: Promise<Error> | undefined;
}

export interface StopOptions extends Shutdown {
  /** Another process says when, by a message; what a terminal sends to both is left to that one. */
  byMessage?: boolean;
  /** Has a start that is under way throw StartCutShort as soon as it can. */
  cutShort?: AbortController;
  /** Of a stop in which all went well, where it is not 0. */
  exitCode?(signal: NodeJS.Signals): number;
}

/** One Ctrl-C comes twice under `npm start`, one SIGTERM under `timeout`: to us, and to our group. */
const ONE_STOP_MS = 1_000;
/** Of a start, until it is cut short wherever it is: its server then ends by itself (db/embedded/watch.ts). */
const START_GRACE_MS = 6_000;
/** How long a process that lost its database has to answer the requests that wait. */
const LOST_GRACE_MS = 5_000;
/** All of them stop the process. Only SIGTERM waits for load balancers: after Ctrl-C nobody wants to wait. */
export const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR2"] as const;

/**
 * A signal ends the process with 0 when everything is closed; with 1 where that takes too long, or at once on a signal
 * that comes later. A start that is under way goes on to where it can be cut short, but for no longer than some seconds.
 */
export function stopOnSignal(starting: Promise<Stoppable>, options: StopOptions, logger: Logger): void {
  let stopping = false;
  let since = 0;
  let started: Stoppable | null = null;
  starting.then(
    (asof) => {
      started = asof;
    },
    () => {},
  );
  const stop = (signal: string, drainMs: number) => {
    if (stopping) {
      if (performance.now() - since < ONE_STOP_MS) return;
      process.exit(1);
    }
    stopping = true;
    since = performance.now();
    // To what does not listen yet no load balancer has sent anybody.
    const drain = started ? drainMs : 0;
    logger.info({ signal, drainMs: drain }, "stopping");
    const late = (timeoutMs: number, what: string) =>
      setTimeout(() => {
        logger.error({ timeoutMs, ...started?.left() }, what);
        process.exit(1);
      }, timeoutMs).unref();
    const start = started ? null : late(START_GRACE_MS, "stopping: the start took too long and is cut short");
    late(options.timeoutMs, "stopping took too long: ended with this left");
    if (!started) options.cutShort?.abort(new StartCutShort(`${signal} came during the start`));
    const exit = (code: number) => process.exit(code || (options.exitCode?.(signal as NodeJS.Signals) ?? 0));
    starting
      .finally(() => start && clearTimeout(start))
      .then((asof) => asof.stop(drain))
      .then(
        () => exit(0),
        (error) => exit(error instanceof StartCutShort ? 0 : 1),
      );
  };
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (signal === "SIGTERM") stop(signal, options.drainMs);
      else if (!options.byMessage) stop(signal, 0);
    });
  }
  if (!options.byMessage) return;
  process.on("message", (said) => {
    if (!stopping && said === STOP) stop(STOP, options.drainMs);
    if (!stopping && said === STOP_AT_ONCE) stop(STOP_AT_ONCE, 0);
  });
}

/** What this process cannot go on without is gone for good: it closes what it can and ends with 1, for a supervisor. */
export async function endWhenLost(asof: Stoppable, logger: Logger): Promise<void> {
  const error = await asof.lost;
  if (!error) return;
  logger.fatal({ err: error }, `asof ends: ${error.message}`);
  setTimeout(() => process.exit(1), LOST_GRACE_MS).unref();
  await asof.stop(0).catch(() => {});
  process.exit(1);
}

/** The message of a failed start, for the terminal; with the stack only at LOG_LEVEL=debug. */
export function explainStartFailure(error: unknown): string {
  const { code, port, message, stack } = error as Error & { code?: string; port?: number };
  if (error instanceof ConfigError) return message;
  if (code === "EADDRINUSE") return `port ${port} is taken; set PORT to another one`;
  return process.env.LOG_LEVEL === "debug" ? (stack ?? message) : `asof did not start: ${message}`;
}
