import { writeParquet } from "../../export-parquet.js";
import { inParts, partName } from "../../export-parts.js";
import type { ExportColumn, ExportRow } from "../../export-rows.js";
import type { Lake, LakeFile, LakeWriting } from "./lake.js";

/** Of one file: below what S3 takes as one object, and few enough that workers have files to share. */
export const FILE_ROWS = 2_000_000;

export interface WrittenRows {
  columns: readonly ExportColumn[];
  rows: AsyncIterable<ExportRow>;
  /** Of the lake. */
  folder: string;
  by: LakeWriting;
  /** Of each file's metadata. */
  about?: Readonly<Record<string, string>>;
}

/**
 * Rows as files of the lake, at least one. Equal rows give equal files under equal names: what is done again after a crash
 * leaves what was there.
 */
export async function writeLakeFiles(
  lake: Lake,
  { columns, rows, folder, by, about }: WrittenRows,
  signal: AbortSignal,
  onRows: (count: number) => void = () => {},
  fileRows: number = FILE_ROWS,
): Promise<LakeFile[]> {
  const files: LakeFile[] = [];
  for await (const part of inParts(rows, fileRows)) {
    let count = 0;
    const counted = async function* (): AsyncGenerator<ExportRow> {
      for await (const row of part) {
        signal.throwIfAborted();
        count++;
        yield row;
      }
    };
    const writer = await lake.begin(by, signal);
    try {
      await writeParquet(columns, counted(), (bytes) => writer.write(bytes), onRows, about);
      const name = partName(files.length);
      const file = await writer.finish((sha256) => `${folder}/${name}-${sha256.slice(0, 16)}.parquet`);
      files.push({ ...file, rows: count });
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }
  return files;
}
