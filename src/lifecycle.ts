import type { Logger } from "pino";
import { ConfigError } from "./config.js";

/**
 * SIGTERM and SIGINT end the process when everything is closed; a second one ends it at once. Where another process
 * says when to stop, by a message, SIGINT is left to that one: a terminal sends it to both.
 */
export function closeOnSignal(close: () => Promise<void>, logger: Logger, message?: string): void {
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ signal }, "stopping");
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", message === undefined ? stop : () => {});
  if (message !== undefined) process.on("message", (said) => said === message && !stopping && stop(message));
}

/** A failed start in words for whoever typed the command; the stack only at LOG_LEVEL=debug. */
export function explainStartFailure(error: unknown): string {
  const { code, port, message, stack } = error as Error & { code?: string; port?: number };
  if (error instanceof ConfigError) return message;
  if (code === "EADDRINUSE") return `port ${port} is taken; set PORT to another one`;
  return process.env.LOG_LEVEL === "debug" ? (stack ?? message) : `asof did not start: ${message}`;
}
