import type { Column } from "./column.js";
import { about, type Refuse } from "./contradictions.js";

/** How a source's files are written, where that is not as asof writes them. No file has to be rewritten. */
export interface FileReading {
  /** The name of its file without its ending, where that is not the source's own: `"Order lines"`. */
  readonly file?: string;
  /** What the header calls the entity's key, where that is not its own name; of a key of several columns, by column. */
  readonly keyFrom?: string | Readonly<Record<string, string>>;
  /** Texts that are no value, beside the empty one: `["NA", "null"]`. */
  readonly empty?: readonly string[];
  /** What separates the values of a CSV file; `,` unless given. */
  readonly delimiter?: string;
  /** What begins the fraction of a number; `.` unless given. */
  readonly decimal?: "." | ",";
  /** Columns that are not declared: the delivery is refused (the default), or they are not read. */
  readonly extraColumns?: "refuse" | "ignore";
}

/** A source as its files are read. */
interface Read extends FileReading {
  readonly name: string;
  readonly columns: Readonly<Record<string, Column>>;
}

/** What the header of a source's files calls a column, or one of the key's. */
export function headerOf({ columns, keyFrom }: Read, column: string): string {
  const declared = Object.hasOwn(columns, column) ? columns[column] : undefined;
  if (declared) return declared.from ?? column;
  if (typeof keyFrom === "string") return keyFrom;
  return keyFrom && Object.hasOwn(keyFrom, column) ? keyFrom[column]! : column;
}

/** @param key the columns of the entity's key */
export function checkFileReading(key: readonly string[], source: Read, refuse: Refuse): void {
  const { columns, keyFrom, empty = [], delimiter = ",", decimal = "." } = source;
  if (typeof keyFrom === "string" && key.length > 1)
    refuse(`keyFrom ${JSON.stringify(keyFrom)}: the key has the columns ${key.join(", ")}; map them by name`);
  const mapped = typeof keyFrom === "object" ? Object.keys(keyFrom) : [];
  for (const column of mapped.filter((name) => !key.includes(name)))
    refuse(`keyFrom: ${column} is no column of the key; it has ${key.join(", ")}`);
  if (source.file !== undefined && !/^[^/\\\0]{1,200}$/.test(source.file))
    refuse(`file ${JSON.stringify(source.file)} must be a file's name without its folder and ending`);
  const owners = new Map<string, string>();
  for (const column of [...key, ...Object.keys(columns)]) {
    const header = headerOf(source, column);
    if (header === "") refuse(`column ${column}: from names nothing`);
    const other = owners.get(header);
    if (other) refuse(`${other} and ${column} would both be read from ${JSON.stringify(header)}`);
    owners.set(header, column);
  }
  if (!/^[\t\x20-\x7e]$/.test(delimiter) || /["\w.+-]/.test(delimiter))
    refuse(`delimiter ${JSON.stringify(delimiter)} must be one character such as ";", "|" or a tab`);
  if (decimal !== "." && decimal !== ",") refuse(`decimal ${JSON.stringify(decimal)} must be "." or ","`);
  if (decimal === delimiter) refuse('decimal "," needs another delimiter, such as ";"');
  for (const [column, declared] of Object.entries(columns)) {
    checkWords(declared, empty, about(`column ${column}`, refuse));
  }
}

function checkWords(
  { type, oneOf, true: yes, false: no }: Column,
  empty: readonly string[],
  refuse: Refuse,
): void {
  const allowedAndEmpty = oneOf?.find((value) => empty.includes(value));
  if (allowedAndEmpty !== undefined)
    refuse(`${JSON.stringify(allowedAndEmpty)} is one of its values, and stands for no value`);
  if (!yes && !no) return;
  if (type !== "bool") refuse("words for true and false are a bool's");
  if (!yes?.length || !no?.length) refuse("words for true and for false are given together");
  const words = [...(yes ?? []), ...(no ?? [])];
  const repeated = words.find((word, index) => words.indexOf(word) !== index);
  if (repeated !== undefined) refuse(`${JSON.stringify(repeated)} is among its words twice`);
  const none = words.find((word) => word === "" || empty.includes(word));
  if (none !== undefined) refuse(`${JSON.stringify(none)} is one of its words, and stands for no value`);
}
