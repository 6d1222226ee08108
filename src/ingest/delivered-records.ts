import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { csvRecords, openHashed } from "./csv-file.js";
import { parquetRecords } from "./parquet-file.js";
import { type DeliveredFile, fingerprint } from "./source-folder.js";

/**
 * What a pipeline begins with to read a delivered file as batches of `CsvRecord`s, whatever its format, and the hash
 * of the bytes that were read.
 */
export function openRecords(file: DeliveredFile, onBytes: (bytes: number) => void, signal: AbortSignal) {
  if (file.extension === ".parquet") {
    const stages = [parquetRecords(file.path, (share) => onBytes(share * file.bytes))];
    // Parquet is read here and there, not from front to back: it is hashed again instead.
    const sha256 = async () => (await fingerprint(file, () => {}, signal)).sha256;
    return { stages, sha256 };
  }
  const { stream, sha256 } = openHashed(file.path, onBytes);
  const unpack = file.extension === ".csv.gz" ? [unpacked] : [];
  return { stages: [stream, ...unpack, csvRecords], sha256: async () => sha256() };
}

/** A stage of its own would end the whole pipeline with its error; so the error reaches who counts the lines. */
async function* unpacked(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const feeding = pipeline(withoutEnding(chunks), gunzip).catch(() => {});
  try {
    yield* gunzip;
  } finally {
    gunzip.destroy();
    await feeding;
  }
}

/** The same chunks; who stops taking them does not end the stream they come from. */
async function* withoutEnding(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = chunks[Symbol.asyncIterator]();
  for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
}
