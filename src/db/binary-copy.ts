/** What a field of PostgreSQL's binary COPY format (its manual, "COPY", "Binary Format") is read as. */
export type BinaryType = "float8" | "bool" | "text";
export type BinaryValue = number | boolean | string | null;

/** Signature, flags and the length of an extension that no version has used. */
const HEADER_BYTES = 19;
const NO_MORE_ROWS = -1;

/**
 * The rows of `copy (…) to stdout with (format binary)`, in batches as they come over the wire: neither side writes or
 * parses numbers as text. @param types of the columns, which the query must select as just these.
 */
export async function* binaryRows(
  stream: AsyncIterable<Buffer>,
  types: readonly BinaryType[],
): AsyncGenerator<BinaryValue[][], void, undefined> {
  let rest: Buffer | null = null;
  let headerLeft = HEADER_BYTES;
  for await (const chunk of stream) {
    const bytes: Buffer = rest ? Buffer.concat([rest, chunk]) : chunk;
    const skipped = Math.min(headerLeft, bytes.length);
    headerLeft -= skipped;
    const { rows, end } = wholeRows(bytes, skipped, types);
    rest = end < bytes.length ? bytes.subarray(end) : null;
    if (rows.length > 0) yield rows;
  }
}

/** The rows that lie completely in `bytes` from `from` on. @returns them and where the first incomplete one starts. */
function wholeRows(
  bytes: Buffer,
  from: number,
  types: readonly BinaryType[],
): { rows: BinaryValue[][]; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const rows: BinaryValue[][] = [];
  let end = from;
  for (;;) {
    if (end + 2 > bytes.length) return { rows, end };
    if (view.getInt16(end) === NO_MORE_ROWS) return { rows, end: bytes.length };
    const row: BinaryValue[] = new Array(types.length);
    let at = end + 2;
    for (let column = 0; column < types.length; column++) {
      if (at + 4 > bytes.length) return { rows, end };
      // -1 is null.
      const length = view.getInt32(at);
      at += 4;
      if (at + length > bytes.length) return { rows, end };
      row[column] = length < 0 ? null : valueAt(bytes, view, at, length, types[column]!);
      if (length > 0) at += length;
    }
    rows.push(row);
    end = at;
  }
}

function valueAt(bytes: Buffer, view: DataView, at: number, length: number, type: BinaryType): BinaryValue {
  if (type === "float8") return view.getFloat64(at);
  if (type === "bool") return bytes[at] === 1;
  return bytes.toString("utf8", at, at + length);
}
