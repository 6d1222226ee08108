import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Transform } from "node:stream";
import { type CsvError, parse } from "csv-parse";

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

const MAX_RECORD_CHARACTERS = 1 << 20;

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

/** RFC 4180 with BOM, CRLF and embedded line ends; blank lines are skipped, field counts are the caller's to check. */
export function csvParser() {
  return parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_CHARACTERS,
  });
}

/**
 * Turns the parser's records into ours. Its line count is where a record ends, and counts a carriage return
 * inside quotes as a line of its own; here both are undone.
 */
export function recordLines(): (parsed: { record: string[]; info: { lines: number } }) => CsvRecord {
  let previous = 0;
  let returns = 0;
  return ({ record, info }) => {
    let inside = 0;
    if (info.lines > previous + 1) {
      for (const field of record) {
        for (const character of field) {
          if (character === "\n") inside++;
          else if (character === "\r") returns++;
        }
      }
    }
    previous = info.lines;
    return { line: info.lines - returns - inside, fields: record };
  };
}

export function unreadable(error: unknown): unknown {
  const { code, message, lines } = error as CsvError & { lines?: number };
  if (typeof code !== "string" || !code.startsWith("CSV_")) return error;
  const words =
    code === "CSV_MAX_RECORD_SIZE"
      ? `a record is longer than ${MAX_RECORD_CHARACTERS} characters (is a closing quote missing?)`
      : message;
  return new CsvUnreadableError(words, lines ?? 0);
}
