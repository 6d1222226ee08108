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

/** The process has as much to do as it takes on. Nothing was done for the request, nothing is wrong with the database. */
export class ServiceBusyError extends AsofError {
  constructor(
    /** What there is too much of, as a sentence without its end. */
    readonly reason: string,
    /** Whole seconds, as the header retry-after says them. */
    readonly retryAfterSeconds = 1,
  ) {
    super("SERVICE_BUSY", `busy: ${reason}; nothing was done, try again in ${retryAfterSeconds} s`, {
      retryAfterSeconds,
    });
  }
}

/** One caller has as many operations open as it may; what it has goes on. */
export class TooManyOperationsError extends AsofError {
  constructor(
    /** Whose operations are counted. */
    readonly of: string,
    readonly max: number,
  ) {
    super(
      "RATE_LIMITED",
      `at most ${max} operations may be open over ${of} at once; complete some first, or ask for several things in one operation`,
      { max },
    );
  }
}

/** One caller has as many WebSockets open as it may; those go on. */
export class TooManySocketsError extends AsofError {
  constructor(readonly max: number) {
    super(
      "RATE_LIMITED",
      `at most ${max} WebSockets of one token may be open at once; close some, or ask over those`,
      { max },
    );
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

export class RequestTimeoutError extends AsofError {
  constructor(readonly limitMs: number) {
    super(
      "REQUEST_TIMEOUT",
      `the request was not answered within ${limitMs} ms: it was stopped, and its statements in the database with it; ` +
        "ask for less at once (fewer rows, a smaller page), try again later, or raise REQUEST_TIMEOUT_MS",
      { limitMs },
    );
  }
}

/** Others wait until what it sends is there. */
export class SlowClientError extends AsofError {
  constructor() {
    super(
      "REQUEST_TIMEOUT",
      "the file stopped coming, or came too slowly, while others waited: nothing was done; send it again over a better connection",
    );
  }
}

/** Only logged: the client is gone. */
export class ClientGoneError extends AsofError {
  constructor(what = "before it was answered") {
    super("CLIENT_CLOSED_REQUEST", `the client went away ${what}`);
  }
}

/** The process ends, and this could not be finished in time. */
export class StoppingError extends AsofError {
  constructor() {
    super("SERVICE_UNAVAILABLE", "the process is stopping and could not finish the request; send it again");
  }
}
