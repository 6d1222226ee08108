import { z } from "zod";
import { BadUserInputError } from "../../errors/errors.js";
import { requireWithdrawable, withdrawSnapshot } from "../../features/snapshot-withdrawal.js";
import { calendarDate, named, reason } from "../../inputs/fields.js";
import { lakeStep } from "../lake-step.js";
import { outcome, snapshotReference } from "../outcome.js";
import {
  nothingToCleanUp,
  type Resources,
  type Result,
  type RunContext,
  runKind,
  type StepContext,
  trainsNothing,
} from "../run-kind.js";

const params = z.object({ asOf: z.string(), reason: z.string() });
type WithdrawParams = z.infer<typeof params>;

const goneBack = z.record(z.string(), z.object({ restored: z.int(), removed: z.int() }));
const withdrawnRows = named(
  z
    .object({
      name: z.string().describe("The name of the source or view."),
      restored: z.int().describe("Rows that have an earlier value again."),
      removed: z.int().describe("Rows that had none before."),
    })
    .describe("What a withdrawal did to one table."),
  { type: "WithdrawnRows" },
);
const rowsByName = (tables: z.infer<typeof goneBack>) =>
  Object.entries(tables).map(([name, rows]) => ({ name, ...rows }));

/** Withdraws the newest revision of a date: it stays on record, and no new read uses it. */
export const withdrawKind = runKind({
  name: "WITHDRAW",
  description: "Withdraws a snapshot.",
  /** With what publishes and materializes. */
  queue: "asof_data",
  schedulable: false,
  fillsOnlineStore: false,
  holds: "nothing",
  mutation: {
    name: "withdrawSnapshot",
    description:
      "Withdraws the newest revision of a date that should not have been published (a mistyped date, a wrong file): it is on\n" +
      "record as WITHDRAWN with actor and reason; reads that are known after the withdrawal no longer find it, those with an\n" +
      "earlier knownAt, and reproduce, still do; online and live values go back to what they would have been without it;\n" +
      "pushes bound to it wait again; its revision number is not given again. CONFLICT where a Production or Staging version\n" +
      "was trained from it.",
    // It is on record, and what it takes back can be ingested again.
    role: "operator",
    input: null,
    beside: [],
  },
  request: () => z.strictObject({ asOf: calendarDate(), reason: reason() }),
  params,
  pin: async ({ asOf, reason }, { snapshots }): Promise<WithdrawParams> => {
    if (reason.trim() === "") throw new BadUserInputError("reason: say why it is withdrawn; it is empty");
    await requireWithdrawable(snapshots, asOf);
    return { asOf, reason };
  },
  execute,
  outcome: outcome({
    type: "WithdrawOutcome",
    description: "What a withdrawal took back.",
    stored: {
      ...{ asOf: z.string(), revision: z.int(), live: goneBack, online: goneBack, pushes: z.int() },
      revised: z.array(z.object({ asOf: z.string(), revision: z.int() })),
    },
    fields: {
      snapshot: snapshotReference().describe("The snapshot that was withdrawn."),
      live: z.array(withdrawnRows).describe("Of each live table."),
      online: z.array(withdrawnRows).describe("Of each view online."),
      pushes: z.int().describe("Pushes that wait again for a snapshot."),
      revised: z
        .array(snapshotReference())
        .describe("Revisions of dates that carry on from now what holds without it."),
    },
    read: ({ asOf, revision, live, online, pushes, revised }) => ({
      snapshot: asOf !== undefined && revision !== undefined ? { asOf, revision } : null,
      live: live && rowsByName(live),
      online: online && rowsByName(online),
      pushes,
      revised: live && (revised ?? []),
    }),
  }),
  cleanUp: nothingToCleanUp,
  trainedBy: trainsNothing,
});

async function execute(run: RunContext<WithdrawParams>, on: Resources): Promise<Result> {
  const result = await run.step("withdraw", (step) => withdraw(run, on, step));
  await run.step("materialize", (step) => on.online.fill(step.signal));
  // What was pushed waits for another snapshot; an older revision of the date may have got a successor.
  await lakeStep(run, on);
  return result;
}

/** The withdrawal and the run's result become true together, once. */
async function withdraw(
  { runId, params, writeOnce }: RunContext<WithdrawParams>,
  { definitions }: Resources,
  step: StepContext,
): Promise<Result> {
  const result: Result = await writeOnce(async (tx, { actor }) => ({
    ...(await withdrawSnapshot(tx, definitions, { ...params, actor, runId })),
  }));
  await step.log(`withdrawn: snapshot ${params.asOf} revision ${result.revision}`, result);
  return result;
}
