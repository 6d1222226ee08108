import { BadUserInputError } from "./errors.js";

/** A file that would be held in memory as a whole, and has more bytes than are. Nothing of it was read. */
export class FileTooLargeError extends BadUserInputError {
  constructor(
    what: string,
    readonly byteLength: number,
    readonly maxBytes: number,
  ) {
    super(
      `${what} has ${byteLength} bytes; at most ${maxBytes} are held in memory at once: make it smaller`,
      {
        byteLength,
        maxBytes,
      },
    );
  }
}
