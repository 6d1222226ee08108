import { type Pool, withTransaction } from "../db/pool.js";
import { type NewEvent, RunTracker } from "./run-tracker.js";

/**
 * Appends a LOG event to a run, ended or not, unless it has one of that name already, whichever process appended it.
 * @param once identifies the event; kept in its data
 */
export async function appendEventOnce(
  pool: Pool,
  runId: string,
  once: string,
  { message, step, data }: Pick<NewEvent, "message" | "step" | "data">,
): Promise<void> {
  await withTransaction(pool, async (tx) => {
    // The lock under which events are appended: after it, no other is under way.
    await tx.query("select pg_advisory_xact_lock(hashtextextended('asof_run_events', 0))");
    const { rowCount } = await tx.query("select 1 from run_events where run_id = $1 and data->>'once' = $2", [
      runId,
      once,
    ]);
    if (rowCount) return;
    await new RunTracker(tx).event(runId, { type: "LOG", step, message, data: { ...data, once } });
  });
}
