import { StringDecoder } from "node:string_decoder";

/** Characters of one line that are kept for events and errors. */
const LINE = 500;
const LINES_OF_EVENT = 20;
const MOST_EVENTS = 500;
/** Lines of a failure. */
const LAST_LINES = 20;
const KEPT_BYTES = 1 << 20;

/** What a training command prints, bounded however much it is. */
export class CommandOutput {
  readonly #decoder = new StringDecoder("utf8");
  readonly #last: string[] = [];
  #waiting: string[] = [];
  #skipped = 0;
  #events = 0;
  #line = "";
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #bytes = 0;

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#keep(chunk);
    for (const [index, part] of this.#decoder
      .write(chunk)
      .split(/\r\n|\n|\r/)
      .entries()) {
      if (index > 0) this.#endLine();
      if (this.#line.length < LINE) this.#line += part.slice(0, LINE - this.#line.length);
    }
  }

  /** Nothing more will come. */
  end(): void {
    this.#line += this.#decoder.end();
    this.#endLine();
  }

  /** What was printed since it was last asked, as one message; null: nothing, or more than events are written of. */
  takeMessage(): string | null {
    const lines = this.#waiting;
    const skipped = this.#skipped;
    this.#waiting = [];
    this.#skipped = 0;
    if (lines.length === 0 || this.#events >= MOST_EVENTS) return null;
    this.#events++;
    if (this.#events === MOST_EVENTS) lines.push("what follows is in training.log alone");
    return [...lines, ...(skipped > 0 ? [`and ${skipped} more lines`] : [])].join("\n");
  }

  get lastLine(): string {
    return this.#last.at(-1) ?? "";
  }

  get lastLines(): string {
    return this.#last.join("\n");
  }

  /** The end of it, as a file. */
  get log(): Buffer {
    const kept = Buffer.concat(this.#kept).subarray(-KEPT_BYTES);
    const missing = this.#bytes - kept.length;
    return missing > 0 ? Buffer.concat([Buffer.from(`(${missing} bytes before)\n`), kept]) : kept;
  }

  #endLine(): void {
    // A database holds no NUL, and terminals' colours say nothing here.
    const line = this.#line.replaceAll(CONTROLS, "").trimEnd();
    this.#line = "";
    if (line === "") return;
    this.#last.push(line);
    if (this.#last.length > LAST_LINES) this.#last.shift();
    if (this.#waiting.length < LINES_OF_EVENT) this.#waiting.push(line);
    else this.#skipped++;
  }

  #keep(chunk: Buffer): void {
    this.#kept.push(chunk);
    this.#keptBytes += chunk.length;
    if (this.#keptBytes < 2 * KEPT_BYTES) return;
    const end = Buffer.from(Buffer.concat(this.#kept).subarray(-KEPT_BYTES));
    this.#kept = [end];
    this.#keptBytes = end.length;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out
const CONTROLS = /\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f]/g;
