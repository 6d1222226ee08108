import { AsofError } from "./errors.js";

/** The snapshot is on record, its rows are gone: nothing can be read, trained or compared from it. */
export class SnapshotDroppedError extends AsofError {
  constructor(asOf: string, revision: number) {
    super(
      "CONFLICT",
      `the rows of snapshot ${asOf}, revision ${revision}, were dropped by retention; ` +
        "ingest that date again: it becomes the next revision",
      { asOf, revision, rowsAvailable: false },
    );
  }
}
