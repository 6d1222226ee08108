import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Transform } from "node:stream";
import { type CsvError, type Parser, parse } from "csv-parse";

/** One record with the line it begins on, counted from 1. */
export interface CsvRecord {
  line: number;
  fields: string[];
}

/** The file cannot be read on as CSV; nothing after this line was seen. */
export class CsvUnreadableError extends Error {
  constructor(
    message: string,
    readonly line: number,
  ) {
    super(message);
  }
}

const MAX_RECORD_BYTES = 1 << 20;

/** A file as a stream of bytes that counts and hashes what passes. */
export function openHashed(path: string, onBytes: (bytes: number) => void) {
  const hash = createHash("sha256");
  const stream = createReadStream(path, { highWaterMark: 1 << 18 });
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
  stream.once("error", (error) => counted.destroy(error));
  return { stream: stream.pipe(counted), sha256: () => hash.digest("hex") };
}

/** A stream of `CsvRecord`s, and what its failure means. */
export interface CsvReader {
  parser: Parser;
  /** The parser's complaint in words a file's author can use; any other error as it is. */
  explain(error: unknown): unknown;
}

/**
 * RFC 4180 with BOM and embedded line ends; CRLF, LF and CR end a row, mixed or not. Blank lines are skipped,
 * field counts are the caller's to check.
 */
export function csvReader(): CsvReader {
  const lines = new LineCounter();
  const parser = parse({
    bom: true,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_BYTES,
    // Its types take a record for the array it was.
    on_record: (fields, info) => lines.locate(fields, info.lines) as unknown as string[],
  });
  const explain = (error: unknown) => {
    const { code, lines: at } = error as CsvError & { lines?: number };
    const problem = PROBLEMS[code];
    // What a missing quote breaks is noticed far below it: the row that was not finished is named.
    return problem ? new CsvUnreadableError(problem, lines.after(at ?? 0)) : error;
  };
  return { parser, explain };
}

const PROBLEMS: Record<string, string> = {
  CSV_QUOTE_NOT_CLOSED: "a quote opened here is never closed",
  CSV_INVALID_CLOSING_QUOTE:
    'a quoted value goes on after its closing quote; write a quote inside a value as ""',
  INVALID_OPENING_QUOTE: 'a quote begins inside a value; quote the whole value and write the quote as ""',
  CSV_MAX_RECORD_SIZE: `a row is longer than ${MAX_RECORD_BYTES} bytes; is a closing quote missing?`,
};

/**
 * Tells where records begin. The parser counts the line a record ends on, and a carriage return inside quotes as
 * a line of its own; here both are undone.
 */
class LineCounter {
  #previous = 0;
  #returns = 0;

  locate(fields: string[], end: number): CsvRecord {
    let inside = 0;
    if (end > this.#previous + 1) {
      for (const field of fields) {
        for (let i = 0; i < field.length; i++) {
          const code = field.charCodeAt(i);
          if (code === LF) inside++;
          // A lone return is a line end to editors too; only that of CRLF is counted twice.
          else if (code === CR && field.charCodeAt(i + 1) === LF) this.#returns++;
          else if (code === CR) inside++;
        }
      }
    }
    this.#previous = end;
    return { line: end - this.#returns - inside, fields };
  }

  /** The line of the record after the last one, where the parser stopped at line `at`. */
  after(at: number): number {
    return Math.min(this.#previous + 1, at) - this.#returns;
  }
}

const LF = 10;
const CR = 13;
