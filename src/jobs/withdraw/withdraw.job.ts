import { z } from "zod";
import { BadUserInputError } from "../../errors/errors.js";
import { requireWithdrawable, withdrawSnapshot } from "../../features/snapshot-withdrawal.js";
import { calendarDate, reason } from "../../inputs/fields.js";
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

/** Withdraws the newest revision of a date: it stays on record, and no new read uses it. */
export const withdrawKind = runKind({
  name: "WITHDRAW",
  description: "Withdraws a snapshot.",
  /** With what publishes and materializes. */
  queue: "asof_data",
  schedulable: false,
  fillsOnlineStore: false,
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
  cleanUp: nothingToCleanUp,
  trainedBy: trainsNothing,
});

async function execute(run: RunContext<WithdrawParams>, on: Resources): Promise<Result> {
  const result = await run.step("withdraw", (step) => withdraw(run, on, step));
  await run.step("materialize", (step) => on.online.fill(step.signal));
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
