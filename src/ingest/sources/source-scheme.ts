import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import type { Source } from "../../definitions/language/deployment.js";
import type { Origin } from "../../definitions/language/origin.js";
import { ConflictError } from "../../errors/errors.js";
import type { DeliveredRecord, RandomAccess } from "../formats/file-format.js";

/** One source's file of a delivery, as a run's checkpoint keeps it. */
export interface DeliveredFile {
  source: string;
  /** Its name without the ending, where that is not the source's. */
  file?: string;
  /** Where it differs from `.csv`; of rows that are in no file, what follows the source's name in reports. */
  extension?: string;
  /** Where its scheme finds it. */
  path: string;
  /** 0 where it is not known before it is read. */
  bytes: number;
  sha256: string;
  /** The scheme that reads it; absent: the one that recognises the ingest's `source`. */
  scheme?: string;
  /** The place that the definitions name for it, to be shown; absent: they name none. */
  from?: string;
  /** What its scheme reads the very same by, such as an ETag. It is kept with the run: no credentials. */
  pin?: Readonly<Record<string, string>>;
}
export type ListedFile = Omit<DeliveredFile, "sha256">;

/** What a run could ingest now. */
export interface FoundDelivery {
  /** The `source` text that an ingest takes. */
  name: string;
  /** Empty for a scheme that has no files. */
  files: { source: string; name: string; bytes: number }[];
  /** When the newest of it was written, where the scheme knows. */
  modifiedAt: Date | null;
}

/** One kind of place that data comes from: what the `source` of an ingest may mean, or the `from` of a source's definition. */
export interface SourceScheme {
  /** What comes before `://` in `files("s3://bucket")`, where definitions name it. */
  readonly name: string;
  /** How the `source` of an ingest is written, in words that follow "name"; null: only definitions name this scheme. */
  readonly writtenAs: string | null;
  /** Whether the text is of this scheme; the first one of the registry that says so has it. */
  recognises(source: string): boolean;
  /**
   * What can be said before the run is queued, in the process that was asked: it may have no access to the data.
   * @throws {BadUserInputError} the text names nothing that could be there
   * @throws {SourceNotFoundError} it is known not to be there
   */
  check(source: string, context: SourceContext): Promise<void>;
  /**
   * One file for each source that the delivery holds, in their order. What it may not lack `missingSources` says.
   * @throws what `check` throws; {SourceNotFoundError} lists everything that is missing
   */
  list(source: string, context: SourceContext, signal?: AbortSignal): Promise<ListedFile[]>;
  /**
   * Everything that `list` would find files for, for people to choose from; workers ask each minute. Nothing where only who
   * ingests can know; null where every name will do, because what is read does not depend on it. What is no delivery is left out.
   * @throws whatever keeps it from looking: what was found before stays listed
   */
  deliveries(context: SourceContext, signal: AbortSignal): Promise<FoundDelivery[] | null>;
  /** Reads it once; what is ingested later must still have this hash. */
  fingerprint(file: ListedFile, onBytes: OnBytes, signal: AbortSignal): Promise<DeliveredFile>;
  /** In any process that executes runs. */
  open(file: ListedFile): SourceContent;
  /** Whether an error of reading says that the file is gone that was listed: the run then fails, and is not tried again. */
  isGone(error: unknown): boolean;
  /**
   * Called when all files are fingerprinted, where listing takes more than one look; absent: it does not.
   * @throws {ConflictError} another file would be found now
   */
  requireUnchanged?(
    source: string,
    files: readonly ListedFile[],
    context: SourceContext,
    signal: AbortSignal,
  ): Promise<void>;
  /** What definitions need of it; absent: they cannot name it. */
  readonly placed?: PlacedScheme;
  /**
   * Present where what is read may be another one the next time. Then all sources of a place are read once, as they are at one
   * instant, and asof keeps the rows until the run has ended: `fingerprint` and `open` are not called.
   */
  snapshot?(files: readonly ListedFile[], context: SourceContext, signal: AbortSignal): Promise<RowsAtOnce>;
}

/** A scheme that the `from` of a definition can name. */
export interface PlacedScheme {
  /** What is wrong with a place, in words that follow "from:"; null: nothing. */
  problem(origin: Origin): string | null;
  /** Environment variables that it reads in processes that ingest. */
  variables(origin: Origin): readonly string[];
  /**
   * Looks whether the place can be read now: `asof doctor` asks.
   * @returns what is there, in words
   * @throws {AsofError} what is wrong, and what to do
   */
  look(context: SourceContext, signal: AbortSignal): Promise<string>;
}

/** Rows of several sources, all as they are at one instant. */
export interface RowsAtOnce {
  /** Batches as `SourceContent` has them. One source after another. */
  records(file: ListedFile): AsyncGenerator<DeliveredRecord[]>;
  close(): Promise<void>;
}

export interface SourceContext {
  readonly dataDir: string;
  /** Those that the place has. */
  readonly sources: readonly Source[];
  /** What their definitions say of where they are: a folder, a URL, a variable's name; absent: nothing. */
  readonly at?: string | null;
  /** The date that is ingested, where one is. */
  readonly asOf?: string;
}
export type OnBytes = (bytes: number) => void;

/** Bytes in a file format, or rows as they are. */
export type SourceContent =
  | {
      readonly kind: "bytes";
      /** From the start, each time it is called. */
      stream(signal: AbortSignal): AsyncIterable<Buffer>;
      /** For formats that are read here and there. */
      random(signal: AbortSignal): Promise<RandomAccess>;
    }
  | {
      readonly kind: "rows";
      /** Batches of records as a file format gives them: the header first, each value as its CSV would have it. */
      records(signal: AbortSignal): AsyncGenerator<DeliveredRecord[]>;
    };

/** What reads delivered files: a scheme, or all of those that a delivery comes from. */
export type FileReader = Pick<SourceScheme, "open" | "fingerprint" | "isGone">;

/** The name it was delivered under. */
export const deliveredName = ({ source, file = source, extension = ".csv" }: ListedFile) => file + extension;

/** What is to be ingested is no longer the file that was fingerprinted. */
export const fileChanged = (file: ListedFile): ConflictError =>
  new ConflictError(
    `${deliveredName(file)} changed while it was being ingested; nothing was published; ingest again when it is complete`,
    { source: file.source },
  );

/** Hashes a file's bytes, front to back, or its rows. */
export async function fingerprintContent(
  file: ListedFile,
  content: SourceContent,
  onBytes: OnBytes,
  signal: AbortSignal,
): Promise<DeliveredFile> {
  const hash = createHash("sha256");
  let bytes = 0;
  const count = (part: Buffer | string) => {
    hash.update(part);
    bytes += part.length;
    onBytes(part.length);
  };
  const chunks = content.kind === "bytes" ? content.stream(signal) : rowTexts(content.records(signal));
  await pipeline(
    chunks,
    async (parts: AsyncIterable<Buffer | string>) => {
      for await (const part of parts) count(part);
    },
    { signal },
  );
  return { ...file, bytes, sha256: hash.digest("hex") };
}

async function* rowTexts(batches: AsyncIterable<DeliveredRecord[]>): AsyncGenerator<string> {
  for await (const batch of batches) yield rowsText(batch);
}

/** What is hashed of rows. */
export const rowsText = (batch: readonly DeliveredRecord[]): string =>
  batch.map(({ fields }) => `${JSON.stringify(fields)}\n`).join("");
