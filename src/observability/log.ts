import { type DestinationStream, type Logger, pino } from "pino";

/** Beyond it the lines of a turn go out before its end. */
const MOST_BYTES = 1 << 13;

/** JSON lines on standard output. */
export const createLogger = (level: string, output: DestinationStream = lineBatches()): Logger =>
  pino({ level }, output);

/** Standard output; the lines of one event-loop turn are one write, which is most of what a line costs. */
export function lineBatches(): DestinationStream & { flushSync(): void } {
  const out = pino.destination({ fd: 1, sync: false, minLength: MOST_BYTES });
  let due = false;
  const flush = () => {
    due = false;
    out.flush();
  };
  return {
    write(line) {
      out.write(line);
      if (due) return;
      due = true;
      setImmediate(flush);
    },
    flushSync: () => out.flushSync(),
  };
}
