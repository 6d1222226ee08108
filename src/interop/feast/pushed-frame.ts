import { z } from "zod";
import type { Deployment, FeatureView } from "../../definitions/language/deployment.js";
import { entityOf } from "../../definitions/language/entities.js";
import type { AskedRow } from "../../ingest/push-check.js";
import { maxBatchRows } from "../../inputs/arguments.js";
import { FeastError, shapeError } from "./feast-error.js";
import { joinKeysOf, readSentKeys } from "./sent-keys.js";

/** A frame as Feast sends it: its columns, each a list of as many values. */
export const frameShape = z.record(z.string(), z.array(z.unknown()).max(maxBatchRows));
type Frame = z.output<typeof frameShape>;

/** When Feast's client made the row; asof records that itself. */
const MADE = "created";
const TIME = "event_timestamp";

/** The view of a push source: by its own name, by `<view>_push`, or as Feast projects often call it, `<view>_fv`. */
export function viewOfPush({ views }: Deployment, name: string): FeatureView {
  const names = [name, name.replace(/_push(_source)?$/, ""), name.replace(/_fv$/, "")];
  const view = names.map((each) => views.find((view) => view.name === each)).find((each) => each);
  if (view) return view;
  throw new FeastError(
    "FeatureViewNotFoundException",
    `Feature view ${name} does not exist; there is ${views.map((each) => each.name).join(", ")}`,
  );
}

/** @throws {ShapeError} columns of different lengths, no key, no event_timestamp, or a time that is none */
export function readFrame(definitions: Deployment, view: FeatureView, frame: Frame): AskedRow[] {
  const entity = entityOf(definitions, view.source);
  const columns = joinKeysOf(entity);
  const keys = readSentKeys(entity, frame, "df");
  if (!Object.hasOwn(frame, TIME)) throw shapeError(["df"], `the column ${TIME} is missing`, "missing");
  for (const [name, values] of Object.entries(frame)) {
    if (values.length !== keys.length)
      throw shapeError(
        ["df", name],
        `${keys.length} values were expected, as in ${columns[0]}; got ${values.length}`,
      );
  }
  const features = Object.keys(frame).filter((name) => ![...columns, TIME, MADE].includes(name));
  return keys.map((key, row) => ({
    key,
    asOf: dateOf(frame[TIME]![row], row),
    values: Object.fromEntries(features.map((name) => [name, frame[name]![row]])),
  }));
}

/** ISO 8601, in UTC where it has no zone, or milliseconds since 1970: the date in UTC, which the values hold from. */
function dateOf(value: unknown, row: number): string {
  const time =
    typeof value === "number"
      ? new Date(value)
      : typeof value === "string" && ISO.test(value)
        ? new Date(/([zZ]|[+-]\d\d:?\d\d)$/.test(value) || !value.includes("T") ? value : `${value}Z`)
        : null;
  if (time && !Number.isNaN(time.getTime())) return time.toISOString().slice(0, 10);
  throw shapeError(
    ["df", TIME, row],
    `a time such as 2024-02-10T00:00:00Z was expected; got ${JSON.stringify(value)}`,
  );
}

const ISO = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([zZ]|[+-]\d\d:?\d\d)?)?$/;
