import { AsofError } from "./errors.js";

/** The version cannot answer anybody as things are: what it needs is not declared, or its file does not load. */
export class ModelNotServableError extends AsofError {
  constructor(
    readonly model: string,
    readonly version: number,
    problem: string,
    /** What helps. */
    readonly remedy: string,
    /** The features it needs and cannot have; none where its file is the problem. */
    readonly features: string[] = [],
    options?: ErrorOptions,
  ) {
    super(
      "MODEL_NOT_SERVABLE",
      `version ${version} of ${JSON.stringify(model)} cannot be served: ${problem}; ${remedy}`,
      { model, version, features, remedy },
      options,
    );
  }
}

/** Its file is gone, damaged, or refused by the runtime; the cause is in the log. */
export class ModelNotLoadableError extends ModelNotServableError {
  constructor(
    model: string,
    version: number,
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super(model, version, problem, "train it again, or take another version", [], options);
  }
}
