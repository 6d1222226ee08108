import type { ColumnType, ItemType } from "./column-types/column-type.js";

export type { ColumnType, ColumnValue } from "./column-types/column-type.js";

export interface ColumnOptions {
  description?: string;
  /** An empty value is a violation. */
  required?: boolean;
  /** What a file's header calls it, where that is not its own name: `"Order Value"`. */
  from?: string;
  /** Its values are masked for everybody who may not see personal values, and so is what is computed of them. */
  personal?: boolean;
}
/** Inclusive bounds. */
export interface BoundOptions<Bound> extends ColumnOptions {
  min?: Bound;
  max?: Bound;
}
export type NumberOptions = BoundOptions<number>;
/** A bound of more digits than a double has is written as text, or as a `bigint`. */
export type ExactOptions = BoundOptions<number | string | bigint>;
export interface BoolOptions extends ColumnOptions {
  /** The words of a file for true and false, as they are written there; given together, in place of `True` and `False`. */
  true?: readonly string[];
  false?: readonly string[];
}
export interface StringOptions extends ColumnOptions {
  /** The only values allowed. */
  oneOf?: readonly string[];
}
export interface TimestampOptions extends BoundOptions<string> {
  /** The IANA zone of times without an offset, such as `Europe/Berlin`; without it, each time needs an offset. */
  zone?: string;
}

export interface Column<Type extends ColumnType = ColumnType> {
  readonly type: Type;
  readonly description?: string;
  readonly required: boolean;
  readonly from?: string;
  readonly true?: readonly string[];
  readonly false?: readonly string[];
  readonly min?: number | string;
  readonly max?: number | string;
  readonly oneOf?: readonly string[];
  readonly zone?: string;
  readonly personal?: boolean;
}

const column = <Type extends ColumnType>(type: Type, options: ColumnOptions = {}): Column<Type> => ({
  ...options,
  type,
  required: options.required ?? false,
});

/** Definitions are hashed as JSON, which knows no bigint. */
function exact<Options extends ExactOptions>({ min, max, ...options }: Options): ColumnOptions {
  const bound = (name: string, value: number | string | bigint | undefined) =>
    value === undefined ? {} : { [name]: typeof value === "bigint" ? String(value) : value };
  return { ...options, ...bound("min", min), ...bound("max", max) };
}

/** A whole number of 32 bits. */
export const int = (options?: NumberOptions): Column<"int"> => column("int", options);
/** A whole number of 64 bits, every digit kept: text in JSON. A model takes it as a double. */
export const bigint = (options: ExactOptions = {}): Column<"bigint"> => column("bigint", exact(options));
/** A double-precision number; `NaN` and `Infinity` are violations. */
export const float = (options?: NumberOptions): Column<"float"> => column("float", options);
/**
 * A number of `precision` digits, `scale` of them after the point, every digit kept: text in JSON. More digits are a
 * violation: nothing is rounded. A model takes it as a double. At most 38 digits.
 */
export function decimal<const Precision extends number, const Scale extends number>(
  precision: Precision,
  scale: Scale,
  options: ExactOptions = {},
): Column<`decimal(${Precision},${Scale})`> {
  return column(`decimal(${precision},${scale})`, exact(options));
}
/** `True`/`False` in any case, or the words given. */
export const bool = (options?: BoolOptions): Column<"bool"> => column("bool", options);
export const string = (options?: StringOptions): Column<"string"> => column("string", options);
/** `2024-01-31`; a day that does not exist is a violation. Bounds are dates. */
export const date = (options?: BoundOptions<string>): Column<"date"> => column("date", options);
/**
 * An instant, to the microsecond. A time with an offset is one; a time without is of the zone given, where it exists once.
 * Bounds are instants with their offset.
 */
export const timestamp = (options?: TimestampOptions): Column<"timestamp"> => column("timestamp", options);
/** Several values of a type in their order, none of them empty: a JSON list in a CSV file. No model takes it. */
export const list = <Item extends ItemType>(
  of: Column<Item>,
  options?: ColumnOptions,
): Column<`list(${Item})`> =>
  column(`list(${of.type})`, of.personal ? { personal: true, ...options } : options);
/**
 * `length` finite numbers in their order, at most 16 000: a JSON list in a CSV file. No model takes it.
 */
export const vector = <const Length extends number>(
  length: Length,
  options?: ColumnOptions,
): Column<`vector(${Length})`> => column(`vector(${length})`, options);
