/** What one value can be in TypeScript. What a double cannot hold is text, in one form: `"12.50"`, `"2024-01-31T10:00:00.000000Z"`. */
export type Scalar = number | boolean | string;
export type ColumnValue = Scalar | readonly Scalar[] | null;

/** What can be in a list. */
export type ItemType = "int" | "bigint" | "float" | DecimalType | "bool" | "string" | "date";
export type DecimalType = `decimal(${number},${number})`;
export type ListType = `list(${ItemType})`;
export type VectorType = `vector(${number})`;

/**
 * The types a source's column can have, with their parameters. Empty text in a file is null, whatever the type; a column
 * is nullable unless `required`.
 */
export type ColumnType = ItemType | "timestamp" | ListType | VectorType;

/** What values are compared by: bounds, pairs. Those of one type compare by `<`. */
export type Order = number | bigint | string;

/** Which expectation a text breaks that cannot be read. */
export type Unreadable = "type" | "local_time";

/** What becomes of a text that could be read. */
export type Accept<Result> = (order: Order, copy: string, value: ColumnValue) => Result;

/** What a column declares of how its texts are read. */
export interface ReadAs {
  /** Of timestamps: the IANA zone of local times. */
  readonly zone?: string;
}

/** How a Parquet file holds a column's values; named as parquet.thrift has it. */
export interface ParquetType {
  readonly type: "BOOLEAN" | "INT32" | "INT64" | "DOUBLE" | "BYTE_ARRAY" | "FIXED_LEN_BYTE_ARRAY";
  readonly type_length?: number;
  readonly converted_type?: "UTF8" | "DATE" | "DECIMAL" | "TIMESTAMP_MICROS";
  readonly logical_type?: { type: "TIMESTAMP"; isAdjustedToUTC: boolean; unit: "MICROS" };
  readonly precision?: number;
  readonly scale?: number;
}

/** All that is known of one type. A record that lacks a part does not compile; nothing else switches on a type's name. */
export interface ColumnTypeFacts {
  /** PostgreSQL's type, as its `format_type` writes it. */
  readonly sql: string;
  /** SQL condition on a stored column that the type alone does not ensure; null: none. */
  readonly check: ((column: string) => string) | null;
  /** What a value takes of a row at most, in bytes, and what its place is a multiple of. */
  readonly row: { readonly size: number; readonly align: number };

  /** What a delivered text must be, in words that follow it. */
  readonly words: string;
  /** The same of a JSON value, where that differs. */
  readonly jsonWords: string | null;
  /** What a value is in JSON; texts are read as delivered ones are. */
  readonly json: readonly ("number" | "boolean" | "string" | "array")[];
  /** Compiles the reading of a text that is not empty. `copy` is its text for COPY, escaped. */
  reader<Result>(
    accept: Accept<Result>,
    unreadable: (breaks: Unreadable) => Result,
    readAs: ReadAs,
  ): (text: string) => Result;
  /** Whether numbers of it may be written with a decimal comma. */
  readonly decimalMark: boolean;

  /** A declared bound as it is compared; null where it is none. Null for a type that takes no bounds. */
  readonly bound: ((bound: number | string) => Order | null) | null;
  /** SQL of a value as text, which `ofText` reads. */
  text(value: string): string;
  ofText(text: string): ColumnValue;
  /** PostgreSQL's own text of a value, where no array can hold several of them; null: it can. */
  readonly literal: ((value: ColumnValue) => string | null) | null;
  /** Whether such a text never needs quotes in PostgreSQL's text of an array. */
  readonly plain: boolean;
  /** SQL of a value as an exported CSV file has it. */
  csv(value: string): string;
  /** SQL of what is hashed, so that equal values have equal bytes whatever PostgreSQL type keeps them. */
  canonical(value: string): string;

  /** How models take it; null: they cannot, and `remedy` says what to do. */
  readonly feature: "numeric" | "categorical" | null;
  readonly remedy: string | null;
  /** How its distribution is described: as numbers (of `::float8`), by its commonest values, or by how many there are. */
  readonly profile: "numbers" | "values" | "counts";
  /** Whether all of its values are whole numbers. */
  readonly whole: boolean;
  /** SQL of what is counted where its values are described by their commonest. */
  profiled(value: string): string;

  /** GraphQL's type; in a list of its own for lists and vectors. */
  readonly graphql: { readonly name: GraphqlName; readonly list: boolean };
  readonly parquet: ParquetType;
  /** Whether a Parquet column is a list of `parquet`. */
  readonly parquetList: boolean;
  /** A value that is not null as a Parquet writer takes it; of a list, one item. */
  toParquet(value: Scalar): Scalar | bigint;
}

export type GraphqlName =
  | "Int"
  | "Float"
  | "Boolean"
  | "String"
  | "Date"
  | "BigInt"
  | "Decimal"
  | "Timestamp";

/** What types of which texts are plain have in common. */
export const asItIs = {
  check: null,
  literal: null,
  jsonWords: null,
  text: (value: string) => `${value}::text`,
  csv: (value: string) => value,
  profiled: (value: string) => value,
  decimalMark: false,
  whole: false,
  parquetList: false,
  remedy: null,
} as const;
