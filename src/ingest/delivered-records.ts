import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { type CsvRecord, CsvUnreadableError, csvRecords, openHashed } from "./formats/csv/csv-records.js";
import { parquetRecords } from "./formats/parquet/parquet-records.js";
import { type DeliveredFile, fingerprint } from "./sources/folder/source-folder.js";

/** What a packed file may become: this much, or that many times its size where it is more. */
const UNPACKED_CHARACTERS = 1 << 30;
const UNPACKED_TIMES = 200;
export const unpackedAtMost = (packedBytes: number): number =>
  Math.max(UNPACKED_CHARACTERS, UNPACKED_TIMES * packedBytes);

/**
 * What a pipeline begins with to read a delivered file as batches of `CsvRecord`s, whatever its format, and the hash
 * of the bytes that were read.
 */
export function openRecords(file: DeliveredFile, onBytes: (bytes: number) => void, signal: AbortSignal) {
  if (file.extension === ".parquet") {
    const limit = new UnpackedLimit(unpackedAtMost(file.bytes));
    const stages = [limit.records(parquetRecords(file.path, (share) => onBytes(share * file.bytes)))];
    // Parquet is read here and there, not from front to back: it is hashed again instead.
    const sha256 = async () => (await fingerprint(file, () => {}, signal)).sha256;
    return { stages, sha256 };
  }
  const { stream, sha256 } = openHashed(file.path, onBytes);
  const limit = new UnpackedLimit(unpackedAtMost(file.bytes));
  const unpack =
    file.extension === ".csv.gz" ? [unpacked, (chunks: AsyncIterable<Buffer>) => limit.bytes(chunks)] : [];
  return { stages: [stream, ...unpack, csvRecords], sha256: async () => sha256() };
}

/** A few bytes may claim to be more than a disk holds. Plain CSV takes the room that it needs, and has no such limit. */
export class UnpackedLimit {
  #unpacked = 0;

  constructor(private readonly most: number) {}

  async *bytes(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.#count(chunk.length);
      yield chunk;
    }
  }

  async *records(batches: AsyncIterable<CsvRecord[]>): AsyncGenerator<CsvRecord[]> {
    for await (const batch of batches) {
      let characters = 0;
      for (const { fields } of batch) for (const field of fields) characters += field.length + 1;
      this.#count(characters, batch[0]?.line);
      yield batch;
    }
  }

  #count(more: number, line = 1): void {
    this.#unpacked += more;
    if (this.#unpacked <= this.most) return;
    throw new CsvUnreadableError(
      `it unpacks to more than ${this.most} bytes; deliver it as plain CSV if that is meant`,
      line,
    );
  }
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
