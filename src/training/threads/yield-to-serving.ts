import { constants, setPriority } from "node:os";

/**
 * In production the threads of a training give way to the one that answers requests, where cores are short: on Linux a
 * thread has a priority of its own. Alone on its cores a training takes as long as before.
 */
export function yieldToServing(): void {
  if (process.platform !== "linux" || process.env.NODE_ENV !== "production") return;
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
}
