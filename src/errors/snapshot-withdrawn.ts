import { AsofError } from "./errors.js";

/** The snapshot is on record as withdrawn: nothing new is made of it. */
export class SnapshotWithdrawnError extends AsofError {
  constructor(asOf: string, revision: number) {
    super(
      "CONFLICT",
      `snapshot ${asOf}, revision ${revision}, was withdrawn, and no other revision of that date holds; ` +
        "ingest that date again: it becomes the next revision",
      { asOf, revision, state: "WITHDRAWN" },
    );
  }
}
