import { AsofError } from "../errors/errors.js";
import type { S3Body } from "../s3/s3-request.js";

/** What is written to a store: its length and hash are known, and its bytes are read as often as the store asks. */
export type StoredBody = S3Body;

export interface WrittenFile {
  /** Within the store: `play/2024-01-31/7/part-00000-3f2a….parquet`. */
  path: string;
  bytes: number;
  /** Of its bytes, in hex. */
  sha256: string;
}

/** A file that is being written. Until `finish` nobody finds it. */
export interface ByteWriter {
  write(bytes: Uint8Array): Promise<void>;
  /** Puts it where it belongs, whole: a path that has these bytes in its name is the same file however often it is written. */
  finish(pathOf: (sha256: string) => string): Promise<WrittenFile>;
  abort(): Promise<void>;
}

/** A place for files outside PostgreSQL. Which of them count is for tables to say: a store keeps bytes. */
export interface ByteStore {
  /** As tables and errors name it; without credentials. */
  readonly url: string;
  /** What to do about a file that is not as it was written. */
  readonly remedy: string;
  /** A file whose length nobody knows yet. @param by who writes: each has a place of its own for what is not finished */
  begin(by: string, signal: AbortSignal): Promise<ByteWriter>;
  /** Nobody sees half of it. */
  put(path: string, body: StoredBody, signal: AbortSignal): Promise<void>;
  /**
   * @param part from which byte on, of a file of so many: of another length none is read
   * @throws {BrokenFileError} it is not there, or has another length
   */
  read(path: string, signal: AbortSignal, part?: FilePart): AsyncIterable<Buffer>;
  /** Every path below the prefix, which is empty or ends with `/`: that of files which were never finished, too. */
  list(prefix: string, signal: AbortSignal): AsyncIterable<{ path: string; bytes: number }>;
  /** What is not there is no error. */
  remove(path: string, signal: AbortSignal): Promise<void>;
  /** The same of what a `put` that was cut off may have left. */
  discard(path: string, signal: AbortSignal): Promise<void>;
  /** A path on this machine that has the file's bytes. @param into a folder for copies */
  local(file: Pick<WrittenFile, "path" | "sha256">, into: string, signal: AbortSignal): Promise<string>;
}

export interface FilePart {
  from: number;
  /** Of the whole file. */
  bytes: number;
}

/** Where files are until they are finished. */
export const WRITING = "_writing";

export interface StoreKind {
  readonly schemes: readonly string[];
  /** What is wrong with the URL; null: nothing. */
  problem(url: string): string | null;
  open(url: string, remedy: string): ByteStore;
}

/** A store lacks a file that a table says it has, or has another one. */
export class BrokenFileError extends AsofError {
  constructor(
    { url, remedy }: Pick<ByteStore, "url" | "remedy">,
    readonly path: string,
    problem: string,
  ) {
    super("SERVICE_UNAVAILABLE", `the file ${url}/${path} ${problem}; ${remedy}`, { path });
  }
}

/** Of a file of another length. */
export const otherLength = (
  store: ByteStore,
  path: string,
  bytes: number,
  expected: number,
): BrokenFileError =>
  new BrokenFileError(store, path, `has ${bytes} bytes instead of the ${expected} that were written`);
