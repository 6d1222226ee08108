import { type FeatureService, findService } from "../../definitions/language/deployment.js";
import { BadUserInputError, ModelNotFoundError } from "../../errors/errors.js";
import { ExpiredPartsError } from "../../errors/expired-parts.js";
import { UndeclaredFeaturesError } from "../../errors/undeclared-features.js";
import {
  declaredFeatures,
  expiredParts,
  pinColumns,
  pinFeatureColumns,
  sourcesOf,
} from "../../features/pinned-columns.js";
import type { SnapshotStore } from "../../features/snapshot-store.js";
import { linkColumns } from "../../features/source-paths.js";
import type { Calibration } from "../../values/decision.js";
import type { SelectionMethod } from "../../values/selection-rule.js";
import type { TargetEncoding } from "../../values/target-encoding.js";
import { chosenFeatures } from "../chosen-features.js";
import type { Pinning } from "../run-kind.js";
import { type AskedDecision, pinDecision } from "./pin-decision.js";
import { splitDates } from "./split-dates.js";
import type { PinnedDate, TrainingRowsParams } from "./train-params.js";
import { chooseDates, type DatesRequest } from "./training-dates.js";

/** All rows are held in memory, and every date is pinned in the run's parameters. */
const MOST_DATES = 400;

interface RowsRequest extends DatesRequest {
  model: string;
  seed: number;
  testFraction: number;
  splitBy: "KEYS" | "TIME";
  features?: readonly string[] | null | undefined;
  undeclared: "REFUSE" | "LEAVE_OUT";
  /** In the place of the service's. */
  decision?: AskedDecision | null | undefined;
  calibration?: Calibration | null | undefined;
  targetEncoding?: TargetEncoding | null | undefined;
  selectFeatures?: { by: SelectionMethod; keep?: number | null | undefined } | null | undefined;
}

/**
 * The rows that a training reads: the newest revisions of today, or of the instant that is named.
 * @throws {ModelNotFoundError} no feature service of that name
 * @throws {SnapshotNotFoundError} no snapshot of the date of the features or of the labels
 * @throws {SnapshotDroppedError} retention dropped the rows of one of them
 * @throws {UndeclaredFeaturesError} a snapshot was made without a feature that is not to be left out, or the label
 * @throws {ExpiredPartsError} what the snapshot carries on of a view is older than it serves
 * @throws {LabelsMissingError} no labels were delivered for the date, or they were not known yet
 * @throws {BadUserInputError} arguments that exclude each other, or more than `MOST_DATES`
 * @throws {NoTrainingDatesError} none of several dates has labels
 */
export async function pinRows(
  request: RowsRequest,
  { definitions, snapshots }: Pick<Pinning, "definitions" | "snapshots">,
): Promise<TrainingRowsParams> {
  const { model, seed, testFraction, labelAfterDays } = request;
  const service = findService(definitions, model);
  if (!service) throw new ModelNotFoundError(model);
  const features = chosenOf(service, request.features);
  const chosen = await chooseDates(request, service, snapshots);
  const { dates, leftOut: leftOutDates, heldOutFrom } = splitDates(chosen, request);
  if (dates.length > MOST_DATES) {
    throw new BadUserInputError(
      `asOfFrom: at most ${MOST_DATES} dates are trained on at once; the range has ${dates.length}; take a shorter one`,
      { argument: "asOfFrom", dates: dates.length },
    );
  }
  const { asOf, labelAsOf, snapshot, labelSnapshot } = dates.at(-1)!;
  const leftOut = new Set<string>();
  for (const date of dates)
    for (const name of await findLeftOut(definitions, service, snapshots, date, { ...request, features }))
      leftOut.add(name);
  return {
    ...{ asOf, labelAsOf, model, seed, testFraction, snapshot, labelSnapshot },
    ...(dates.length > 1 && { dates }),
    ...(leftOutDates.length > 0 && { leftOutDates }),
    ...(heldOutFrom !== null && { heldOutFrom }),
    ...(features && { features }),
    ...pinSelection(request),
    ...(labelAfterDays && { labelAfterDays }),
    ...(request.targetEncoding && { targetEncoding: request.targetEncoding }),
    ...pinDecision(service, request),
    ...(leftOut.size > 0 && { leftOut: [...leftOut] }),
  };
}

function pinSelection({ selectFeatures: asked }: RowsRequest): Pick<TrainingRowsParams, "selectFeatures"> {
  if (!asked) return {};
  const { by, keep } = asked;
  return { selectFeatures: { by, ...(typeof keep === "number" && { keep }) } };
}

/** In the service's order; null: all. @throws {BadUserInputError} one is unknown or named twice, or none is named */
function chosenOf(service: FeatureService, asked: readonly string[] | null | undefined): string[] | null {
  if (!asked) return null;
  const known = declaredFeatures(service).map(({ name }) => name);
  const chosen = chosenFeatures(known, asked, null, "the service");
  return known.filter((name) => chosen.includes(name));
}

/** The service's features that the snapshot was made without, or whose values are too old to be served on its date. */
async function findLeftOut(
  definitions: Pinning["definitions"],
  service: FeatureService,
  snapshots: SnapshotStore,
  { snapshot, labelSnapshot, asOf, labelAsOf }: PinnedDate,
  { undeclared, knownAt, features: asked }: RowsRequest,
): Promise<string[]> {
  const parts = await snapshots.parts([snapshot.id, labelSnapshot.id]);
  const labelled = { asOf: labelAsOf, parts: parts.get(labelSnapshot.id)! };
  await snapshots.requireLabel(service, labelled, "take the labels of another date", knownAt ?? null);
  const links = pinColumns(parts.get(snapshot.id)!, linkColumns(definitions, service));
  if (links.undeclared.length > 0)
    throw new UndeclaredFeaturesError(asOf, links.undeclared, "train on a later date");
  const declared = declaredFeatures(service).filter(({ name }) => asked?.includes(name) ?? true);
  const features = pinFeatureColumns(parts.get(snapshot.id)!, declared);
  const expired = expiredParts(parts.get(snapshot.id)!, service, features.pinned);
  const isTooOld = (source: string) => expired.some((part) => part.source === source);
  const tooOld = features.pinned
    .filter((feature) => sourcesOf(feature).some(isTooOld))
    .map(({ name }) => name);
  const leftOut = [...features.undeclared, ...tooOld];
  if (leftOut.length === 0) return [];
  const refused = undeclared === "REFUSE" || leftOut.length === declared.length;
  if (!refused) return leftOut;
  if (features.undeclared.length === 0) {
    const remedy = "train on another date, or leave its features out (undeclared: LEAVE_OUT)";
    throw new ExpiredPartsError(asOf, expired, remedy);
  }
  const remedy = "train on a later date, or leave them out (undeclared: LEAVE_OUT)";
  throw new UndeclaredFeaturesError(asOf, features.undeclared, remedy);
}
