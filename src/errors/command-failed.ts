import { AsofError } from "./errors.js";

/** A program that a run has started did not do its work. */
export class CommandFailedError extends AsofError {
  constructor(
    readonly command: string,
    /** `ended with code 3` */
    readonly how: string,
    /** What it printed last; null: it is not shown. */
    lastLines: string | null = null,
  ) {
    super(
      "COMMAND_FAILED",
      `the training command ${command} ${how}${lastLines ? `; it printed last:\n${lastLines}` : ""}\n` +
        "the artifact training.log has more of it; mend it, then retryRun",
      { command, how },
    );
  }
}
