/** One record with its position in the file, counted from 1: the line it begins on, or its number. */
export interface DeliveredRecord {
  line: number;
  fields: string[];
}

/** The file cannot be read on; nothing after this line was seen. */
export class FileUnreadableError extends Error {
  constructor(
    message: string,
    readonly line: number,
  ) {
    super(message);
  }
}

/** Bytes that cannot be unpacked. Who reads records from them knows the line. */
export class DamagedBytesError extends Error {}

/** No record may be longer, whatever the format: it is held in memory as a whole. */
export const MAX_RECORD_BYTES = 1 << 20;

/**
 * A format that a source can be delivered in. Its records are those that its CSV would have, the header first: each
 * value as the text that CSV would hold, null as no text, so that the same expectations judge all formats.
 */
export interface FileFormat {
  readonly name: string;
  /** `a CSV file`: what a file must be. */
  readonly inWords: string;
  /** With its dot. A format that is read as a stream may be packed, too: `.csv.gz`. */
  readonly extension: string;
  readonly mediaType: string;
  /** What such a file begins with, and no other; null where every text may be one. */
  readonly magic: Buffer | null;
  /** What a row is found by. */
  readonly position: "line" | "row";
  /** Whether all of its values are texts, written as the source declares; false: numbers and booleans are such. */
  readonly textOnly: boolean;
  readonly reading: StreamReading | RandomReading;
}

/** From front to back. */
export interface StreamReading {
  readonly access: "stream";
  /**
   * Batches of records, each of a bounded size: memory must not grow with the file.
   * @throws {FileUnreadableError} naming the first line that could not be read
   */
  records(chunks: AsyncIterable<Buffer>, written: AsDeclared): AsyncGenerator<DeliveredRecord[]>;
}

/** What a source declares of its files. */
export interface AsDeclared {
  /** What separates the values of a row of text. */
  readonly delimiter: string;
  /** The columns that are expected, by the names that the file has for them. */
  readonly columns: readonly string[];
  /** Of these, columns of timestamps: there a midnight is written with its time, and its offset where it has one. */
  readonly instants?: ReadonlySet<string>;
  /** What becomes of others. */
  readonly extraColumns: "refuse" | "ignore";
}

/** Here and there. It packs its values itself, so what it becomes is limited. */
export interface RandomReading {
  readonly access: "random";
  /**
   * The same; closes the file.
   * @param onProgress called with the share of the file that was read since the last call
   */
  records(
    file: RandomAccess,
    onProgress: (share: number) => void,
    written: AsDeclared,
  ): AsyncGenerator<DeliveredRecord[]>;
}

/** A file that can be read at any place; node's FileHandle is one. */
export interface RandomAccess {
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  stat(): Promise<{ size: number }>;
  close(): Promise<void>;
  /** Of all its bytes, where that is known: they need not be read once more. */
  sha256?(): string;
}
