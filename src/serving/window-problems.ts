import type { Queryable } from "../db/pool.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { staleDates } from "../features/windows/late-events.js";
import type { Problem } from "./model-problems.js";

/** Dates that are listed by themselves. */
const LISTED = 5;

/** Dates whose windows are not what they would be if they were computed now. */
export async function windowProblems(
  db: Queryable,
  definitions: Pick<Deployment, "views">,
): Promise<Problem[]> {
  const stale = await staleDates(db, definitions);
  const problems = stale.slice(0, LISTED).map(({ asOf, lateEvents }) => ({
    subject: `snapshot ${asOf}`,
    message: `stale: ${lateEvents} late event${lateEvents === 1 ? "" : "s"}`,
    remedy: `resnapshot(asOf: "${asOf}")`,
  }));
  const more = stale.slice(LISTED);
  if (more.length === 0) return problems;
  const [oldest, newest] = [more.at(-1)!.asOf, more[0]!.asOf];
  return [
    ...problems,
    {
      subject: `snapshots of ${more.length} more dates`,
      message: `stale: late events, from ${oldest} to ${newest}`,
      remedy: `backfill(from: "${oldest}", to: "${newest}", every: DAY), or MONTH where they are months' ends`,
    },
  ];
}
