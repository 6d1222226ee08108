import { AsofError } from "./errors.js";

/** The prediction has an answer, and what its features add to it would take too long to find out. */
export class ExplanationTooCostlyError extends AsofError {
  constructor(model: string, version: number) {
    super(
      "QUERY_TOO_COMPLEX",
      `version ${version} of ${JSON.stringify(model)} has too many or too deep trees: what each feature adds to this prediction ` +
        "takes longer than an explanation may; ask for the prediction alone, or register a smaller model",
      { model, version },
    );
  }
}
