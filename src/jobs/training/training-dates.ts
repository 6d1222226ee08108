import { isOfOwnDate, type PartsByName } from "../../db/snapshots/snapshot-parts.js";
import type { FeatureService } from "../../definitions/language/deployment.js";
import { BadUserInputError, SnapshotNotFoundError } from "../../errors/errors.js";
import { LabelsMissingError } from "../../errors/labels-missing.js";
import { NoTrainingDatesError } from "../../errors/no-training-dates.js";
import { declaredLabel, featureSources, pinLabel } from "../../features/pinned-columns.js";
import { requireUsable } from "../../features/snapshot-rows.js";
import type { SnapshotStore } from "../../features/snapshot-store.js";
import type { Snapshot } from "../../features/types.js";
import type { LeftOutDate, PinnedDate, PinnedSnapshot } from "./train-params.js";

/** Which dates a training set has; as asked. Without any the newest date that has labels. */
export interface DatesRequest {
  asOf?: string | null | undefined;
  asOfFrom?: string | null | undefined;
  asOfTo?: string | null | undefined;
  labelAsOf?: string | null | undefined;
  labelAfterDays?: number | null | undefined;
  /** Which revisions count: those known at that instant. Null: now. */
  knownAt?: Date | null | undefined;
}

export interface TrainingDates {
  /** The oldest first; one at least. */
  dates: PinnedDate[];
  leftOut: LeftOutDate[];
}

/**
 * The dates of a training set, each with the newest revisions that are known. A range has every date of it for which a source
 * of the service's features was delivered; one without labels is left out, with the reason.
 * @throws {BadUserInputError} arguments that exclude each other
 * @throws {SnapshotNotFoundError} no snapshot of a date that is named, or none in the range
 * @throws {SnapshotDroppedError} retention dropped the rows of one that is asked for
 * @throws {LabelsMissingError} the one date that is named has no labels
 * @throws {NoTrainingDatesError} none of several dates has labels
 */
export async function chooseDates(
  request: DatesRequest,
  service: FeatureService,
  snapshots: SnapshotStore,
): Promise<TrainingDates> {
  requireOneWay(request);
  const { asOf, labelAsOf, labelAfterDays, knownAt = null } = request;
  if (asOf && labelAfterDays == null) {
    const snapshot = pinOf(await find(snapshots, asOf, knownAt));
    const labelSnapshot = pinOf(await find(snapshots, labelAsOf ?? asOf, knownAt));
    return { dates: [{ asOf, labelAsOf: labelAsOf ?? asOf, snapshot, labelSnapshot }], leftOut: [] };
  }
  const known = await snapshots.dates(knownAt);
  const chosen = new ChosenDates(service, known, await snapshots.parts(known.map(({ id }) => id)));
  if (asOf) {
    requireUsable(known.find((date) => date.asOf === asOf) ?? (await find(snapshots, asOf, knownAt)));
    const found = chosen.of((date) => date.asOf === asOf, labelAfterDays!, false);
    if (found.dates.length > 0) return found;
    const label = declaredLabel(service);
    throw new LabelsMissingError(asOf, label, chosen.labelled(), knownAt, found.leftOut[0]!.reason);
  }
  if (request.asOfFrom) return chosen.inRange(request.asOfFrom, request.asOfTo ?? null, labelAfterDays ?? 0);
  return chosen.newest(labelAfterDays ?? 0);
}

/** @throws {BadUserInputError} arguments that exclude each other */
export function requireOneWay({ asOf, asOfFrom, asOfTo, labelAsOf, labelAfterDays }: DatesRequest): void {
  const refuse = (argument: string, problem: string): never => {
    throw new BadUserInputError(`${argument}: ${problem}`, { argument });
  };
  if (asOf && (asOfFrom || asOfTo))
    refuse("asOf", "is one date, asOfFrom and asOfTo are a range of dates; name one of the two");
  if (asOfTo && !asOfFrom) refuse("asOfTo", "ends a range; name asOfFrom, its first date, too");
  if (asOfFrom && asOfTo && asOfTo < asOfFrom)
    refuse("asOfTo", `${asOfFrom} or later was expected; got ${asOfTo}`);
  if (labelAsOf && labelAfterDays != null)
    refuse("labelAsOf", "is one date, labelAfterDays a number of days after each date; name one of the two");
  if (labelAsOf && !asOf) {
    const instead = asOfFrom ? "of several dates take labelAfterDays" : "name it";
    refuse("labelAsOf", `belongs to asOf, the one date of the features; ${instead}`);
  }
}

/** The dates that there are, and what each was delivered with. */
class ChosenDates {
  readonly #labelled: Snapshot[];

  constructor(
    private readonly service: FeatureService,
    private readonly known: readonly Snapshot[],
    private readonly parts: ReadonlyMap<number, PartsByName>,
  ) {
    this.#labelled = known.filter(({ id }) => pinLabel(parts.get(id)!, service)?.pinned);
  }

  labelled(): string[] {
    return this.#labelled.map(({ asOf }) => asOf);
  }

  /** @param to null: up to the newest */
  inRange(from: string, to: string | null, days: number): TrainingDates {
    const isInRange = ({ asOf }: Snapshot) => asOf >= from && (to === null || asOf <= to);
    const range = to === null ? `from ${from} on` : `from ${from} to ${to}`;
    if (!this.known.some(isInRange)) throw new SnapshotNotFoundError(`a date ${range}`);
    const found = this.of(isInRange, days, true);
    if (found.dates.length === 0)
      throw new NoTrainingDatesError(range, this.service.name, found.leftOut, this.labelled());
    return found;
  }

  /** The newest date that has labels. */
  newest(days: number): TrainingDates {
    const { dates, leftOut } = this.of(({ rowsAvailable }) => rowsAvailable, days, true);
    const last = dates.at(-1);
    if (last) return { dates: [last], leftOut: [] };
    throw new NoTrainingDatesError("of any date", this.service.name, leftOut, this.labelled());
  }

  /**
   * @param days after each date that its label is of; 0: of the date itself
   * @param delivered only dates that a source of the features was delivered for
   */
  of(isAsked: (date: Snapshot) => boolean, days: number, delivered: boolean): TrainingDates {
    const sources = featureSources(this.service);
    const isDelivered = ({ id }: Snapshot) =>
      sources.some((source) => {
        const part = this.parts.get(id)!.get(source);
        return part !== undefined && isOfOwnDate(part);
      });
    const asked = this.known.filter((date) => isAsked(date) && (!delivered || isDelivered(date)));
    const [dates, leftOut]: [PinnedDate[], LeftOutDate[]] = [[], []];
    for (const features of asked) {
      const label = days === 0 ? this.#ofTheDate(features) : this.#after(features, days);
      if (typeof label === "string") leftOut.push({ asOf: features.asOf, reason: label });
      else dates.push(pinnedDateOf(requireUsable(features), requireUsable(label)));
    }
    return { dates, leftOut };
  }

  #ofTheDate(features: Snapshot): Snapshot | string {
    return this.#labelled.includes(features) ? features : "no labels were delivered for it";
  }

  /** What held on the day: the newest labels that were delivered up to it, and after the features' date. */
  #after({ asOf }: Snapshot, days: number): Snapshot | string {
    const day = daysAfter(asOf, days);
    const newest = this.known.at(-1)!.asOf;
    if (day > newest) return `its labels are of ${day}, after the newest snapshot, ${newest}`;
    const label = this.#labelled.findLast((date) => date.asOf <= day && date.asOf > asOf);
    return label ?? `no labels were delivered after it up to ${day}`;
  }
}

const DAY_MS = 86_400_000;

const daysAfter = (date: string, days: number): string =>
  new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);

/** Both from their newest revision that is known. */
export const pinnedDateOf = (features: Snapshot, label: Snapshot): PinnedDate => ({
  asOf: features.asOf,
  labelAsOf: label.asOf,
  snapshot: pinOf(features),
  labelSnapshot: pinOf(label),
});

const pinOf = ({ id, revision, contentSha256 }: Snapshot): PinnedSnapshot => ({
  id,
  revision,
  contentSha256,
});

/** @param knownAt null: now */
async function find(snapshots: SnapshotStore, asOf: string, knownAt: Date | null): Promise<Snapshot> {
  const found = await (knownAt ? snapshots.findKnown(asOf, knownAt) : snapshots.find(asOf));
  if (!found) throw new SnapshotNotFoundError(asOf);
  return requireUsable(found);
}
