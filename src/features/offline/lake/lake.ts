/** One file of the lake, as the catalogue has it. */
export interface LakeFile {
  /** Within the lake: `play/2024-01-31/7/part-00000-3f2a….parquet`. */
  path: string;
  rows: number;
  bytes: number;
  /** Of its bytes, in hex. */
  sha256: string;
}

/** Who writes: each has a place of its own for what is not finished yet. */
export type LakeWriting = "parts" | "joins";

/** A file that is being written. Until `finish` nobody finds it. */
export interface LakeWriter {
  write(bytes: Uint8Array): Promise<void>;
  /** Puts it where it belongs, whole: a path that has these bytes in its name is the same file however often it is written. */
  finish(pathOf: (sha256: string) => string): Promise<Omit<LakeFile, "rows">>;
  abort(): Promise<void>;
}

/** A place for Parquet files. What is there is the catalogue's to say (`lake_files`): a lake keeps bytes. */
export interface Lake {
  /** As the catalogue and errors name it; without credentials. */
  readonly url: string;
  begin(by: LakeWriting, signal: AbortSignal): Promise<LakeWriter>;
  /** @throws {LakeBrokenError} it is not there */
  read(path: string, signal: AbortSignal): AsyncIterable<Buffer>;
  /** Every path below the prefix, which is empty or ends with `/`: that of files which were never finished, too. */
  list(prefix: string, signal: AbortSignal): AsyncIterable<{ path: string; bytes: number }>;
  /** What is not there is no error. */
  remove(path: string, signal: AbortSignal): Promise<void>;
  /** A path on this machine that has the file's bytes. @param into a folder for copies */
  local(file: LakeFile, into: string, signal: AbortSignal): Promise<string>;
}

/** Where files are until they are finished. */
export const WRITING = "_writing";

export interface LakeKind {
  readonly schemes: readonly string[];
  /** What is wrong with the URL; null: nothing. */
  problem(url: string): string | null;
  open(url: string): Lake;
}
