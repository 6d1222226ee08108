import { AsofError } from "../../../errors/errors.js";

/** The lake lacks what the catalogue says it has, or has something else. */
export class LakeBrokenError extends AsofError {
  constructor(
    readonly lake: string,
    readonly path: string,
    problem: string,
  ) {
    super(
      "SERVICE_UNAVAILABLE",
      `the lake's file ${lake}/${path} ${problem}; asof doctor --lake lists all such files, and what to do`,
      { path },
    );
  }
}
