import { type FeatureService, findService } from "../../definitions/language/deployment.js";
import { ModelNotFoundError, SnapshotNotFoundError } from "../../errors/errors.js";
import { UndeclaredFeaturesError } from "../../errors/undeclared-features.js";
import { declaredFeatures, declaredLabel, pinColumns } from "../../features/pinned-columns.js";
import { requireUsable } from "../../features/snapshot-rows.js";
import type { SnapshotStore } from "../../features/snapshot-store.js";
import type { Snapshot } from "../../features/types.js";
import type { Pinning } from "../run-kind.js";
import type { PinnedSnapshot, TrainingRowsParams } from "./train-params.js";

interface RowsRequest {
  asOf: string;
  labelAsOf?: string | null | undefined;
  model: string;
  seed: number;
  testFraction: number;
  undeclared: "REFUSE" | "LEAVE_OUT";
}

/**
 * The rows that a training reads: the newest revisions of today.
 * @throws {ModelNotFoundError} no feature service of that name
 * @throws {SnapshotNotFoundError} no snapshot of the date of the features or of the labels
 * @throws {SnapshotDroppedError} retention dropped the rows of one of them
 * @throws {UndeclaredFeaturesError} a snapshot was made without a feature that is not to be left out, or the label
 */
export async function pinRows(
  request: RowsRequest,
  { definitions, snapshots }: Pick<Pinning, "definitions" | "snapshots">,
): Promise<TrainingRowsParams> {
  const { asOf, model, seed, testFraction } = request;
  const labelAsOf = request.labelAsOf ?? asOf;
  const service = findService(definitions, model);
  if (!service) throw new ModelNotFoundError(model);
  const [snapshot, labelSnapshot] = [await pin(snapshots, asOf), await pin(snapshots, labelAsOf)];
  const rows = { asOf, labelAsOf, model, seed, testFraction, snapshot, labelSnapshot };
  const leftOut = await findUndeclared(service, snapshots, rows, request.undeclared);
  return leftOut.length > 0 ? { ...rows, leftOut } : rows;
}

/** The service's features that the snapshot was made without. */
async function findUndeclared(
  service: FeatureService,
  snapshots: SnapshotStore,
  { snapshot, labelSnapshot, asOf, labelAsOf }: TrainingRowsParams,
  undeclared: RowsRequest["undeclared"],
): Promise<string[]> {
  const parts = await snapshots.parts([snapshot.id, labelSnapshot.id]);
  const label = pinColumns(parts.get(labelSnapshot.id)!, [declaredLabel(service)]);
  if (label.undeclared.length > 0)
    throw new UndeclaredFeaturesError(labelAsOf, label.undeclared, "take the labels of another date");
  const features = pinColumns(parts.get(snapshot.id)!, declaredFeatures(service));
  if (features.undeclared.length === 0) return [];
  const remedy = "train on a later date, or leave them out (undeclared: LEAVE_OUT)";
  if (undeclared === "REFUSE" || features.pinned.length === 0)
    throw new UndeclaredFeaturesError(asOf, features.undeclared, remedy);
  return features.undeclared;
}

async function pin(snapshots: SnapshotStore, asOf: string): Promise<PinnedSnapshot> {
  const snapshot: Snapshot | null = await snapshots.find(asOf);
  if (!snapshot) throw new SnapshotNotFoundError(asOf);
  const { id, revision, contentSha256 } = requireUsable(snapshot);
  return { id, revision, contentSha256 };
}
