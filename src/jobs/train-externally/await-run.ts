import { setTimeout as delay } from "node:timers/promises";
import type { Pool } from "../../db/pool.js";
import { AsofError, ConflictError, ERROR_CODES } from "../../errors/errors.js";
import type { Run } from "../../registry/run.js";
import { RunStore } from "../../registry/run-store.js";

const PAUSE_MS = 250;

/**
 * The run once it has succeeded.
 * @throws {AsofError} what it failed with; {ConflictError} it was cancelled; the signal's reason where that is aborted
 */
export async function awaitRun(pool: Pool, id: string, signal: AbortSignal): Promise<Run> {
  const runs = new RunStore(pool);
  for (;;) {
    signal.throwIfAborted();
    const run = (await runs.find(id))!;
    if (run.status === "SUCCEEDED") return run;
    const named = `${run.kind} run ${id}`;
    if (run.status === "CANCELLED") throw new ConflictError(`${named} was cancelled`, { runId: id });
    if (run.status === "FAILED") {
      const code = ERROR_CODES.find((each) => each === run.error?.code) ?? "INTERNAL_SERVER_ERROR";
      throw new AsofError(code, `${named} failed: ${run.error?.message}`, { runId: id });
    }
    await delay(PAUSE_MS, null, { signal }).catch(() => {});
  }
}
