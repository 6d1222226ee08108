import type { Client } from "../../db/pool.js";
import type { Attempt } from "../../registry/run-tracker.js";

/** The run was cancelled, or continued by a later attempt: this execution must not write any more. */
export class RunSupersededError extends Error {
  constructor(runId: string) {
    super(`run ${runId} was cancelled or is continued elsewhere`);
    this.name = "RunSupersededError";
  }
}

/**
 * Locks the run to the end of the transaction: neither a cancellation nor a later attempt comes between this and what the
 * transaction writes.
 * @throws {RunSupersededError}
 */
export async function requireCurrent(tx: Client, { runId, attempt }: Attempt): Promise<void> {
  const { rowCount } = await tx.query(
    "select 1 from runs where id = $1 and status = 'RUNNING' and attempt = $2 for share",
    [runId, attempt],
  );
  if (rowCount !== 1) throw new RunSupersededError(runId);
}
