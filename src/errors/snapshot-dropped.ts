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

/** The run was trained from rows that retention dropped: it cannot be done again. */
export class RowsDroppedError extends AsofError {
  constructor(runId: string, asOf: string, revision: number) {
    super(
      "DROPPED",
      `run ${runId} was trained from snapshot ${asOf}, revision ${revision}, whose rows were dropped by retention: it cannot be done again; train anew`,
      { runId, asOf, revision, rowsAvailable: false },
    );
  }
}
