import type { Logger } from "pino";

/** What must be undone at the end, in the order it was done. */
export type Closing = (() => unknown)[];

/** Last opened, first closed; one failure does not keep the rest open. */
export async function closeAll(closing: Closing, logger: Logger): Promise<void> {
  for (const step of closing.reverse()) {
    try {
      await step();
    } catch (error) {
      logger.error({ err: error }, "closing");
    }
  }
}
