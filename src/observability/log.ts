import { type DestinationStream, type Logger, pino } from "pino";
import { loggedError } from "./logged-error.js";
import { prettyLines } from "./pretty.js";

/** Beyond it the lines of a turn go out before its end. */
const MOST_CHARACTERS = 1 << 13;

export type LogFormat = "json" | "pretty";

/** Where log lines go: JSON, or as a person reads them, which is the default on a terminal. */
export function logOutput(format: LogFormat | null): DestinationStream {
  const isTerminal = process.stdout.isTTY === true;
  const lines = lineBatches();
  if ((format ?? (isTerminal ? "pretty" : "json")) === "json") return lines;
  return prettyLines(lines, isTerminal && !process.env.NO_COLOR);
}

/** JSON lines on standard output. */
export const createLogger = (level: string, output: DestinationStream = lineBatches()): Logger =>
  pino({ level, serializers: { err: loggedError } }, output);

/**
 * Standard output; the lines of one event-loop turn are one write, which is most of what a line costs. They are kept here
 * rather than by the destination's `minLength`: while it writes, that one forgets what it is told to flush.
 */
export function lineBatches(): DestinationStream & { flushSync(): void } {
  let lines = "";
  const flush = () => {
    if (lines) out.write(lines);
    lines = "";
  };
  // Before the destination's own listener, which writes what it has.
  process.on("exit", flush);
  const out = pino.destination({ fd: 1, sync: false });
  // A terminal that is closed, a pipe that nobody reads: what cannot be logged must not end what is logged.
  out.on("error", () => {});
  return {
    write(line) {
      if (!lines) setImmediate(flush);
      lines += line;
      if (lines.length > MOST_CHARACTERS) flush();
    },
    flushSync: () => {
      flush();
      out.flushSync();
    },
  };
}
