import { AsofError, SnapshotNotFoundError } from "../../errors/errors.js";
import type { Services } from "../../services/services.js";
import { parseCalendarDate } from "../../values/calendar-date.js";
import { shapeError } from "./feast-error.js";

const PAGE = 1000;
const ENDED = ["SUCCEEDED", "FAILED", "CANCELLED"];

/**
 * Copies the newest snapshot until `end` to the online store, and waits for it: Feast's clients expect the values there
 * when they are answered.
 * @throws {SnapshotNotFoundError} there is none until then
 */
export async function materializeUntil(
  { snapshots, jobs, runs }: Services,
  end: string,
  actor: string,
): Promise<void> {
  const date = parseCalendarDate(end.slice(0, 10));
  if (date === null)
    throw shapeError(
      ["end_ts"],
      `a time such as 2024-02-10T00:00:00 was expected; got ${JSON.stringify(end)}`,
    );
  const run = await jobs.start("MATERIALIZE", { asOf: await newestUntil(snapshots, date) }, actor);
  for await (const { type, status } of runs.follow(run.id, null)) {
    if (type === "STATUS" && ENDED.includes(status)) break;
  }
  const [ended] = await runs.findByIds([run.id]);
  if (ended?.status === "SUCCEEDED") return;
  throw new AsofError(
    "CONFLICT",
    `run ${run.id} ended ${ended?.status ?? "nowhere"}: ${ended?.error?.message ?? "look at its events"}`,
  );
}

async function newestUntil(snapshots: Services["snapshots"], date: string): Promise<string> {
  for (let after: string | null = null; ; ) {
    const page: Awaited<ReturnType<Services["snapshots"]["list"]>> = await snapshots.list({
      first: PAGE,
      after,
    });
    const found = page.nodes.find(({ asOf, state }) => asOf <= date && state === "PUBLISHED");
    if (found) return found.asOf;
    if (!page.hasNextPage) throw new SnapshotNotFoundError(date);
    after = page.cursorAt(page.nodes.length - 1);
  }
}
