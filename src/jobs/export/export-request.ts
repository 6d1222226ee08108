import { type Deployment, featuresOf, findService } from "../../definitions/language/deployment.js";
import { BadUserInputError, ModelNotFoundError, SnapshotNotFoundError } from "../../errors/errors.js";
import { pinExportColumns } from "../../features/export-rows.js";
import { requireUsable } from "../../features/snapshot-rows.js";
import type { SnapshotStore } from "../../features/snapshot-store.js";
import type { Snapshot } from "../../features/types.js";
import type { ExportFormat, ExportParams } from "./export.job.js";

export interface ExportRequest {
  asOfFrom: string;
  /** asOfFrom unless given. */
  asOfTo?: string | null;
  model: string;
  /** All of the service, in its order, unless given. */
  features?: readonly string[] | null;
  labelOffset: number;
  formats: readonly ExportFormat[];
}

const MAX_OFFSET = 120;

/** Checks what is asked and pins the newest revision of every date in it. Throws as `JobService.exportTrainingSet`. */
export async function pinExport(
  snapshots: SnapshotStore,
  definitions: Deployment,
  request: ExportRequest,
): Promise<ExportParams> {
  const { asOfFrom, model, labelOffset } = request;
  const asOfTo = request.asOfTo ?? asOfFrom;
  const service = findService(definitions, model);
  if (!service) throw new ModelNotFoundError(model);
  const features = chosenFeatures(
    featuresOf(service.views).map(({ name }) => name),
    request.features,
  );
  const formats = [...new Set(request.formats)];
  if (formats.length === 0) throw new BadUserInputError("formats: at least one was expected; got none");
  if (!(labelOffset >= 0 && labelOffset <= MAX_OFFSET)) {
    throw new BadUserInputError(`labelOffset: 0 to ${MAX_OFFSET} was expected; got ${labelOffset}`);
  }
  if (asOfTo < asOfFrom) {
    throw new BadUserInputError(`asOfTo: ${asOfFrom} or later was expected; got ${asOfTo}`);
  }
  const later = await snapshots.newestRevisions(asOfFrom);
  const dated = later.filter(({ asOf }) => asOf <= asOfTo);
  if (dated.length === 0) throw new SnapshotNotFoundError(`a date from ${asOfFrom} to ${asOfTo}`);
  const months = dated.map((snapshot, index) => ({
    snapshot: requireUsable(snapshot),
    label: requireUsable(labelSnapshot(later, index, labelOffset)),
  }));
  const pinned = months.map(({ snapshot, label }) => ({
    asOf: snapshot.asOf,
    snapshotId: snapshot.id,
    revision: snapshot.revision,
    labelAsOf: label.asOf,
    labelSnapshotId: label.id,
    labelRevision: label.revision,
  }));
  const parts = await snapshots.parts(pinned.flatMap((month) => [month.snapshotId, month.labelSnapshotId]));
  for (const month of pinned) pinExportColumns(service, features, month, parts);
  return {
    asOfFrom,
    asOfTo,
    model,
    features,
    labelOffset,
    formats,
    months: pinned,
    labels: months.reduce((sum, { label }) => {
      return sum + (label.views.find(({ name }) => name === service.label.source.name)?.rowCount ?? 0);
    }, 0),
  };
}

function chosenFeatures(known: readonly string[], asked: readonly string[] | null | undefined): string[] {
  if (!asked) return [...known];
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new BadUserInputError(
      `features: ${JSON.stringify(unknown)} is no feature of the service; take of ${known.join(", ")}`,
    );
  }
  const twice = asked.find((name, index) => asked.indexOf(name) !== index);
  if (twice !== undefined) throw new BadUserInputError(`features: ${twice} is named twice; name it once`);
  if (asked.length === 0) throw new BadUserInputError("features: at least one was expected; got none");
  return [...asked];
}

function labelSnapshot(later: readonly Snapshot[], index: number, offset: number): Snapshot {
  const label = later[index + offset];
  if (label) return label;
  const { asOf } = later[index]!;
  throw new SnapshotNotFoundError(`a date ${offset} after ${asOf}, for its labels`);
}
