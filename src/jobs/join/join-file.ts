import type { Entity } from "../../definitions/language/deployment.js";
import { Answers } from "../../features/answers.js";
import { writeParquet } from "../../features/export-parquet.js";
import type { ExportRow } from "../../features/export-rows.js";
import type { FeatureSelection } from "../../features/feature-selection.js";
import type { DatedRow, JoinedRows } from "../../features/offline/offline-engine.js";
import type { UserFeatures } from "../../features/types.js";
import type { DeliveredRecord, FileFormat, RandomAccess } from "../../ingest/formats/file-format.js";
import type { StoredArtifact } from "../../registry/artifact-store.js";
import { type AskedShape, askedColumns, askedRows } from "./asked-rows.js";
import type { JoinFormat, PinnedJoin } from "./join-params.js";
import { type JoinedFeatures, joinedColumns, joinedRow } from "./joined-columns.js";

/** Of each source the newest date whose rows were found. */
export type FoundDates = Record<string, string>;

export function noteFound(
  found: FoundDates,
  { views }: FeatureSelection,
  answers: readonly UserFeatures[],
): void {
  const sources = new Map(views.map(({ name, source }) => [name, source.name]));
  for (const { statuses } of answers)
    for (const { view, eventTime } of statuses) {
      const source = sources.get(view);
      if (source !== undefined && eventTime !== null && eventTime > (found[source] ?? ""))
        found[source] = eventTime;
    }
}

export interface Joining extends JoinedFeatures {
  statuses: boolean;
  format: JoinFormat;
}

/** A file of keys and dates, as bytes that are read in pieces. */
export interface AskedFile {
  format: FileFormat;
  byteLength: number;
  /** Both ends included. */
  read(start: number, end: number): AsyncIterable<Buffer>;
}

export const askedArtifact = (format: FileFormat, { byteLength, read }: StoredArtifact): AskedFile => ({
  ...{ format, byteLength, read },
});

/** Bytes that are held already. */
export const askedBytes = (format: FileFormat, bytes: Buffer): AskedFile => ({
  format,
  byteLength: bytes.byteLength,
  async *read(start, end) {
    yield bytes.subarray(start, end + 1);
  },
});

/** What its rows are, of what is asked for; today is now. */
export const askedShape = (entity: Entity, { asOfColumn, asOf, knownAt }: PinnedJoin): AskedShape => ({
  ...{ entity, asOfColumn, asOf },
  knownAt: knownAt === null ? null : new Date(knownAt),
  today: new Date().toISOString().slice(0, 10),
});

/** Its rows, as they are asked, batch by batch. @throws {BadUserInputError} with the rows' numbers */
export function readAsked(file: AskedFile, shape: AskedShape): AsyncGenerator<DatedRow[], void, undefined> {
  // JSON Lines without a line are no rows; a CSV without one lacks its header.
  return askedRows(recordsOf(file, shape), shape, file.format.position === "row" || file.format.textOnly);
}

async function* recordsOf(file: AskedFile, shape: AskedShape): AsyncGenerator<DeliveredRecord[]> {
  if (file.byteLength === 0) return;
  const written = {
    delimiter: ",",
    columns: askedColumns(shape),
    instants: new Set([shape.asOfColumn, "known_at"]),
    extraColumns: "refuse" as const,
  };
  const { reading } = file.format;
  if (reading.access === "random") yield* reading.records(randomly(file), () => {}, written);
  else yield* reading.records(file.read(0, file.byteLength - 1), written);
}

function randomly(file: AskedFile): RandomAccess {
  return {
    async read(buffer, offset, length, position) {
      const end = Math.min(file.byteLength, position + length) - 1;
      let bytesRead = 0;
      if (end >= position) {
        for await (const piece of file.read(position, end)) {
          bytesRead += piece.copy(buffer, offset + bytesRead);
        }
      }
      return { bytesRead };
    },
    stat: async () => ({ size: file.byteLength }),
    close: async () => {},
  };
}

/**
 * Writes what was found for each row, in the rows' order.
 * @param write called with the file's bytes, in order; awaited
 * @param onRead called with what was found of each few thousand rows
 */
export async function writeJoined(
  joining: Joining,
  joined: AsyncIterable<JoinedRows>,
  write: (bytes: Uint8Array) => Promise<void>,
  onRows: (count: number) => void = () => {},
  onRead: OnRead = () => {},
): Promise<void> {
  const columns = joinedColumns(joining, joining.statuses);
  const rows = joinedRows(joining, joined, onRead);
  if (joining.format === "PARQUET") return writeParquet(columns, rows, write, onRows);
  const { writeArrow } = await import("./arrow-stream.js");
  await writeArrow(columns, rows, write, onRows);
}

/** The rows of the file: how old a value may be, and what is computed of others, is the same whichever engine found them. */
export async function* joinedRows(
  joining: Joining,
  joined: AsyncIterable<JoinedRows>,
  onRead: OnRead,
): AsyncGenerator<ExportRow, void, undefined> {
  const selection = datedSelection(joining);
  const byDate = new Map<string, Answers>();
  for await (const { rows, found } of joined) {
    const read = rows.map(({ key, asOf }, place) => {
      const answers = byDate.get(asOf) ?? new Answers(selection, asOf, 0);
      byDate.set(asOf, answers);
      return answers.of(key, found[place]!);
    });
    onRead(read);
    for (const [place, row] of rows.entries()) yield joinedRow(joining, joining.statuses, row, read[place]!);
  }
}

type OnRead = (answers: readonly UserFeatures[]) => void;

/** What is read as of a date. */
export const datedSelection = ({ selection }: Joining): FeatureSelection => selection.dated ?? selection;
