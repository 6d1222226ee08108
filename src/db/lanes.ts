import { availableParallelism } from "node:os";

/** Connections that one run works with at once: PostgreSQL gives each a core of its own. */
export const LANES = Math.min(4, Math.max(2, availableParallelism()));

/**
 * Does the tasks in their order, `lanes` of them at a time. After a failure none is begun any more; what is under
 * way is waited for, then the first failure is thrown.
 */
export async function inLanes<T>(
  tasks: readonly T[],
  work: (task: T) => Promise<void>,
  lanes = LANES,
): Promise<void> {
  const queue = tasks.values();
  const failures: unknown[] = [];
  const lane = async () => {
    for (const task of queue) {
      try {
        await work(task);
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failures.length > 0) throw failures[0];
}
