import {
  eraseFromLake,
  type LakeSync,
  type SyncedLake,
  syncLake,
} from "../features/offline/lake/lake-sync.js";
import type { Resources, RunContext, StepContext } from "./run-kind.js";

/** The last step of what publishes snapshots: brings the lake to them, where there is one. */
export async function lakeStep(run: Pick<RunContext, "step">, on: Resources): Promise<void> {
  await withLake(run, on, syncLake);
}

/** The same of what erases. */
export async function eraseLakeStep(run: Pick<RunContext, "step">, on: Resources): Promise<void> {
  await withLake(run, on, eraseFromLake);
}

async function withLake(
  run: Pick<RunContext, "step">,
  on: Resources,
  sync: (of: LakeSync) => Promise<SyncedLake>,
): Promise<void> {
  const { lake } = on.offline;
  if (!lake) return;
  await run.step("lake", async (step: StepContext) => {
    const { pool, definitions } = on;
    const synced = await sync({ pool, definitions, lake, signal: step.signal });
    const { parts, rows, removed } = synced;
    if (parts + removed > 0)
      await step.log(`${lake.url}: ${parts} parts with ${rows} rows written, ${removed} files removed`);
    return synced;
  });
}
