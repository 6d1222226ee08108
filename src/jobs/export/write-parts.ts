import type { Client } from "../../db/pool.js";
import { writeParquet } from "../../features/export-parquet.js";
import { inParts, partName } from "../../features/export-parts.js";
import type { ExportColumn, ExportRow } from "../../features/export-rows.js";
import type { Lake } from "../../features/offline/lake/lake.js";
import { recordJoin } from "../../features/offline/lake/lake-catalogue.js";
import { EXPORTS, holdJoins } from "../../features/offline/lake/lake-sync.js";
import { writeLakeFiles } from "../../features/offline/lake/write-files.js";
import { ArtifactWriter } from "../../registry/files/artifact-writer.js";
import type { ExportedFile } from "./export-params.js";
import { PARQUET } from "./planned-files.js";

/** What is written in parts, and by whom. */
export interface PartsToWrite {
  readonly runId: string;
  readonly columns: readonly ExportColumn[];
  readonly rows: AsyncIterable<ExportRow>;
  /** Of each file's metadata. */
  readonly about: Readonly<Record<string, string>>;
  readonly partRows: number;
  readonly signal: AbortSignal;
  onRows(count: number): void;
}

/** As artifacts of the run, in the caller's transaction. */
export async function writeArtifactParts(tx: Client, parts: PartsToWrite): Promise<ExportedFile[]> {
  const { runId, columns, rows, about, partRows, signal, onRows } = parts;
  const files: ExportedFile[] = [];
  for await (const part of inParts(rows, partRows)) {
    const writer = await ArtifactWriter.begin(tx);
    let count = 0;
    const write = async (bytes: Uint8Array) => {
      signal.throwIfAborted();
      await writer.write(bytes);
    };
    const onPartRows = (some: number) => {
      count += some;
      onRows(some);
    };
    await writeParquet(columns, part, write, onPartRows, about);
    const name = `training_set/${partName(files.length)}.parquet`;
    const { sha256, byteLength } = await writer.finish(runId, { name, mediaType: PARQUET });
    files.push({ name, rows: count, bytes: byteLength, sha256 });
  }
  return files;
}

/** Of the lake, where the files of a run's export are. */
export const exportFolder = (runId: string): string => `${EXPORTS}/${runId}`;

/** As files of the lake, which count once the caller's transaction commits: until then they are rubbish, whatever ends it. */
export async function writeLakeParts(tx: Client, lake: Lake, parts: PartsToWrite): Promise<ExportedFile[]> {
  const { runId, columns, rows, about, partRows, signal, onRows } = parts;
  await holdJoins(tx);
  const folder = exportFolder(runId);
  const written = { columns, rows, folder, about, by: "joins" as const };
  const files = await writeLakeFiles(lake, written, signal, onRows, partRows);
  await recordJoin(tx, lake.url, runId, files);
  return files.map(({ path, rows, bytes, sha256 }) => ({
    ...{ name: path.slice(folder.length + 1), rows, bytes, sha256 },
  }));
}
