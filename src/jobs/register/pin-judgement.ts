import { BadUserInputError, RunNotFoundError, SnapshotNotFoundError } from "../../errors/errors.js";
import { SnapshotDroppedError } from "../../errors/snapshot-dropped.js";
import type { SnapshotStore } from "../../features/snapshot-store.js";
import type { Snapshot } from "../../features/types.js";
import type { RunStore } from "../../registry/run-store.js";
import type { SplitRule } from "../../serving/training-split.js";
import type { HeldOutRule } from "../../values/held-out.js";
import { SEED, TEST_FRACTION } from "../../values/ranges.js";
import { exportParams } from "../export/export-params.js";
import type { RegisterParams } from "./register-params.js";

type Pinned = Pick<
  RegisterParams,
  "asOf" | "labelAsOf" | "snapshot" | "labelSnapshot" | "seed" | "testFraction" | "splitRule" | "encoding"
>;

export interface JudgementRequest {
  model: string;
  /** The date of the features it is judged on, and of the labels unless `labelAsOf` says another; the export's last unless given. */
  asOf?: string | null;
  labelAsOf?: string | null;
  /** The export's where it says who is held out, else the usual ones, unless given. */
  seed?: number | null;
  testFraction?: number | null;
  /** By which its trainer held rows out; ranks unless given, or the export says another. */
  splitRule?: SplitRule | null;
  /** The EXPORT run that wrote what it was trained on. */
  trainedOn?: string | null;
}

/**
 * The rows a model is judged on, and the snapshots it was trained from where its trainer says which export it read. Whom that
 * export held out, and nobody else, the model was not trained on.
 * @throws {BadUserInputError} no date, or the run is no export that succeeded, or of another feature service; or others are to be
 *   held out than the export says
 */
export async function pinJudgement(
  request: JudgementRequest,
  snapshots: SnapshotStore,
  runs: RunStore,
): Promise<{ pinned: Pinned; trainedSnapshots: number[] | null }> {
  const read = request.trainedOn ? await exportedBy(request.trainedOn, request.model, runs) : null;
  const last = read?.months.at(-1);
  const asOf = request.asOf ?? last?.asOf;
  if (!asOf)
    throw new BadUserInputError(
      "asOf: the date it is judged on was expected; or trainedOn, for the export's last",
    );
  const labelAsOf = request.labelAsOf ?? (request.asOf ? request.asOf : (last?.labelAsOf ?? asOf));
  const [features, label] = [await pin(snapshots, asOf), await pin(snapshots, labelAsOf)];
  const ids = read?.months.flatMap(({ snapshotId, labelSnapshotId }) => [snapshotId, labelSnapshotId]);
  return {
    pinned: {
      ...{ asOf, labelAsOf, snapshot: pinOf(features), labelSnapshot: pinOf(label) },
      ...splitOf(request, read?.heldOut ?? null),
      encoding: read?.encoding ?? null,
    },
    trainedSnapshots: ids ? [...new Set(ids)] : null,
  };
}

function splitOf(
  { seed, testFraction, splitRule, trainedOn }: JudgementRequest,
  exported: HeldOutRule | null,
): Pick<Pinned, "seed" | "testFraction" | "splitRule"> {
  const usual = { seed: SEED.default, testFraction: TEST_FRACTION.default };
  const rule = exported ?? usual;
  const asked = { seed: seed ?? rule.seed, testFraction: testFraction ?? rule.testFraction };
  for (const name of ["seed", "testFraction"] as const) {
    const value = asked[name];
    if (!exported || value === exported[name]) continue;
    throw new BadUserInputError(
      `${name}: run ${trainedOn} held out by ${exported[name]}, which is what its model is judged by; got ${value}: leave it out`,
      { [name]: value },
    );
  }
  return { ...asked, splitRule: exported ? "THRESHOLD" : (splitRule ?? "RANKS") };
}

async function exportedBy(runId: string, model: string, runs: RunStore) {
  const run = await runs.find(runId);
  if (!run) throw new RunNotFoundError(runId);
  if (run.kind !== "EXPORT" || run.status !== "SUCCEEDED") {
    throw new BadUserInputError(
      `trainedOn: an EXPORT run that succeeded was expected; run ${runId} is a ${run.kind} run, ${run.status}`,
      { trainedOn: runId },
    );
  }
  const params = exportParams.parse(run.params);
  if (params.model === model) return params;
  throw new BadUserInputError(
    `trainedOn: run ${runId} exported ${JSON.stringify(params.model)}, the model is ${JSON.stringify(model)}`,
    { trainedOn: runId },
  );
}

async function pin(snapshots: SnapshotStore, asOf: string): Promise<Snapshot> {
  const snapshot = await snapshots.find(asOf);
  if (!snapshot) throw new SnapshotNotFoundError(asOf);
  if (!snapshot.rowsAvailable) throw new SnapshotDroppedError(snapshot.asOf, snapshot.revision);
  return snapshot;
}

const pinOf = ({ id, revision, contentSha256 }: Snapshot) => ({ id, revision, contentSha256 });
