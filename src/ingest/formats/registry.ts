import { Registry } from "../../values/registry.js";
import { arrow } from "./arrow/arrow.js";
import { type Compression, compressions } from "./compression.js";
import { csv } from "./csv/csv.js";
import type { FileFormat } from "./file-format.js";
import { jsonl } from "./jsonl/jsonl.js";
import { parquet } from "./parquet/parquet.js";

/** What a source can be delivered in. Files of the first one are named where none was found. */
export const builtInFileFormats = [csv, parquet, jsonl, arrow] as const satisfies readonly FileFormat[];

export const fileFormats = new Registry<FileFormat>("file format", builtInFileFormats);

export interface FormatOfFile {
  /** `.csv`, `.csv.gz` */
  readonly extension: string;
  readonly format: FileFormat;
  readonly compression: Compression | null;
}

/** Every extension that a source's file may have. */
export function acceptedFormats(): FormatOfFile[] {
  return [...fileFormats].flatMap((format) => {
    const { extension } = format;
    const packed = format.reading.access === "stream" ? compressions : [];
    return [
      { extension, format, compression: null },
      ...packed.map((compression) => ({ format, compression, extension: extension + compression.extension })),
    ];
  });
}

/** The format of a file by its name's end, the longest that fits; undefined where it is of none. */
export const formatOf = (file: string): FormatOfFile | undefined =>
  acceptedFormats()
    .filter(({ extension }) => file.endsWith(extension))
    .sort((a, b) => b.extension.length - a.extension.length)[0];

/** `a CSV file, packed by gzip`; of rows that are in no file, what they come from. */
export function formatInWords(file: string): string {
  const found = formatOf(file);
  if (!found) return "rows that can be read";
  return found.format.inWords + (found.compression ? `, packed by ${found.compression.name}` : "");
}
