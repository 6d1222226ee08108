import {
  type AsDeclared,
  DamagedBytesError,
  type DeliveredRecord,
  FileUnreadableError,
  MAX_RECORD_BYTES,
} from "../file-format.js";

/**
 * The records of JSON Lines: an object a line, blank lines skipped. The header has the declared columns, and after them
 * what else the first object names; a name that an object lacks is null, as `null` is, because many writers leave it out. An
 * object that names more than the header breaks the shape of its row, unless other columns are ignored.
 * @throws {FileUnreadableError} a line is no JSON object, or too long
 */
export async function* jsonlRecords(
  chunks: AsyncIterable<Buffer>,
  declared: AsDeclared,
): AsyncGenerator<DeliveredRecord[]> {
  let row: ((object: Record<string, unknown>) => string[]) | null = null;
  for await (const lines of linesOf(chunks)) {
    const batch: DeliveredRecord[] = [];
    for (const { line, text } of lines) {
      const object = objectOf(text, line);
      if (row === null) {
        const header = headerFor(object, declared);
        batch.push({ line, fields: header });
        row = rowReader(header, declared);
      }
      batch.push({ line, fields: row(object) });
    }
    if (batch.length > 0) yield batch;
  }
}

function headerFor(first: Record<string, unknown>, { columns, extraColumns }: AsDeclared): string[] {
  const known = new Set(columns);
  const extra = extraColumns === "ignore" ? [] : Object.keys(first).filter((name) => !known.has(name));
  return [...columns, ...extra];
}

function rowReader(header: readonly string[], { extraColumns }: AsDeclared) {
  const known = new Set(header);
  return (object: Record<string, unknown>): string[] => {
    const fields = header.map((name) => asText(Object.hasOwn(object, name) ? object[name] : null));
    if (extraColumns === "ignore") return fields;
    for (const name of Object.keys(object))
      if (!known.has(name)) fields.push(`${name}: ${asText(object[name])}`);
    return fields;
  };
}

function objectOf(text: string, line: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new FileUnreadableError(`it is no JSON: ${(error as Error).message.slice(0, 200)}`, line);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return MANY_DIGITS.test(text) ? JSON.parse(withEveryDigit(text)) : (value as Record<string, unknown>);
  }
  throw new FileUnreadableError('it is no JSON object; each line must be one, such as {"a": 1}', line);
}

/** As CSV would have it. */
function asText(value: unknown): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "object") return value === null ? "" : JSON.stringify(value);
  return String(value);
}

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
const MANY_DIGITS = /\d[\d.]{15,}/;

/** Numbers of more digits than a double has, as texts: so that no digit of them is lost. */
const withEveryDigit = (text: string): string =>
  text.replace(STRING_OR_NUMBER, (part) =>
    part.startsWith('"') || !MANY_DIGITS.test(part) ? part : JSON.stringify(part),
  );

const LF = 10;
const BOM = "\ufeff";

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<{ line: number; text: string }[]> {
  let pending: Buffer = Buffer.alloc(0);
  let line = 0;
  const take = (block: Buffer) => {
    const lines: { line: number; text: string }[] = [];
    for (const part of block.toString("utf8").split("\n")) {
      line++;
      const text = line === 1 && part.startsWith(BOM) ? part.slice(1) : part;
      if (text.trim() !== "") lines.push({ line, text });
    }
    return lines;
  };
  try {
    for await (const chunk of chunks) {
      const block: Buffer = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const end = block.lastIndexOf(LF);
      pending = block.subarray(end + 1);
      if (end >= 0) yield take(block.subarray(0, end));
      if (pending.length > MAX_RECORD_BYTES)
        throw new FileUnreadableError(`a row is longer than ${MAX_RECORD_BYTES} bytes`, line + 1);
    }
  } catch (error) {
    throw error instanceof DamagedBytesError ? new FileUnreadableError(error.message, line + 1) : error;
  }
  if (pending.length > 0) yield take(pending);
}
