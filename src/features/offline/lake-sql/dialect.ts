import type { ColumnType } from "../../../definitions/language/column.js";

/** How an engine's SQL says what both need to say. Expressions are SQL; `hex` ones give upper-case hex of bytes, as text. */
export interface SqlDialect {
  quote(name: string): string;
  /** A relation: the rows of these Parquet files, all of the same columns. */
  files(paths: readonly string[]): string;
  sqlType(wire: "int" | "bigint" | "float" | "bool" | "date" | "string"): string;
  listType(item: string): string;
  text(value: string): string;
  /** Of a decimal, with all digits of its scale: `0.500`. */
  decimalText(value: string): string;
  trimEnd(text: string, character: string): string;
  /** Of a timestamp: `2024-01-31T10:00:00.000000Z`. */
  instantText(value: string): string;
  /** @param each of an item, by its name */
  mapped(list: string, each: (item: string) => string): string;
  joined(list: string): string;
  listLength(list: string): string;
  int4Hex(value: string): string;
  int8Hex(value: string): string;
  /** Of a float that is not -0. */
  float8Hex(value: string): string;
  textHex(value: string): string;
  boolHex(value: string): string;
  daysSince1970(date: string): string;
  microsSince1970(timestamp: string): string;
  /** Lower-case hex of the SHA-256 of the bytes that are given as hex. */
  sha256(hex: string): string;
  /** All texts of a group as one, in their order. */
  concatenated(text: string): string;
  /**
   * Of each row of `asked` (ordinal, k, as_of, epoch) that has any the row of `rows` (epoch, k, as_of, columns) with the
   * greatest as_of up to its own: ordinal, as_of, columns.
   */
  asOfJoin(asked: string, rows: string, columns: readonly string[]): string;
}

/** SQL of a column as every engine gives it to JavaScript: numbers, booleans, texts and lists of them. */
export function wire(dialect: SqlDialect, type: ColumnType, value: string): string {
  const item = itemOf(type);
  if (item !== null) return isWire(item) ? value : dialect.mapped(value, (each) => wire(dialect, item, each));
  if (type === "timestamp") return dialect.instantText(value);
  if (type.startsWith("decimal(")) return dialect.decimalText(value);
  return isWire(type) ? value : dialect.text(value);
}

/** The type of a list's or vector's items; null of what is none. */
export function itemOf(type: ColumnType): ColumnType | null {
  if (type.startsWith("vector(")) return "float";
  return (/^list\((.*)\)$/.exec(type)?.[1] as ColumnType | undefined) ?? null;
}

const isWire = (type: ColumnType): boolean => ["int", "float", "bool", "string"].includes(type);

/** The type of what `wire` gives. */
export function wireType(dialect: SqlDialect, type: ColumnType): string {
  const item = itemOf(type);
  if (item !== null) return dialect.listType(wireType(dialect, item));
  return dialect.sqlType(type === "int" || type === "float" || type === "bool" ? type : "string");
}
