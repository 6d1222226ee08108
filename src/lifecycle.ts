import type { Logger } from "pino";
import { STOP, STOP_AT_ONCE } from "./cluster-messages.js";
import { ConfigError, type Shutdown } from "./config.js";

/** What a signal ends. */
export interface Stoppable {
  /** @param drainMs how long to tell load balancers before the port is closed */
  stop(drainMs: number): Promise<void>;
  /** For the log, where time ran out: what is not closed yet. */
  left(): Record<string, unknown>;
}

export interface StopOptions extends Shutdown {
  /** Another process says when, by a message; SIGINT is left to that one, as a terminal sends it to both. */
  byMessage?: boolean;
}

/** One Ctrl-C comes twice under `npm start`: from the terminal, and from npm, which passes on its own. */
const ONE_KEY_MS = 1_000;

/**
 * SIGTERM and SIGINT end the process with 0 when everything is closed; with 1 where that takes too long, or at once on a
 * second signal. Only SIGTERM drains: whoever types Ctrl-C does not want to wait. A start that is under way comes to its
 * end before: cut short, it would leave its embedded server behind.
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
      if (signal === "SIGINT" && performance.now() - since < ONE_KEY_MS) return;
      process.exit(1);
    }
    stopping = true;
    since = performance.now();
    // To what does not listen yet no load balancer has sent anybody.
    const drain = started ? drainMs : 0;
    logger.info({ signal, drainMs: drain }, "stopping");
    setTimeout(() => {
      logger.error(
        { timeoutMs: options.timeoutMs, ...started?.left() },
        "stopping took too long: ended with this left",
      );
      process.exit(1);
    }, options.timeoutMs).unref();
    starting
      .then((asof) => asof.stop(drain))
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  };
  process.on("SIGTERM", () => stop("SIGTERM", options.drainMs));
  process.on("SIGINT", () => {
    if (!options.byMessage) stop("SIGINT", 0);
  });
  if (!options.byMessage) return;
  process.on("message", (said) => {
    if (!stopping && said === STOP) stop(STOP, options.drainMs);
    if (!stopping && said === STOP_AT_ONCE) stop(STOP_AT_ONCE, 0);
  });
}

/** A failed start in words for whoever typed the command; the stack only at LOG_LEVEL=debug. */
export function explainStartFailure(error: unknown): string {
  const { code, port, message, stack } = error as Error & { code?: string; port?: number };
  if (error instanceof ConfigError) return message;
  if (code === "EADDRINUSE") return `port ${port} is taken; set PORT to another one`;
  return process.env.LOG_LEVEL === "debug" ? (stack ?? message) : `asof did not start: ${message}`;
}
