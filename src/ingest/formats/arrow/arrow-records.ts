import type { FileHandle } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import type * as Arrow from "apache-arrow";
import {
  type AsDeclared,
  type DeliveredRecord,
  FileUnreadableError,
  MAX_RECORD_BYTES,
  type RandomAccess,
} from "../file-format.js";
import { type ReadColumn, readerOf, refusalOf } from "./column-text.js";
import { registerCompressions } from "./compression.js";
import { requireFlatbuffer } from "./flatbuffer.js";
import { FOOTER, MESSAGE } from "./metadata.js";

const BATCH = 256;
const BATCH_CHARACTERS = 1 << 20;
/** What numbers them is a PostgreSQL integer. */
const MAX_ROWS = 2_147_483_647;
/** As of Parquet: rows that differ take more room. */
const MAX_ROWS_PER_BYTE = 64;
const ALWAYS_READ_ROWS = 1_000_000;
/** Of one record batch: it is held in memory as a whole. */
const MAX_READ_BYTES = 256 << 20;
/** A file is read once, and its beginning and end again. */
const MOST_READ = 4;
/** A dictionary's message may be read when the file is opened, and again in its place. */
const MOST_TIMES = 2;
const INT_BYTES = 4;
/** In place of a message's length, which follows. */
const CONTINUED = -1;
const MAGIC = Buffer.from("ARROW1");
/** After a file's footer: its length, and the magic again. */
const AFTER_FOOTER = INT_BYTES + MAGIC.length;

/**
 * An Arrow IPC file or stream as the records its CSV would have, the header first; see `parquetRecords`. A record batch is
 * read at a time.
 * @param onProgress called with the share of the file that was read since the last call
 * @throws {FileUnreadableError} naming the first row that could not be read
 */
export async function* arrowRecords(
  file: RandomAccess,
  onProgress: (share: number) => void,
  { instants = new Set() }: Pick<AsDeclared, "instants"> = {},
): AsyncGenerator<DeliveredRecord[]> {
  const at = { line: 1 };
  // 8 MB of a library that most deployments never need.
  const arrow = await import("apache-arrow");
  registerCompressions(arrow, MAX_READ_BYTES);
  let handle: Handle | null = null;
  try {
    const { size } = await file.stat();
    handle = new Handle(file, size, onProgress, arrow);
    handle.isFile = await requireWhole(file, size);
    const reader = await openReader(arrow, handle);
    const { fields } = reader.schema;
    requireReadable(fields);
    yield [{ line: 1, fields: fields.map(({ name }) => name) }];
    const most = mostRows(size);
    let rows = 0;
    for await (const { data, numRows } of reader) {
      rows += numRows;
      if (numRows < 0 || rows > most)
        throw new Error(`it says it has ${rows} rows, in ${size} bytes; at most ${most} are read from it`);
      if (data.children.length !== fields.length) throw new Error("a record batch lacks a column");
      const columns = data.children.map((column, i) =>
        readerOf(column, numRows, instants.has(fields[i]!.name)),
      );
      for (let row = 0; row < numRows; ) {
        const records = takeRecords(columns, row, numRows, at.line);
        yield records;
        row += records.length;
        at.line += records.length;
        await setImmediate();
      }
    }
  } catch (error) {
    if (handle === null) throw error;
    if (handle.failure !== null) throw handle.failure;
    if (error instanceof FileUnreadableError) throw error;
    throw new FileUnreadableError(`it cannot be read as Arrow (${(error as Error).message})`, at.line);
  } finally {
    await file.close();
  }
}

/**
 * A file's footer says where its batches are; a stream may end after any of its messages.
 * @returns whether it is a file
 */
async function requireWhole(file: RandomAccess, size: number): Promise<boolean> {
  const [start, end] = [Buffer.alloc(MAGIC.length), Buffer.alloc(MAGIC.length)];
  await file.read(start, 0, start.length, 0);
  if (!start.equals(MAGIC)) return false;
  await file.read(end, 0, end.length, Math.max(0, size - end.length));
  if (size < 3 * MAGIC.length || !end.equals(MAGIC))
    throw new Error("it ends too early: its footer is missing");
  return true;
}

async function openReader({ RecordBatchReader }: typeof Arrow, handle: Handle) {
  // The library asks for Node's own handle, of which it uses these three.
  const reader = await RecordBatchReader.from(handle as unknown as FileHandle);
  await reader.open({ autoDestroy: false });
  if (!reader.schema) throw new Error("it has no schema");
  return reader;
}

const mostRows = (size: number): number =>
  Math.min(MAX_ROWS, Math.max(ALWAYS_READ_ROWS, size * MAX_ROWS_PER_BYTE));

/** What describes a record batch, as far as it is looked at. */
interface BatchHeader {
  readonly length: number | bigint;
  readonly nodes: readonly { readonly length: number | bigint }[];
  readonly buffers: readonly { readonly offset: number | bigint; readonly length: number | bigint }[];
  readonly compression: { readonly type: number } | null;
}

/** What the library reads by. */
class Handle {
  /** By which it tells a file from other things. */
  readonly fd = 0;
  /** What the file itself failed with. */
  failure: unknown = null;
  /** Known once its beginning and end were read. */
  isFile = false;
  #left = 1;
  #read = 0;
  /** The length that was read last: of what describes a message, which follows. */
  #announced = 0;
  /** By where they end: how often they were read. */
  readonly #messages = new Map<number, number>();
  /** The compressed batch whose body follows. */
  #packed: BatchHeader | null = null;

  constructor(
    private readonly file: RandomAccess,
    private readonly size: number,
    private readonly onProgress: (share: number) => void,
    private readonly arrow: typeof Arrow,
  ) {}

  stat = () => this.file.stat();

  read = async (buffer: Uint8Array, offset: number, length: number, position: number) => {
    if (length > MAX_READ_BYTES)
      throw new Error(
        `a record batch has ${length} bytes; at most ${MAX_READ_BYTES} are read: write smaller batches`,
      );
    if (length < 0 || position < 0) throw new Error("a message lies outside the file");
    const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    try {
      const { bytesRead } = await this.file.read(bytes, offset, length, position);
      if (bytesRead === 0 && length > 0) throw new Error("it ends too early");
      this.#read += bytesRead;
      if (this.#read > MOST_READ * this.size + MAGIC.length)
        throw new Error("its messages contradict each other");
      if (offset + bytesRead === bytes.length) this.#requireSound(bytes, position + bytesRead);
      const share = Math.min(this.#left, bytesRead / this.size);
      this.#left -= share;
      this.onProgress(share);
      return { bytesRead, buffer };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== undefined && !code.startsWith("ERR_")) this.failure = error;
      throw error;
    }
  };

  /**
   * Before the library believes it.
   * @param end where it ends in the file
   */
  #requireSound(bytes: Buffer, end: number): void {
    if (bytes.length === INT_BYTES && this.#announced !== INT_BYTES) {
      const length = bytes.readInt32LE();
      // The library would go back in the file, and read the same again, for ever.
      if (length < 0 && (length !== CONTINUED || this.#announced === CONTINUED))
        throw new Error("its metadata is damaged");
      this.#announced = length;
      return;
    }
    if (this.#packed !== null) this.#requireRoom(this.#packed, bytes);
    const isMetadata = bytes.length === this.#announced && this.#packed === null;
    this.#packed = null;
    this.#announced = 0;
    if (!isMetadata) return;
    if (this.isFile && end === this.size - AFTER_FOOTER) {
      requireFlatbuffer(bytes, FOOTER);
      return;
    }
    // A footer that names a message of another kind would have the library read it for ever.
    const times = (this.#messages.get(end) ?? 0) + 1;
    if (times > MOST_TIMES) throw new Error("its footer names one message several times");
    this.#messages.set(end, times);
    this.#requireMessage(bytes);
  }

  /**
   * Before the library makes room for what a record batch claims to have.
   * @throws {Error} it is damaged, or has more values than there is room for in the file
   */
  #requireMessage(metadata: Buffer): void {
    requireFlatbuffer(metadata, MESSAGE);
    const message = this.arrow.Message.decode(metadata);
    if (!message.isRecordBatch() && !message.isDictionaryBatch()) return;
    const header = message.header() as BatchHeader | { data: BatchHeader };
    const batch = "data" in header ? header.data : header;
    for (const rows of [batch.length, ...batch.nodes.map((node) => node.length)])
      if (!(Number(rows) >= 0 && Number(rows) <= mostRows(this.size)))
        throw new Error(`a record batch says it has ${rows} values, in ${this.size} bytes`);
    if (batch.compression && Number(message.bodyLength) > 0) this.#packed = batch;
  }

  /** Before the buffers of a compressed batch are unpacked: each begins with its length, or -1. */
  #requireRoom({ buffers }: BatchHeader, body: Buffer): void {
    let sum = 0;
    for (const { offset, length } of buffers) {
      const [at, bytes] = [Number(offset), Number(length)];
      if (bytes === 0) continue;
      if (!(at >= 0 && bytes >= 8 && at + bytes <= body.length))
        throw new Error("a buffer lies outside its record batch");
      const unpacked = Number(body.readBigInt64LE(at));
      sum += unpacked === -1 ? bytes : unpacked;
      if (unpacked < -1 || sum > MAX_READ_BYTES)
        throw new Error(
          `a record batch has ${sum} bytes once it is unpacked; at most ${MAX_READ_BYTES} are read: write smaller batches`,
        );
    }
  }

  /** Who opened it closes it. */
  close = async (): Promise<void> => {};
}

function takeRecords(
  columns: readonly ReadColumn[],
  from: number,
  end: number,
  firstLine: number,
): DeliveredRecord[] {
  const records: DeliveredRecord[] = [];
  let characters = 0;
  for (let row = from; row < end && records.length < BATCH && characters < BATCH_CHARACTERS; row++) {
    const line = firstLine + records.length;
    const fields = columns.map((read) => read(row) ?? "");
    const length = fields.reduce((sum, field) => sum + field.length, 0);
    if (length > MAX_RECORD_BYTES)
      throw new FileUnreadableError(`a row is longer than ${MAX_RECORD_BYTES} bytes`, line);
    characters += length;
    records.push({ line, fields });
  }
  return records;
}

/** @throws {FileUnreadableError} naming every column whose type has no like here */
function requireReadable(fields: readonly { name: string; type: Parameters<typeof refusalOf>[0] }[]): void {
  const refused = fields.flatMap(({ name, type }) => {
    const refusal = refusalOf(type);
    return refusal === null ? [] : [`${JSON.stringify(name)} ${refusal}`];
  });
  if (refused.length === 0) return;
  throw new FileUnreadableError(
    `column ${refused.slice(0, 20).join(", ")}: there is no such type here; write it as text, numbers, booleans, dates, timestamps or lists of them`,
    1,
  );
}
