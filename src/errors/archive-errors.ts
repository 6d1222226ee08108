import { AsofError, BadUserInputError } from "./errors.js";

/** The file of a version is not as asof wrote it: nothing of it was used. */
export class DamagedArchiveError extends BadUserInputError {
  constructor(problem: string, details?: Record<string, unknown>) {
    super(`the archive is damaged: ${problem}; export the version again, and send that file`, details);
  }
}

/** Another release wrote it, in a way that this one does not read. */
export class ArchiveFormatError extends BadUserInputError {
  constructor(
    readonly format: number,
    asof: string,
    readable: number,
  ) {
    super(
      `the archive has the format ${format}, as asof ${asof} writes it; this release reads ${readable}: import it with that release, or a newer one`,
      { format },
    );
  }
}

/** Who signed it is not among those whose archives this deployment takes. */
export class UntrustedArchiveError extends AsofError {
  constructor(problem: string) {
    super(
      "FORBIDDEN",
      `the archive was not imported: ${problem}; export it with a key whose public part is in ASOF_IMPORT_KEYS`,
    );
  }
}

/** The version was trained on all that came before a date, and there is nothing later to judge it on. */
export class LearntDateError extends BadUserInputError {
  /** @param asOf the date that was asked for; null: the newest with labels is earlier, or there is none */
  constructor(model: string, heldOutFrom: string, asOf: string | null) {
    const instead = "import it with as_of of such a date, or ingest one with labels first";
    super(
      `as_of: the version of ${JSON.stringify(model)} may have learnt from everybody on dates before ${heldOutFrom}, and can be judged on that date and later ones; ` +
        `${asOf === null ? "no snapshot of this deployment has labels of one" : `got ${asOf}`}; ${instead}`,
      { argument: "as_of", heldOutFrom },
    );
  }
}

/** The version needs what this deployment does not declare. */
export class ForeignArchiveError extends BadUserInputError {
  /** @param missing what it is, each with what is here instead */
  constructor(
    model: string,
    readonly missing: readonly string[],
  ) {
    super(
      `the version of ${JSON.stringify(model)} cannot be served by this deployment: ${missing.join("; ")}; declare the same here, and import it again`,
      { missing },
    );
  }
}
