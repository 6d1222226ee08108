import { BadUserInputError } from "./errors.js";

/** Dates named in the message, the newest; the details have all. */
const NAMED = 12;

/** A date has no labels, or had none at the instant that was asked about: those of another date say nothing of it. */
export class LabelsMissingError extends BadUserInputError {
  constructor(
    readonly asOf: string,
    readonly label: { source: string; name: string },
    /** Dates that have labels, the oldest first. */
    readonly labelled: readonly string[],
    knownAt: Date | null = null,
    /** Why not of the day that was asked for, where it is another. */
    reason: string | null = null,
  ) {
    const { source, name } = label;
    const then = knownAt ? ` that was known at ${knownAt.toISOString()}` : "";
    const more = labelled.length > NAMED ? `${labelled.length - NAMED} earlier dates and ` : "";
    const has =
      labelled.length === 0
        ? "no date has labels yet"
        : `labels are there of ${more}${labelled.slice(-NAMED).join(", ")}`;
    super(
      reason
        ? `the snapshot of ${asOf}${then} has no labels ${source}.${name} of that day: ${reason}; ${has}; take another number of days (labelAfterDays)`
        : `the snapshot of ${asOf}${then} has no labels ${source}.${name}; ${has}; deliver ${source} for ${asOf}, or take the labels of another date (labelAsOf)`,
      { asOf, label: `${source}.${name}`, labelled },
    );
  }
}
