import type { Queryable } from "../db/pool.js";
import type { PartsByName } from "../db/snapshots/snapshot-parts.js";
import type { FeatureService } from "../definitions/language/deployment.js";
import { LabelsMissingError } from "../errors/labels-missing.js";
import { UndeclaredFeaturesError } from "../errors/undeclared-features.js";
import { NEWEST_SNAPSHOTS } from "./newest-rows.js";
import { declaredLabel, type PinnedColumn, pinLabel } from "./pinned-columns.js";

/** A date whose newest revision has labels that were delivered for it. */
export interface LabelledDate {
  asOf: string;
  snapshotId: number;
}

/** The dates that have the service's labels, the oldest first. */
export async function findLabelledDates(
  db: Queryable,
  service: Pick<FeatureService, "label">,
): Promise<LabelledDate[]> {
  const { source, name } = declaredLabel(service);
  const { rows } = await db.query<LabelledDate>(
    `select newest.as_of as "asOf", newest.id as "snapshotId" from (${NEWEST_SNAPSHOTS}) newest
     join snapshot_parts p on p.snapshot_id = newest.id and p.event_date = newest.as_of and p.name = $1
       and p.columns @> $2 order by 1`,
    [source, JSON.stringify([{ stored: name }])],
  );
  return rows;
}

/**
 * The service's label in the parts of a date's snapshot.
 * @param remedy where the snapshot was made without its column
 * @throws {LabelsMissingError} none were delivered for that date
 * @throws {UndeclaredFeaturesError} what was delivered then had not the column
 */
export async function requireLabel(
  db: Queryable,
  service: Pick<FeatureService, "label">,
  { asOf, parts }: { asOf: string; parts: PartsByName },
  remedy: string,
  knownAt: Date | null = null,
): Promise<PinnedColumn> {
  const label = pinLabel(parts, service);
  if (label === null) throw await labelsMissing(db, service, asOf, knownAt);
  if (label.pinned === null) throw new UndeclaredFeaturesError(asOf, label.undeclared, remedy);
  return label.pinned;
}

/** That a date has no labels, with the dates that have. */
async function labelsMissing(
  db: Queryable,
  service: Pick<FeatureService, "label">,
  asOf: string,
  knownAt: Date | null,
): Promise<LabelsMissingError> {
  const dates = (await findLabelledDates(db, service)).map((date) => date.asOf);
  return new LabelsMissingError(asOf, declaredLabel(service), dates, knownAt);
}
