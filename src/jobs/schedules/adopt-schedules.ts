import { z } from "zod";
import { type Pool, withTransaction } from "../../db/pool.js";
import type { RunClient } from "../engine/dispatcher.js";
import { CronClock } from "./cron-clock.js";

/** What 0.1.0 kept of a schedule in DBOS beside its cron expression. */
const kept = z.object({
  name: z.string(),
  kind: z.string(),
  params: z.record(z.string(), z.unknown()),
  timezone: z.string(),
  actor: z.string(),
});

/**
 * Takes schedules over from DBOS, where 0.1.0 kept them: what was missed since they last fired is caught up, as they say.
 * Safe to repeat, and by several processes at once. One that this release's clock cannot read stays where it is.
 */
export async function adoptSchedules(client: RunClient, pool: Pool): Promise<void> {
  for (const {
    scheduleName,
    schedule,
    status,
    context,
    lastFiredAt,
    automaticBackfill,
  } of await client.listSchedules()) {
    const { name, kind, params, timezone, actor } = kept.parse(context);
    const clock = readable(schedule, timezone);
    if (!clock) continue;
    const last = lastFiredAt === null ? null : new Date(lastFiredAt);
    const due = clock.next(automaticBackfill && last ? last : new Date());
    await withTransaction(pool, async (tx) => {
      await tx.query(
        `insert into run_schedules (name, cron, timezone, kind, params, catch_up, paused, actor, last_fired_at, due_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (name) do nothing`,
        [
          ...[name, schedule, timezone, kind, JSON.stringify(params), automaticBackfill],
          ...[status === "PAUSED", actor, last, due],
        ],
      );
    });
    await client.deleteSchedule(scheduleName);
  }
}

function readable(cron: string, timezone: string): CronClock | null {
  try {
    return new CronClock(cron, timezone);
  } catch {
    return null;
  }
}
