import { pipeline } from "node:stream/promises";
import { type CsvError, parse } from "csv-parse";
import {
  type AsDeclared,
  DamagedBytesError,
  type DeliveredRecord,
  FileUnreadableError,
  MAX_RECORD_BYTES,
} from "../file-format.js";

/**
 * The records of RFC 4180 bytes, separated as the source declares, in batches: BOM and embedded line ends; CRLF, LF and CR end a row, mixed or not.
 * Blank lines are skipped, field counts are the caller's to check.
 *
 * Until the first quote a record is a line cut at its delimiters: bench/csv.ts measures what that is worth against
 * csv-parse. From the block with the first quote on, csv-parse reads.
 * @throws {FileUnreadableError}
 */
export async function* csvRecords(
  chunks: AsyncIterable<Buffer>,
  { delimiter }: Pick<AsDeclared, "delimiter"> = { delimiter: "," },
): AsyncGenerator<DeliveredRecord[]> {
  const source = chunks[Symbol.asyncIterator]();
  let pending: Buffer = Buffer.alloc(0);
  let line = 0;
  let start = true;
  try {
    for (;;) {
      const { value: chunk, done } = await source.next();
      const block: Buffer = done ? pending : pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      if (start && isUtf16(block)) throw new FileUnreadableError(UTF16_PROBLEM, 1);
      if (needsParser(block)) {
        yield* parsedRecords(follow(block, source), delimiter, line);
        return;
      }
      const end = done ? block.length : endOfLines(block);
      pending = block.subarray(end);
      const text = block.toString("utf8", start && block.subarray(0, 3).equals(BOM) ? 3 : 0, end);
      start &&= end === 0;
      const lines = text.includes("\r") ? text.split(/\r\n|\n|\r/) : text.split("\n");
      // What follows the last line end is no line: nothing, or the start of what the next block goes on with.
      const records: DeliveredRecord[] = [];
      for (let i = 0; i < lines.length; i++) {
        if (lines[i] !== "") records.push({ line: line + i + 1, fields: lines[i]!.split(delimiter) });
      }
      if (records.length > 0) yield records;
      if (done) return;
      line += lines.length - 1;
    }
  } catch (error) {
    throw error instanceof DamagedBytesError ? new FileUnreadableError(error.message, line + 1) : error;
  } finally {
    await source.return?.();
  }
}

/** By its byte order mark, or by the zero that is half of every letter of a header in ASCII. */
function isUtf16(block: Buffer): boolean {
  if (block.length < 2) return false;
  const [first, second] = [block[0]!, block[1]!];
  return (
    (first === 0xff && second === 0xfe) ||
    (first === 0xfe && second === 0xff) ||
    (first === 0) !== (second === 0)
  );
}

/** Quotes, and a line that may be too long. */
function needsParser(block: Buffer): boolean {
  if (block.includes(QUOTE)) return true;
  if (block.length <= MAX_RECORD_BYTES) return false;
  const first = block.findIndex((byte) => byte === LF || byte === CR);
  return first < 0 || first > MAX_RECORD_BYTES;
}

/** Where the last line of the block ends that is known to be whole: a return at its very end may be half of CRLF. */
function endOfLines(block: Buffer): number {
  const feed = block.lastIndexOf(LF);
  return (feed >= 0 ? feed : block.lastIndexOf(CR, -2)) + 1;
}

async function* follow(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** The records of bytes that begin after `before` lines. */
async function* parsedRecords(
  chunks: AsyncIterable<Buffer>,
  delimiter: string,
  before: number,
): AsyncGenerator<DeliveredRecord[]> {
  const lines = new LineCounter(before);
  const parser = parse({
    bom: before === 0,
    delimiter,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_BYTES,
    // Its types take a record for the array it was.
    on_record: (fields, info) => lines.locate(fields, info.lines) as unknown as string[],
  });
  // Its failure destroys the parser, and is thrown where the records are taken.
  const feeding = pipeline(chunks, parser).catch(() => {});
  let batch: DeliveredRecord[] = [];
  let cells = 0;
  try {
    for await (const record of parser) {
      cells += record.fields.length;
      if (batch.push(record) < BATCH && cells < BATCH_CELLS) continue;
      yield batch;
      batch = [];
      cells = 0;
    }
  } catch (error) {
    if (batch.length > 0) yield batch;
    const { code, lines: at } = error as CsvError & { lines?: number };
    const problem = error instanceof DamagedBytesError ? error.message : PROBLEMS[code];
    // What a missing quote breaks is noticed far below it: the row that was not finished is named.
    throw problem ? new FileUnreadableError(problem, lines.after(at ?? Number.MAX_SAFE_INTEGER)) : error;
  } finally {
    parser.destroy();
    await feeding;
  }
  if (batch.length > 0) yield batch;
}

const BATCH = 256;
/** A row may have as many cells as it has bytes. */
const BATCH_CELLS = 1 << 15;
const QUOTE = 34;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const UTF16_PROBLEM = 'it is text in UTF-16 (Excel\'s "Unicode text"); save it as CSV in UTF-8';

const PROBLEMS: Record<string, string> = {
  CSV_QUOTE_NOT_CLOSED: "a quote opened here is never closed",
  CSV_INVALID_CLOSING_QUOTE:
    'a quoted value goes on after its closing quote; write a quote inside a value as ""',
  INVALID_OPENING_QUOTE: 'a quote begins inside a value; quote the whole value and write the quote as ""',
  CSV_MAX_RECORD_SIZE: `a row is longer than ${MAX_RECORD_BYTES} bytes; is a closing quote missing?`,
};

/**
 * Finds where records begin. The parser counts the line a record ends on, and a carriage return inside quotes as
 * a line of its own; here both are undone.
 */
class LineCounter {
  #previous = 0;
  #returns = 0;

  constructor(private readonly before: number) {}

  locate(fields: string[], end: number): DeliveredRecord {
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
    return { line: this.before + end - this.#returns - inside, fields };
  }

  /** The line of the record after the last one, where the parser stopped at line `at`. */
  after(at: number): number {
    return this.before + Math.min(this.#previous + 1, at) - this.#returns;
  }
}

const LF = 10;
const CR = 13;
