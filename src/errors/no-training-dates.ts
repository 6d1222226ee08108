import { BadUserInputError } from "./errors.js";

/** Reasons named in the message; the details have all. */
const NAMED = 3;
const LABELLED = 12;

/** None of the dates that were asked for has rows to train on. */
export class NoTrainingDatesError extends BadUserInputError {
  constructor(
    /** In words: `from 2024-01-31 to 2024-03-31`. */
    readonly range: string,
    readonly service: string,
    readonly leftOut: readonly { asOf: string; reason: string }[],
    /** Dates that have labels, the oldest first. */
    readonly labelled: readonly string[],
  ) {
    const reasons = leftOut.slice(0, NAMED).map(({ asOf, reason }) => `${asOf}: ${reason}`);
    const more = leftOut.length > NAMED ? `; and ${leftOut.length - NAMED} other dates` : "";
    const why =
      leftOut.length === 0 ? "no source of its features was delivered for them" : reasons.join("; ") + more;
    const has =
      labelled.length === 0
        ? "no date has labels yet"
        : `labels are there of ${labelled.slice(-LABELLED).join(", ")}`;
    super(`no snapshot ${range} is a training set of ${JSON.stringify(service)}: ${why}; ${has}`, {
      service,
      leftOut,
      labelled,
    });
  }
}
