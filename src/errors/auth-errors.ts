import { AsofError } from "./errors.js";

/** The same words whether a token is unknown, revoked or malformed: a guess learns nothing. */
export class UnauthenticatedError extends AsofError {
  constructor(problem: string, options?: ErrorOptions) {
    super(
      "UNAUTHENTICATED",
      `${problem}; send "authorization: Bearer <token>" (WebSocket: {"authorization": "Bearer <token>"} in connection_init); "asof token create" makes one`,
      {},
      options,
    );
  }
}

export class ForbiddenError extends AsofError {
  constructor(
    what: string,
    readonly needed: string,
    got: { actor: string; role: string },
  ) {
    super(
      "FORBIDDEN",
      `${what} asks for the role ${needed}; ${JSON.stringify(got.actor)} is ${got.role}; use a token of that role`,
      { needed, role: got.role },
    );
  }
}

/** What is asked for has, or would tell, values of personal columns. */
export class PersonalValuesError extends AsofError {
  /** @param needed the role that sees them */
  constructor(
    what: string,
    readonly personal: readonly string[],
    needed: string,
  ) {
    super(
      "FORBIDDEN",
      `${what}: personal values (${personal.join(", ")}) are for the role ${needed}; use a token of that role, or ask for others`,
      { needed, personal },
    );
  }
}
