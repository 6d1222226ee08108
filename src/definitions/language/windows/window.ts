import type { Column } from "../column.js";

/** What a window feature computes of the events of its window. */
export type WindowKind =
  | "sum"
  | "count"
  | "mean"
  | "min"
  | "max"
  | "stddev"
  | "distinct"
  | "first"
  | "last"
  | "daysSince";

/** A number of whole days that end with the snapshot's date. */
export interface Days {
  readonly days: number;
}

type Value = number | boolean | string;

interface Tests<V extends Value> {
  readonly oneOf?: readonly V[];
  readonly not?: V;
  readonly above?: V;
  readonly atLeast?: V;
  readonly below?: V;
  readonly atMost?: V;
}
/** One of them at least: an object without any says nothing, and a text would be one. */
type Tested<V extends Value> = {
  [Test in keyof Tests<V>]-?: Required<Pick<Tests<V>, Test>> & Tests<V>;
}[keyof Tests<V>];

/** Which events of the window count: those of one value, or of all that is tested. An empty value is none of them. */
export type Condition<V extends Value = Value> = V | Tested<V>;

export type Where = Readonly<Record<string, Condition>>;

/**
 * One window feature. What is declared of its column is known to the compiler: its name, and the columns of `where`.
 */
export interface WindowFeature<
  Kind extends WindowKind = WindowKind,
  Of extends string = string,
  On extends Where = Where,
> {
  readonly kind: Kind;
  /** The column; of a count none. */
  readonly of: Of | null;
  /** Of `daysSince`: of which of the column's values. */
  readonly value?: "min" | "max" | "first" | "last";
  /** Null: over all time. */
  readonly days: number | null;
  readonly where: On;
  readonly description?: string;
}

interface Options<On extends Where> {
  readonly where?: On;
  readonly description?: string;
}
interface OfAll {
  readonly where?: undefined;
  readonly description?: string;
}
interface OfSome<On extends Where> {
  readonly where: On;
  readonly description?: string;
}

type NoWhere = Record<never, never>;

const isDays = (of: object): of is Days => "days" in of;

/** The window and the options, either of which may be left out. */
function written<On extends Where>(over: Days | Options<On> | undefined, options: Options<On> = {}) {
  const days = over && isDays(over) ? over.days : null;
  const { where = {} as On, description } = over && !isDays(over) ? over : options;
  return { days, where, ...(description === undefined ? {} : { description }) };
}

// Without `where` there is nothing to infer it from: signatures of their own keep it empty.
interface OfColumn<Kind extends WindowKind> {
  <const Of extends string>(
    column: Of,
    over?: Days | OfAll,
    options?: OfAll,
  ): WindowFeature<Kind, Of, NoWhere>;
  <const Of extends string, const On extends Where>(
    column: Of,
    options: OfSome<On>,
  ): WindowFeature<Kind, Of, On>;
  <const Of extends string, const On extends Where>(
    column: Of,
    over: Days,
    options: OfSome<On>,
  ): WindowFeature<Kind, Of, On>;
}

const ofColumn =
  <Kind extends WindowKind>(kind: Kind): OfColumn<Kind> =>
  <Of extends string, On extends Where>(of: Of, over?: Days | Options<On>, options?: Options<On>) => ({
    kind,
    of,
    ...written(over, options),
  });

/** The n days that end with the snapshot's date: `days(1)` is that date alone. All time where no window is given. */
export const days = (n: number): Days => ({ days: n });

/** The sum of the column's values: exact of int, bigint and decimal; of float added in the order of time and event key. 0 where there are none. */
export const sum = ofColumn("sum");
/** How many events there are. */
export function count(over?: Days | OfAll, options?: OfAll): WindowFeature<"count", never, NoWhere>;
export function count<const On extends Where>(options: OfSome<On>): WindowFeature<"count", never, On>;
export function count<const On extends Where>(
  over: Days,
  options: OfSome<On>,
): WindowFeature<"count", never, On>;
export function count<On extends Where>(over?: Days | Options<On>, options?: Options<On>) {
  return { kind: "count" as const, of: null, ...written(over, options) };
}
/** The mean of the column's values. */
export const mean = ofColumn("mean");
/** The least of the column's values. */
export const min = ofColumn("min");
/** The greatest of the column's values. */
export const max = ofColumn("max");
/** The standard deviation of the column's values, as of a sample: null of fewer than two. */
export const stddev = ofColumn("stddev");
/** How many different values the column has. */
export const distinct = ofColumn("distinct");
/** The column's first value, in the order of time and event key; empty ones do not count. */
export const first = ofColumn("first");
/** The column's last value, in the order of time and event key; empty ones do not count. */
export const last = ofColumn("last");

/** Whole days from the date of a time, in UTC, to the snapshot's date: `daysSince(max("ordered_at"))`. */
export const daysSince = <Of extends string, On extends Where>({
  kind: value,
  of,
  ...over
}: WindowFeature<"min" | "max" | "first" | "last", Of, On>): WindowFeature<"daysSince", Of, On> => ({
  ...over,
  kind: "daysSince",
  of,
  value,
});

type Columns = Readonly<Record<string, Column>>;
type NamesOf<From extends Columns, Type extends string> = {
  [Name in keyof From & string]: From[Name]["type"] extends Type ? Name : never;
}[keyof From & string];
type Decimal = `decimal(${number},${number})`;
type NumberType = "int" | "bigint" | "float" | Decimal;
type TimeType = "date" | "timestamp";

type ConditionOn<C extends Column> = C["type"] extends "int" | "float"
  ? Condition<number>
  : C["type"] extends "bool"
    ? Condition<boolean>
    : Condition<string> | (C["type"] extends "bigint" | Decimal ? Condition<number> : never);
type WhereOn<From extends Columns, Names> = {
  readonly [Name in keyof Names]: Name extends keyof From ? ConditionOn<From[Name]> : never;
};

/** The window features that these columns allow. */
export type WindowOf<From extends Columns, Feature> =
  Feature extends WindowFeature<infer Kind, infer Of, infer On>
    ? WindowFeature<Kind, Of & AllowedOf<From, Kind>, WhereOn<From, On>>
    : never;

type AllowedOf<From extends Columns, Kind extends WindowKind> = Kind extends "sum" | "mean" | "stddev"
  ? NamesOf<From, NumberType>
  : Kind extends "min" | "max"
    ? NamesOf<From, NumberType | TimeType | "string">
    : Kind extends "daysSince"
      ? NamesOf<From, TimeType>
      : keyof From & string;

/** What a window feature's values are. */
export type WindowColumn<From extends Columns, Feature> =
  Feature extends WindowFeature<infer Kind, infer Of, infer _On>
    ? Kind extends "count" | "distinct" | "daysSince"
      ? Column<"int">
      : Kind extends "mean" | "stddev"
        ? Column<"float">
        : Kind extends "sum"
          ? Column<SummedType<From[Of]["type"]>>
          : From[Of]
    : never;
type SummedType<Of> = Of extends "int" ? "bigint" : Of extends "float" ? "float" : `decimal(38,${number})`;
