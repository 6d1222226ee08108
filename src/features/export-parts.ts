import type { ExportRow } from "./export-rows.js";

/**
 * The rows in parts of at most so many, one part at least: of no rows an empty one. Each part is read to its end before the next
 * one is asked for.
 */
export async function* inParts(
  rows: AsyncIterable<ExportRow>,
  mostRows: number,
): AsyncGenerator<AsyncIterable<ExportRow>, void, undefined> {
  const source = rows[Symbol.asyncIterator]();
  let isDone = false;
  try {
    let next = await source.next();
    const part = async function* (): AsyncGenerator<ExportRow, void, undefined> {
      for (let count = 0; !next.done && count < mostRows; count++) {
        yield next.value;
        next = await source.next();
      }
    };
    do yield part();
    while (!next.done);
    isDone = true;
  } finally {
    if (!isDone) await source.return?.();
  }
}

/** `part-00000`, and so on. */
export const partName = (place: number): string => `part-${String(place).padStart(5, "0")}`;
