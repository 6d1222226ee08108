import { eq, sql } from "drizzle-orm";
import { type Pool, withTransaction } from "../db/pool.js";
import { runs } from "../db/tables/runs.js";
import { ask, jsonbValue } from "../db/typed.js";
import { BadUserInputError, RunNotFoundError } from "../errors/errors.js";
import { notedInWords } from "./registry-changes.js";
import type { Run } from "./run.js";
import { RunStore } from "./run-store.js";
import { RunTracker } from "./run-tracker.js";

export const MAX_TAGS = 100;

/** What people add to a run of any kind and status. */
export interface RunChange {
  name?: string | null;
  /** Set where they have a value, removed where it is null; others stay. */
  tags?: Record<string, string | null> | null;
  /** Null removes it. */
  note?: string | null;
}

/**
 * @throws {RunNotFoundError}
 * @throws {BadUserInputError} more than 100 tags
 */
export async function annotateRun(pool: Pool, runId: string, change: RunChange, actor: string): Promise<Run> {
  const said = notedInWords(change);
  return withTransaction(pool, async (tx) => {
    const changed = {
      tags: sql`jsonb_strip_nulls(${runs.tags} || ${jsonbValue(change.tags ?? {})})`,
      // What is undefined stays as it is.
      ...{ name: change.name, note: change.note },
    };
    const [run] = await ask(tx, (query) =>
      query
        .update(runs)
        .set(changed)
        .where(eq(runs.id, runId))
        .returning({ tags: sql<number>`(select count(*)::int from jsonb_object_keys(tags))` }),
    );
    if (!run) throw new RunNotFoundError(runId);
    if (run.tags > MAX_TAGS) {
      throw new BadUserInputError(`tags: run ${runId} would have ${run.tags}, ${MAX_TAGS} are accepted`);
    }
    if (said) await new RunTracker(tx).event(runId, { type: "LOG", message: `${said} (${actor})` });
    return (await new RunStore(tx).find(runId))!;
  });
}
