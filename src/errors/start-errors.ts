/** Why a process does not start on a database that is there. */
export type StartErrorCode =
  | "OTHER_DEPLOYMENT"
  | "RELEASE_TOO_OLD"
  | "MIGRATION_CHANGED"
  | "MIGRATION_MISSING"
  | "MIGRATION_LOSES_DATA"
  | "MIGRATION_FAILED";

/** The message says what was found, where, and what to do. */
export class StartError extends Error {
  constructor(
    readonly code: StartErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}
