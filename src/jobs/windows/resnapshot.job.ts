import { z } from "zod";
import { type Deployment, deploymentSha256 } from "../../definitions/language/deployment.js";
import { computedSources } from "../../definitions/language/windows/sources-of.js";
import { BadUserInputError } from "../../errors/errors.js";
import { requireUsable } from "../../features/snapshot-rows.js";
import { SnapshotStore } from "../../features/snapshot-store.js";
import { publishWindows, requireSnapshot } from "../../ingest/events/publish-windows.js";
import type { Published } from "../../ingest/publish.js";
import { dropStaging } from "../../ingest/staging.js";
import { calendarDate } from "../../inputs/fields.js";
import { RunTracker } from "../../registry/run-tracker.js";
import { lakeStep } from "../lake-step.js";
import { materializeSnapshot } from "../materialize/materialize.job.js";
import { viewRows, viewRowsField, viewRowsList } from "../materialize/materialize-outcome.js";
import { outcome, snapshotReference } from "../outcome.js";
import { type Resources, type Result, type RunContext, runKind, trainsNothing } from "../run-kind.js";

const params = z.object({ asOf: z.string() });
type ResnapshotParams = z.infer<typeof params>;

/** Computes the windows of one date again, by the events that are known now. */
export const resnapshotKind = runKind({
  name: "RESNAPSHOT",
  description: "Computes the windows of a snapshot again.",
  queue: "asof_data",
  schedulable: true,
  fillsOnlineStore: true,
  holds: "nothing",
  mutation: {
    name: "resnapshot",
    description:
      "Computes the window features of a date again, by the events that are known now, and makes the date's next revision of them;\n" +
      "its other parts stay. Where nothing changed there is no revision. Reads that are known before it still find the former one.",
    role: "operator",
    input: null,
    beside: [],
  },
  request: () => z.strictObject({ asOf: calendarDate().describe("The date of a snapshot.") }),
  params,
  pin: async ({ asOf }, { snapshots, definitions }): Promise<ResnapshotParams> => {
    requireWindows(definitions);
    requireUsable(await requireSnapshot(snapshots, asOf));
    return { asOf };
  },
  execute,
  outcome: outcome({
    type: "ResnapshotOutcome",
    description: "What came of computing a date's windows again.",
    stored: { asOf: z.string(), revision: z.int(), unchanged: z.boolean(), online: viewRows },
    fields: {
      snapshot: snapshotReference().describe("The date's newest snapshot."),
      unchanged: z
        .boolean()
        .describe("Whether the windows are what they were, so that there is no revision."),
      views: viewRowsField(),
    },
    read: ({ asOf, revision, unchanged, online }) => ({
      snapshot: asOf !== undefined && revision !== undefined ? { asOf, revision } : null,
      unchanged,
      views: online && viewRowsList(online),
    }),
  }),
  cleanUp: (runId, { pool }) => dropStaging(pool, runId),
  trainedBy: trainsNothing,
});

/** @throws {BadUserInputError} the deployment has no window views */
export function requireWindows(definitions: Deployment): void {
  if (computedSources(definitions).length > 0) return;
  throw new BadUserInputError(
    "no view of this deployment has window features: its snapshots are what was delivered, and only a delivery makes another",
  );
}

async function execute(run: RunContext<ResnapshotParams>, on: Resources): Promise<Result> {
  const { asOf } = run.params;
  const { snapshotId, revision, newSnapshot } = await run.step("compute", async (step) => {
    const published = await publishDate(run, on, asOf, false);
    const what = published.newSnapshot
      ? `snapshot ${asOf} revision ${published.revision}`
      : "nothing changed";
    await step.log(`computed: ${what}`);
    return published;
  });
  const online = await run.step("materialize", async (step) => {
    const [snapshot] = await new SnapshotStore(on.pool).findByIds([snapshotId]);
    return materializeSnapshot(run, on, snapshot!, step);
  });
  await lakeStep(run, on);
  return { asOf, revision, unchanged: !newSnapshot, online };
}

/** In one transaction, if the run may still write. A repeated one finds what it made. */
export const publishDate = (
  run: RunContext,
  { definitions }: Resources,
  asOf: string,
  create: boolean,
): Promise<Published> =>
  run.write(async (tx) => {
    const { runId } = run;
    const definitionsSha256 = deploymentSha256(definitions);
    const published = await publishWindows(tx, definitions, { runId, asOf, definitionsSha256, create });
    await new RunTracker(tx).saveSnapshot(runId, published.snapshotId);
    return published;
  });
