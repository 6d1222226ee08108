import { BadUserInputError } from "./errors.js";

/** A snapshot was made without columns that are asked of it: their values there are not empty, they are unknown. */
export class UndeclaredFeaturesError extends BadUserInputError {
  constructor(
    readonly asOf: string,
    readonly features: readonly string[],
    remedy: string,
  ) {
    const names = features.join(", ");
    super(
      `the snapshot of ${asOf} was made without ${names}: nothing is known of ${features.length === 1 ? "it" : "them"} there; ${remedy}`,
      { asOf, features },
    );
  }
}
