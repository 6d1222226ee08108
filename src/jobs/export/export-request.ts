import { z } from "zod";
import { type Deployment, featuresOf, findService } from "../../definitions/language/deployment.js";
import { BadUserInputError, ModelNotFoundError, SnapshotNotFoundError } from "../../errors/errors.js";
import { pinExportColumns } from "../../features/export-rows.js";
import { requireUsable } from "../../features/snapshot-rows.js";
import type { Snapshot } from "../../features/types.js";
import { calendarDate, model, named } from "../../inputs/fields.js";
import type { Pinning } from "../run-kind.js";
import { EXPORT_FORMATS, type ExportParams } from "./export-params.js";

/** `ExportTrainingSetInput`. */
export const exportRequest = (deployment: Deployment) =>
  z.strictObject({
    asOfFrom: calendarDate().describe("Of the snapshots whose features are written, the first date."),
    asOfTo: calendarDate().nullish().describe("The last date, asOfFrom unless given."),
    model: model(deployment).describe("The feature service."),
    features: z
      .array(z.string())
      .nullish()
      .describe("snake_case names, in the order of the columns; all of the service unless given."),
    labelOffset: z
      .int()
      .default(0)
      .describe(
        "The labels are from the snapshot this many dates after the features': 1 writes a forecast's training set.",
      ),
    formats: z.array(named(z.enum(EXPORT_FORMATS), { type: "ExportFormat" })).default([...EXPORT_FORMATS]),
  });
type ExportRequest = z.infer<ReturnType<typeof exportRequest>>;

const MAX_OFFSET = 120;

/**
 * The newest revision of every date that is asked for.
 * @throws {BadUserInputError} a feature is unknown or named twice, no format, an offset out of range, dates in the wrong order
 * @throws {ModelNotFoundError} no feature service of that name
 * @throws {SnapshotNotFoundError} no snapshot in these dates, or none as many dates later for the labels
 * @throws {SnapshotDroppedError} retention dropped the rows of one of them
 */
export async function pinExport(
  request: ExportRequest,
  { snapshots, definitions }: Pinning,
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
