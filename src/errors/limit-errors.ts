import { AsofError } from "./errors.js";

export class QueryTooComplexError extends AsofError {
  constructor(
    /** Its short name, such as `depth`. */
    readonly limit: string,
    readonly max: number,
    readonly got: number,
    advice: string,
  ) {
    super("QUERY_TOO_COMPLEX", `${limit}: at most ${max} was expected; got ${got}; ${advice}`, {
      limit,
      max,
      got,
    });
  }
}

export class RateLimitedError extends AsofError {
  constructor(
    perSecond: number,
    /** Whole seconds, as the header retry-after says them. */
    readonly retryAfterSeconds: number,
  ) {
    super(
      "RATE_LIMITED",
      `at most ${perSecond} requests a second are answered to one caller; try again in ${retryAfterSeconds} s`,
      { retryAfterSeconds },
    );
  }
}
