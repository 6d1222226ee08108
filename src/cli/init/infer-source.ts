import { stat } from "node:fs/promises";
import { readRecords } from "../../ingest/delivered-records.js";
import { FileUnreadableError } from "../../ingest/formats/file-format.js";
import { formatOf } from "../../ingest/formats/registry.js";
import { folder } from "../../ingest/sources/folder/folder.js";
import { CommandError } from "../errors.js";
import { ColumnTally, type InferredColumn } from "./infer-column.js";

/** What a delivered file is taken for. */
export interface InferredSource {
  /** In lower snake case. */
  readonly name: string;
  /** The file's name without its ending. */
  readonly file: string;
  readonly extension: string;
  readonly path: string;
  readonly delimiter: string;
  readonly decimal: "." | ",";
  readonly rows: number;
  /** By the name that the definitions give them. */
  readonly columns: ReadonlyMap<string, InferredColumn>;
  /** Names of columns that have another value in each row. */
  readonly keys: readonly string[];
}

const DELIMITERS = [",", ";", "\t", "|"];
const MOST_COLUMNS = 1_000;

/**
 * Reads a file whole, in bounded memory.
 * @throws {CommandError} it cannot be read, or has no rows
 */
export async function inferSource(path: string, fileName: string): Promise<InferredSource> {
  const { extension, format } = formatOf(fileName)!;
  const file = fileName.slice(0, -extension.length);
  const delimiter = format.textOnly ? await delimiterOf(path, file, extension) : ",";
  let tallies: ColumnTally[] | null = null;
  let rows = 0;
  await eachRow(path, file, extension, delimiter, (fields, line) => {
    if (tallies === null) {
      if (fields.length > MOST_COLUMNS)
        throw new CommandError(
          `${fileName} has ${fields.length} columns; at most ${MOST_COLUMNS} can be declared`,
        );
      tallies = fields.map((header) => new ColumnTally(header));
      return;
    }
    rows++;
    if (fields.length !== tallies.length)
      throw new CommandError(
        `${fileName}, line ${line}: ${fields.length} values under ${tallies.length} headers; correct the file first`,
      );
    for (let i = 0; i < fields.length; i++) tallies[i]!.add(fields[i]!);
  });
  const found: ColumnTally[] = tallies ?? [];
  if (rows === 0) throw new CommandError(`${fileName} has no rows`);
  const decimal = delimiter !== "," && found.some(({ hasCommas }) => hasCommas) ? "," : ".";
  const names = uniqueNames(found.map(({ header }) => header));
  return {
    ...{ name: snakeCase(file), file, extension, path, delimiter, decimal, rows },
    columns: new Map(found.map((tally, i) => [names[i]!, tally.infer(decimal)])),
    keys: found.flatMap((tally, i) => (tally.tellsRowsApart ? [names[i]!] : [])),
  };
}

/** The values of a key. */
export interface Keys {
  readonly values: ReadonlySet<string>;
  /** Where one is there a second time, in a sentence; null: each is there once. */
  readonly repeated: string | null;
}

/**
 * The values of some columns together, in the file's order.
 * @throws {CommandError} one is missing
 */
export async function keysOf(source: InferredSource, names: readonly string[]): Promise<Keys> {
  const { path, file, extension, delimiter, columns } = source;
  const headers = names.map((name) => columns.get(name)!.header);
  const values = new Set<string>();
  let repeated: string | null = null;
  let places: number[] | null = null;
  await eachRow(path, file, extension, delimiter, (fields, line) => {
    if (places === null) {
      places = headers.map((header) => fields.indexOf(header));
      return;
    }
    const parts = places.map((place) => fields[place]!);
    const where = `${file}${extension}, line ${line}: ${headers.join(", ")}`;
    if (parts.includes("")) throw new CommandError(`${where} is empty; the key tells every row apart`);
    const value = parts.join("\0");
    if (values.has(value)) repeated ??= `${where} ${JSON.stringify(parts.join(", "))} is there a second time`;
    values.add(value);
  });
  return { values, repeated };
}

/** The header first. */
async function eachRow(
  path: string,
  file: string,
  extension: string,
  delimiter: string,
  take: (fields: string[], line: number) => void,
): Promise<void> {
  const { size } = await stat(path);
  const listed = { source: file, extension, path, bytes: size, sha256: "" };
  const declared = { delimiter, columns: [], extraColumns: "refuse" } as const;
  const hooks = { onBytes: () => {}, signal: new AbortController().signal };
  try {
    await readRecords(folder, listed, declared, hooks, async (batches) => {
      for await (const batch of batches) for (const { fields, line } of batch) take(fields, line);
    });
  } catch (error) {
    if (!(error instanceof FileUnreadableError)) throw error;
    throw new CommandError(`${file}${extension}, line ${error.line}: ${error.message}`);
  }
}

/** What cuts the header into most names. */
async function delimiterOf(path: string, file: string, extension: string): Promise<string> {
  let header = "";
  const enough = new Error();
  await eachRow(path, file, extension, "\x01", (fields) => {
    header = fields.join("");
    throw enough;
  }).catch((error: unknown) => {
    if (error !== enough && !(error instanceof CommandError)) throw error;
  });
  const counts = DELIMITERS.map((delimiter) => header.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!;
}

const MOST_CHARACTERS = 41;

/** As definitions are named. */
export function snakeCase(text: string): string {
  const words = text
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  const name = /^[a-z]/.test(words) ? words : `c_${words}`;
  return name.slice(0, MOST_CHARACTERS).replace(/_+$/, "");
}

function uniqueNames(headers: readonly string[]): string[] {
  const taken = new Set<string>();
  return headers.map((header) => {
    const name = snakeCase(header);
    let unique = name;
    for (let n = 2; taken.has(unique); n++) unique = `${name.slice(0, MOST_CHARACTERS - 4)}_${n}`;
    taken.add(unique);
    return unique;
  });
}
