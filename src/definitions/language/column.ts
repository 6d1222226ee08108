/**
 * The types a source's column can have. Empty text in a file is null, whatever the type;
 * a column is nullable unless `required`.
 */
export type ColumnType = "int" | "float" | "bool" | "string" | "date";

/** What one value can be in TypeScript: dates are ISO calendar dates, as in the file. */
export type ColumnValue = number | boolean | string | null;

export interface ColumnOptions {
  description?: string;
  /** An empty value is a violation. */
  required?: boolean;
  /** What a file's header calls it, where that is not its own name: `"Order Value"`. */
  from?: string;
}
export interface NumberOptions extends ColumnOptions {
  /** Inclusive bounds. */
  min?: number;
  max?: number;
}
export interface BoolOptions extends ColumnOptions {
  /** The words of a file for true and false, as they are written there; given together, in place of `True` and `False`. */
  true?: readonly string[];
  false?: readonly string[];
}
export interface StringOptions extends ColumnOptions {
  /** The only values allowed. */
  oneOf?: readonly string[];
}

export interface Column<Type extends ColumnType = ColumnType> {
  readonly type: Type;
  readonly description?: string;
  readonly required: boolean;
  readonly from?: string;
  readonly true?: readonly string[];
  readonly false?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly oneOf?: readonly string[];
}

const column = <Type extends ColumnType>(type: Type, options: ColumnOptions = {}): Column<Type> => ({
  ...options,
  type,
  required: options.required ?? false,
});

/** A whole number of 32 bits. */
export const int = (options?: NumberOptions): Column<"int"> => column("int", options);
/** A double-precision number; `NaN` and `Infinity` are violations. */
export const float = (options?: NumberOptions): Column<"float"> => column("float", options);
/** `True`/`False` in any case, or the words given. */
export const bool = (options?: BoolOptions): Column<"bool"> => column("bool", options);
export const string = (options?: StringOptions): Column<"string"> => column("string", options);
/** `2024-01-31`; a day that does not exist is a violation. */
export const date = (options?: ColumnOptions): Column<"date"> => column("date", options);
