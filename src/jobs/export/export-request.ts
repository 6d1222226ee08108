import { z } from "zod";
import { type Deployment, findService } from "../../definitions/language/deployment.js";
import { serviceFeatures } from "../../definitions/language/service-features.js";
import { BadUserInputError, ModelNotFoundError, SnapshotNotFoundError } from "../../errors/errors.js";
import { exportColumns, pinExportColumns } from "../../features/export-rows.js";
import { requireUsable } from "../../features/snapshot-rows.js";
import type { SnapshotStore } from "../../features/snapshot-store.js";
import type { Snapshot } from "../../features/types.js";
import { model, named, ranged, seed, testFraction } from "../../inputs/fields.js";
import { HELD_OUT } from "../../values/held-out.js";
import { chosenFeatures } from "../chosen-features.js";
import type { Pinning } from "../run-kind.js";
import { dateFields, forecastFields } from "../training/date-fields.js";
import type { PinnedDate } from "../training/train-params.js";
import { chooseDates, pinnedDateOf, requireOneWay } from "../training/training-dates.js";
import {
  CATEGORY_ENCODINGS,
  EXPORT_FORMATS,
  EXPORT_TARGETS,
  type ExportParams,
  MOST_PARTS,
  PART_ROWS,
  STANDARD_FORMATS,
} from "./export-params.js";

const heldOut = named(
  z
    .strictObject({ seed: seed(), testFraction: testFraction() })
    .describe("Who is held out of a training, by a rule that any engine can evaluate row by row."),
  { type: "HeldOutInput" },
);

/** `ExportTrainingSetInput`. */
export const exportRequest = (deployment: Deployment) => {
  const dates = dateFields();
  return z.strictObject({
    ...dates,
    asOfFrom: dates.asOfFrom.describe("Of several snapshots whose features are written, the first date."),
    asOfTo: dates.asOfTo.describe("The last date, asOfFrom unless given."),
    ...forecastFields(),
    model: model(deployment).describe("The feature service."),
    features: z
      .array(z.string())
      .nullish()
      .describe(
        "snake_case names, in the order of the columns; unless given, all of the service that the caller may see.",
      ),
    labelOffset: z
      .int()
      .default(0)
      .describe(
        "The labels are from the snapshot this many dates after the features': 1 writes a forecast's training set.",
      ),
    formats: z.array(named(z.enum(EXPORT_FORMATS), { type: "ExportFormat" })).default([...STANDARD_FORMATS]),
    heldOut: heldOut
      .nullish()
      .describe(
        "Adds the column held_out: whom a model that is registered as trained on this export is judged on. {} takes the usual seed and share.",
      ),
    encoding: named(z.enum(CATEGORY_ENCODINGS).describe("How an export writes categories."), {
      type: "CategoryEncoding",
      values: {
        ORDINAL:
          "Each as its place in the list of the feature's categories, from 0; an empty value stays empty.",
      },
    })
      .nullish()
      .describe("How the categories of text features are written; as texts unless given."),
    partRows: ranged(z.int(), PART_ROWS)
      .default(PART_ROWS.default)
      .describe("How many rows each file of PARTS has at most."),
    to: named(z.enum(EXPORT_TARGETS).describe("Where the files of PARTS go."), {
      type: "ExportTarget",
      values: {
        ARTIFACT: "To the database, as artifacts of the run.",
        LAKE: "To the lake (LAKE_URL), beside the snapshots.",
      },
    })
      .nullish()
      .describe("Where the files of PARTS go; unless given to the lake where there is one."),
  });
};
type ExportRequest = z.infer<ReturnType<typeof exportRequest>>;

const MAX_OFFSET = 120;
/** After every date. */
const NEVER = "9999-12-31";

/**
 * The newest revision of every date that is asked for.
 * @throws {BadUserInputError} a feature is unknown or named twice, no format, an offset out of range, dates in the wrong order, or
 *   a column is called as the one that says who is held out
 * @throws {PersonalValuesError} a feature that is named is not for whoever asks, or none is
 * @throws {ModelNotFoundError} no feature service of that name
 * @throws {SnapshotNotFoundError} no snapshot in these dates, or none as many dates later for the labels
 * @throws {SnapshotDroppedError} retention dropped the rows of one of them
 */
export async function pinExport(
  request: ExportRequest,
  { snapshots, definitions, masked }: Pinning,
): Promise<ExportParams> {
  const { model, labelOffset, labelAfterDays } = request;
  const service = findService(definitions, model);
  if (!service) throw new ModelNotFoundError(model);
  const features = chosenFeatures(
    serviceFeatures(service).map(({ name }) => name),
    request.features,
    masked,
    "the service",
  );
  const formats = [...new Set(request.formats)];
  if (formats.length === 0) throw new BadUserInputError("formats: at least one was expected; got none");
  if (!(labelOffset >= 0 && labelOffset <= MAX_OFFSET)) {
    throw new BadUserInputError(`labelOffset: 0 to ${MAX_OFFSET} was expected; got ${labelOffset}`);
  }
  if (request.to && !formats.includes("PARTS"))
    throw new BadUserInputError(`to: only PARTS can go to the lake; formats is ${formats.join(", ")}`);
  const { dates, leftOut } =
    labelOffset > 0
      ? { dates: await datesWithOffset(snapshots, request, labelOffset), leftOut: [] }
      : await chooseDates(request, service, snapshots);
  const pinned = dates.map(({ asOf, labelAsOf, snapshot, labelSnapshot }) => ({
    asOf,
    snapshotId: snapshot.id,
    revision: snapshot.revision,
    labelAsOf,
    labelSnapshotId: labelSnapshot.id,
    labelRevision: labelSnapshot.revision,
  }));
  const columns = exportColumns(definitions, service, features);
  if (request.heldOut && columns.some(({ name }) => name === HELD_OUT))
    throw new BadUserInputError(`heldOut: a column is called ${HELD_OUT} already; leave it out of features`);
  const snapshotParts = await snapshots.parts(
    pinned.flatMap((month) => [month.snapshotId, month.labelSnapshotId]),
  );
  for (const month of pinned) {
    const labelled = { asOf: month.labelAsOf, parts: snapshotParts.get(month.labelSnapshotId)! };
    const remedy = "take the labels of another date";
    await snapshots.requireLabel(service, labelled, remedy, request.knownAt ?? null);
    pinExportColumns(service, features, month, snapshotParts);
  }
  const labels = pinned.reduce((sum, { labelSnapshotId }) => {
    return sum + (snapshotParts.get(labelSnapshotId)!.get(service.label.source.name)?.rowCount ?? 0);
  }, 0);
  const parts = Math.ceil(labels / request.partRows);
  if (formats.includes("PARTS") && parts > MOST_PARTS)
    throw new BadUserInputError(
      `partRows: ${labels} rows make ${parts} files; at most ${MOST_PARTS} are written: take ${Math.ceil(labels / MOST_PARTS)} or more`,
    );
  return {
    asOfFrom: request.asOfFrom ?? dates[0]!.asOf,
    asOfTo: request.asOfTo ?? dates.at(-1)!.asOf,
    model,
    features,
    labelOffset,
    formats,
    ...(labelAfterDays && { labelAfterDays }),
    ...(leftOut.length > 0 && { leftOutDates: leftOut }),
    months: pinned,
    labels,
    heldOut: request.heldOut ?? null,
    encoding: request.encoding ?? null,
    partRows: request.partRows,
    to: request.to ?? null,
  };
}

/** As it was before there was asOf: a range that does not end is of its first date alone. */
export const endingRange = <Asked extends { asOfFrom?: string | null | undefined }>(
  request: Asked & { asOfTo?: string | null | undefined },
) => ({ ...request, asOfTo: request.asOfTo ?? request.asOfFrom });

/** Of every date of the range, with the labels of so many dates after it. */
async function datesWithOffset(
  snapshots: SnapshotStore,
  request: ExportRequest,
  offset: number,
): Promise<PinnedDate[]> {
  requireOneWay(request);
  const refuse = (problem: string): never => {
    throw new BadUserInputError(`labelOffset: ${problem}`, { argument: "labelOffset" });
  };
  if (request.labelAfterDays) refuse("counts dates, labelAfterDays days; name one of the two");
  if (request.labelAsOf) refuse("counts dates, labelAsOf is one; name one of the two");
  if (request.knownAt) refuse("counts the dates of today; take labelAsOf beside knownAt");
  const from = request.asOf ?? request.asOfFrom;
  if (!from) return refuse("counts from a date; name asOf, or asOfFrom and asOfTo");
  const to = request.asOf ?? request.asOfTo ?? NEVER;
  const later = await snapshots.newestRevisions(from);
  const dated = later.filter(({ asOf }) => asOf <= to);
  if (dated.length === 0) throw new SnapshotNotFoundError(`a date from ${from} to ${to}`);
  return dated.map((snapshot, index) =>
    pinnedDateOf(requireUsable(snapshot), requireUsable(labelSnapshot(later, index, offset))),
  );
}

function labelSnapshot(later: readonly Snapshot[], index: number, offset: number): Snapshot {
  const label = later[index + offset];
  if (label) return label;
  const { asOf } = later[index]!;
  throw new SnapshotNotFoundError(`a date ${offset} after ${asOf}, for its labels`);
}
