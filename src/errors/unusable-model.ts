import { BadUserInputError } from "./errors.js";

/** A model made elsewhere that cannot be served. */
export class UnusableModelError extends BadUserInputError {
  constructor(problem: string, details?: Record<string, unknown>) {
    super(`the model was not registered: ${problem}`, details);
  }
}
