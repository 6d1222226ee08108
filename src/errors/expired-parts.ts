import { BadUserInputError } from "./errors.js";

/** A view's values as a snapshot carries them on, older than the view allows. */
export interface ExpiredPart {
  view: string;
  source: string;
  eventDate: string;
  ttlDays: number;
}

/** What a snapshot carries on is too old to be served on its date, so nothing is learnt from it there. */
export class ExpiredPartsError extends BadUserInputError {
  constructor(
    readonly asOf: string,
    readonly expired: readonly ExpiredPart[],
    remedy: string,
  ) {
    const each = expired.map(
      ({ view, source, eventDate, ttlDays }) =>
        `${source} of ${eventDate}, which view ${view} serves for ${ttlDays} days`,
    );
    super(`the snapshot of ${asOf} carries on ${each.join(", and ")}; ${remedy}`, { asOf, expired });
  }
}
