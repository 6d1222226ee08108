import { z } from "zod";
import { BadUserInputError } from "../../errors/errors.js";
import { SnapshotStore } from "../../features/snapshot-store.js";
import { isCurrent } from "../../ingest/events/publish-windows.js";
import { dropStaging } from "../../ingest/staging.js";
import { calendarDate, named } from "../../inputs/fields.js";
import { requireNotFuture } from "../ingest/not-future.js";
import { lakeStep } from "../lake-step.js";
import { materializeSnapshot } from "../materialize/materialize.job.js";
import { outcome } from "../outcome.js";
import { type Resources, type Result, type RunContext, runKind, trainsNothing } from "../run-kind.js";
import { every, pastDates } from "./past-dates.js";
import { publishDate, requireWindows } from "./resnapshot.job.js";

const MOST_DATES = 1_000;
const params = z.object({ from: z.string(), to: z.string(), every: z.enum(every) });
type BackfillParams = z.infer<typeof params>;

const made = z.object({ asOf: z.string(), revision: z.int() });
const madeDate = named(
  z
    .object({
      asOf: z.string().describe("The date."),
      revision: z.int().describe("The revision that was made."),
    })
    .describe("One date that a backfill made a snapshot of."),
  { type: "BackfilledDate" },
);

/** Makes past snapshots from one history of events. */
export const backfillKind = runKind({
  name: "BACKFILL",
  description: "Makes past snapshots from histories of events.",
  queue: "asof_data",
  schedulable: false,
  fillsOnlineStore: true,
  holds: "nothing",
  mutation: {
    name: "backfill",
    description:
      "Makes the snapshots of past dates from the histories of events: of each date its windows, and the states that held then. A date\n" +
      "that has a snapshot and no late events is left as it is; one that has late events gets its next revision. A run that is\n" +
      "interrupted goes on with the date it was at.",
    role: "operator",
    input: null,
    beside: [],
  },
  request: () =>
    z.strictObject({
      from: calendarDate().describe("The first date."),
      to: calendarDate().describe("No date after it."),
      every: named(z.enum(every).describe("How far the dates of a backfill are apart."), {
        type: "BackfillEvery",
        values: {
          DAY: "Each day from the first date on.",
          WEEK: "Each seventh day from the first date on.",
          MONTH: "The last day of each month, from the first date's month on.",
        },
      }),
    }),
  params,
  pin: async (request, { definitions }): Promise<BackfillParams> => {
    requireWindows(definitions);
    requireNotFuture(request.to, false, new Date());
    const { length } = pastDates(request);
    if (length === 0)
      throw new BadUserInputError(
        `from ${request.from} to ${request.to}: no such date is between them; name a later "to"`,
      );
    if (length > MOST_DATES)
      throw new BadUserInputError(
        `from ${request.from} to ${request.to}: ${length} dates; at most ${MOST_DATES} in one run`,
      );
    return request;
  },
  execute,
  outcome: outcome({
    type: "BackfillOutcome",
    description: "What a backfill made.",
    stored: { made: z.array(made), left: z.int() },
    fields: {
      made: z.array(madeDate).describe("The snapshots that it made, oldest first."),
      left: z.int().describe("Dates that were left as they were."),
    },
    read: ({ made, left }) => ({ made, left }),
  }),
  cleanUp: (runId, { pool }) => dropStaging(pool, runId),
  trainedBy: trainsNothing,
});

async function execute(run: RunContext<BackfillParams>, on: Resources): Promise<Result> {
  const dates = pastDates(run.params);
  const snapshots: { asOf: string; revision: number }[] = [];
  for (const [index, asOf] of dates.entries()) {
    const revision = await run.step(`snapshot ${asOf}`, async (step) => {
      step.signal.throwIfAborted();
      step.progress(index / dates.length, asOf);
      if (await isCurrent(on.pool, on.definitions, { runId: run.runId, asOf })) return null;
      const published = await publishDate(run, on, asOf, true);
      return published.newSnapshot ? published.revision : null;
    });
    if (revision !== null) snapshots.push({ asOf, revision });
  }
  await run.step("materialize", async (step) => {
    const newest = await new SnapshotStore(on.pool).newest();
    if (snapshots.length > 0 && newest) await materializeSnapshot(run, on, newest, step);
  });
  await lakeStep(run, on);
  return { made: snapshots, left: dates.length - snapshots.length };
}
