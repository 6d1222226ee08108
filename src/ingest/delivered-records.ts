import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { compressions } from "./formats/compression.js";
import {
  type AsDeclared,
  DamagedBytesError,
  type DeliveredRecord,
  FileUnreadableError,
} from "./formats/file-format.js";
import { type FormatOfFile, fileFormats, formatOf } from "./formats/registry.js";
import {
  type DeliveredFile,
  deliveredName,
  type FileReader,
  fileChanged,
  type OnBytes,
  rowsText,
} from "./sources/source-scheme.js";

/** What a packed file may become: this much, or that many times its size where it is more. */
const UNPACKED_CHARACTERS = 1 << 30;
const UNPACKED_TIMES = 200;
export const unpackedAtMost = (packedBytes: number): number =>
  Math.max(UNPACKED_CHARACTERS, UNPACKED_TIMES * packedBytes);

type Chunks = AsyncIterable<Buffer>;
type Batches = AsyncIterable<DeliveredRecord[]>;
interface Opened {
  /** What a pipeline begins with: bytes or records, and what makes records of bytes. */
  readonly stages: readonly (Readable | Batches | ((chunks: Chunks) => Chunks | Batches))[];
  sha256(): Promise<string>;
}

/**
 * Has `consume` take the records of a delivered file, whatever its format and wherever it is.
 * @returns what hashes what was read
 * @throws {FileUnreadableError} naming the first line that could not be read
 * @throws {ConflictError} the file is gone
 */
export async function readRecords(
  reader: FileReader,
  file: DeliveredFile,
  declared: AsDeclared,
  { onBytes, signal }: { onBytes: OnBytes; signal: AbortSignal },
  consume: (batches: Batches) => Promise<void>,
): Promise<Opened["sha256"]> {
  let line = 0;
  const placed = async function* (batches: Batches) {
    for await (const batch of batches) {
      signal.throwIfAborted();
      line = batch.at(-1)?.line ?? line;
      yield batch;
    }
  };
  try {
    const { stages, sha256 } = await open(reader, file, declared, onBytes, signal);
    await pipeline([...stages, placed, consume] as unknown as NodeJS.ReadWriteStream[], { signal });
    return sha256;
  } catch (error) {
    if (reader.isGone(error)) throw fileChanged(file);
    if (error instanceof DamagedBytesError) throw new FileUnreadableError(error.message, line + 1);
    throw error;
  }
}

async function open(
  reader: FileReader,
  file: DeliveredFile,
  declared: AsDeclared,
  onBytes: OnBytes,
  signal: AbortSignal,
): Promise<Opened> {
  const content = reader.open(file);
  const hash = createHash("sha256");
  const count = (part: Buffer | string) => {
    hash.update(part);
    onBytes(part.length);
  };
  const sha256 = async () => hash.digest("hex");
  if (content.kind === "rows") {
    const countRows = (batch: DeliveredRecord[]) => count(rowsText(batch));
    return { stages: [passing(content.records(signal), countRows)], sha256 };
  }
  const found = formatOf(deliveredName(file));
  if (!found) throw new Error(`${deliveredName(file)} is of no file format that is read here`);
  const { format, compression } = found;
  const limit = new UnpackedLimit(unpackedAtMost(file.bytes));
  if (format.reading.access === "random") {
    const onShare = (share: number) => onBytes(share * file.bytes);
    const access = await content.random(signal);
    const records = format.reading.records(access, onShare, declared);
    // It is read here and there, not from front to back: it is hashed again, unless its scheme has done so.
    const hashAgain = async () =>
      access.sha256?.() ?? (await reader.fingerprint(file, () => {}, signal)).sha256;
    return { stages: [limit.records(records)], sha256: hashAgain };
  }
  const bytes = content.stream(signal);
  const counted = (chunks: Chunks) => passing(chunks, count);
  const unpack = compression
    ? [(chunks: Chunks) => limit.bytes(compression.unpack(chunks))]
    : [(chunks: Chunks) => asNamed(chunks, file, found)];
  const stream = bytes instanceof Readable ? bytes : Readable.from(bytes, { objectMode: false });
  const { records } = format.reading;
  return { stages: [stream, counted, ...unpack, (chunks: Chunks) => records(chunks, declared)], sha256 };
}

async function* passing<T>(parts: AsyncIterable<T>, onPart: (part: T) => void): AsyncGenerator<T> {
  for await (const part of parts) {
    onPart(part);
    yield part;
  }
}

/** Refuses bytes that begin as another format or a packed file does: the name is wrong. */
async function* asNamed(
  chunks: Chunks,
  file: DeliveredFile,
  { extension, format }: FormatOfFile,
): Chunks & AsyncGenerator<Buffer> {
  let start = true;
  for await (const chunk of chunks) {
    if (start) {
      const other = [...fileFormats].find(({ magic }) => magic && begins(chunk, magic));
      const packed = compressions.find(({ magic }) => begins(chunk, magic));
      const meant = packed
        ? extension + packed.extension
        : other && other !== format
          ? other.extension
          : null;
      if (meant) {
        const problem = `it is ${packed ? `packed by ${packed.name}` : other!.inWords}; deliver it as ${file.source}${meant}`;
        throw new FileUnreadableError(problem, 1);
      }
    }
    start = false;
    yield chunk;
  }
}

const begins = (chunk: Buffer, magic: Buffer) => chunk.subarray(0, magic.length).equals(magic);

/** A few bytes may claim to be more than a disk holds. Plain CSV takes the room that it needs, and has no such limit. */
export class UnpackedLimit {
  #unpacked = 0;

  constructor(private readonly most: number) {}

  async *bytes(chunks: Chunks): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.#count(chunk.length);
      yield chunk;
    }
  }

  async *records(batches: Batches): AsyncGenerator<DeliveredRecord[]> {
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
    throw new FileUnreadableError(
      `it unpacks to more than ${this.most} bytes; deliver it as plain CSV if that is meant`,
      line,
    );
  }
}
