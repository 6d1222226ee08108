import { z } from "zod";
import type { Pool } from "../../db/pool.js";
import { SnapshotNotFoundError } from "../../errors/errors.js";
import { FeatureStore } from "../../features/feature-store.js";
import { type StaleView, staleViews } from "../../features/freshness-watch.js";
import { type MaterializedRows, materialize } from "../../features/materialize.js";
import { requireUsable } from "../../features/snapshot-rows.js";
import { SnapshotStore } from "../../features/snapshot-store.js";
import type { Snapshot } from "../../features/types.js";
import { calendarDate } from "../../inputs/fields.js";
import { appendEventOnce } from "../../registry/event-once.js";
import { Pace } from "../pace.js";
import {
  nothingToCleanUp,
  type Resources,
  type Result,
  type RunContext,
  runKind,
  type StepContext,
  trainsNothing,
} from "../run-kind.js";
import { materializeOutcome } from "./materialize-outcome.js";

const params = z.object({ asOf: z.string().nullable().describe("The newest snapshot where null.") });
type MaterializeParams = z.infer<typeof params>;

/** Copies one snapshot's newest revision to the online store. */
export const materializeKind = runKind({
  name: "MATERIALIZE",
  description: "Copies a snapshot into the online store.",
  /** With whatever writes live and online tables. */
  queue: "asof_data",
  schedulable: true,
  fillsOnlineStore: true,
  holds: "nothing",
  mutation: {
    name: "materialize",
    description:
      "Copies a snapshot's newest values to the online store; an older value never replaces a newer one.",
    role: "operator",
    input: null,
    beside: [],
  },
  request: () => z.strictObject({ asOf: calendarDate().nullish().describe("The newest date unless given.") }),
  params,
  pin: async ({ asOf = null }, { snapshots }): Promise<MaterializeParams> => {
    requireUsable(await find(snapshots, asOf));
    return { asOf };
  },
  execute,
  outcome: materializeOutcome,
  cleanUp: nothingToCleanUp,
  trainedBy: trainsNothing,
});

function execute(run: RunContext<MaterializeParams>, on: Resources): Promise<Result> {
  return run.step("materialize", async (step) => {
    const snapshot = await find(new SnapshotStore(on.pool), run.params.asOf);
    const online = await materializeSnapshot(run, on, snapshot, step);
    const written = countOf(online, "written");
    return { asOf: snapshot.asOf, revision: snapshot.revision, written, older: countOf(online, "older") };
  });
}

/** @throws {SnapshotNotFoundError} no snapshot of that date, or none at all */
async function find(snapshots: SnapshotStore, asOf: string | null): Promise<Snapshot> {
  const snapshot = asOf === null ? await snapshots.newest() : await snapshots.find(asOf);
  if (!snapshot) throw new SnapshotNotFoundError(asOf ?? "any date");
  return snapshot;
}

/**
 * The step that ingest and materialize runs share: one transaction for all views, then the online store is filled
 * from what it committed. After a crash between the two, the repeated step fills it.
 * @param carried what becomes of parts that the snapshot carries on from earlier dates
 * @returns per view what became of the snapshot's rows
 */
export async function materializeSnapshot(
  run: RunContext,
  { pool, definitions, online }: Resources,
  snapshot: Snapshot,
  step: StepContext,
  carried: "copy" | "skip" = "copy",
): Promise<Record<string, MaterializedRows>> {
  const rowsOf = (view: string) => snapshot.views.find(({ name }) => name === view)?.rowCount ?? 0;
  const total = definitions.views.reduce((sum, { name }) => sum + rowsOf(name), 0);
  const pace = new Pace(step, total, "rows");
  const materialized = await run.write(async (tx, tracker) => {
    await tracker.saveSnapshot(run.runId, snapshot.id);
    const onView = (view: string) => pace.advance(rowsOf(view), view);
    return materialize(tx, definitions, snapshot.id, run.runId, onView, carried);
  });
  await online.fill(step.signal);
  const written = countOf(materialized, "written");
  await step.log("materialized", { written });
  const older = countOf(materialized, "older");
  if (Object.values(older).some((count) => count > 0)) {
    const message = `of the rows of ${snapshot.asOf} some are not served: newer values are`;
    await step.log(message, { severity: "WARNING", older });
  }
  const known = await new FeatureStore(pool, definitions).freshness();
  for (const stale of staleViews(definitions.views, known, new Date())) await reportStaleView(pool, stale);
  return materialized;
}

const countOf = (
  materialized: Record<string, MaterializedRows>,
  what: keyof MaterializedRows,
): Record<string, number> =>
  Object.fromEntries(Object.entries(materialized).map(([view, rows]) => [view, rows[what]]));

/** Appends the warning once to the run that materialized the view; the first process to notice writes it. */
export async function reportStaleView(
  pool: Pool,
  { runId, view, message, fields }: StaleView,
): Promise<void> {
  if (!runId) return;
  const data = { severity: "WARNING", ...fields };
  await appendEventOnce(pool, runId, `stale view ${view}`, { message, step: "materialize", data });
}
