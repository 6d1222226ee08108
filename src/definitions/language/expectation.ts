import type { ColumnType } from "./column.js";
import type { DecimalType } from "./column-types/column-type.js";

/** ERROR: the run fails and nothing is published. WARNING: reported only. */
export type ExpectationSeverity = "ERROR" | "WARNING";

export interface ExpectationOptions {
  severity?: ExpectationSeverity;
}
export interface RowExpectationOptions extends ExpectationOptions {
  /** The share of the values that must be as expected, 0 to 1; the default, 1, tolerates none. Empty values do not count. */
  mostly?: number;
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/**
 * What is expected, as plain JSON: a deployment's hash covers it. `kind` names the record that checks the other
 * options and evaluates the expectation. An absent bound is null.
 */
export interface ExpectationRule {
  readonly kind: string;
  readonly [option: string]: Json;
}

/**
 * One expectation of a source. `Column` and `Other` are the columns it names, `Type` the column types it can be
 * put on: `source()` compares all three with the columns declared there.
 */
export interface Expectation<
  Column extends string = string,
  Other extends string = string,
  Type extends ColumnType = never,
> {
  /** Null for the file as a whole, or for the entity's key where `ofKey`. */
  readonly column: Column | null;
  /** The column of a pair that is compared with. */
  readonly other: Other | null;
  readonly ofKey: boolean;
  readonly rule: ExpectationRule;
  readonly severity: ExpectationSeverity;
  readonly mostly: number;
  /** Never set: a parameter's type is what makes the compiler refuse a column of another type. */
  readonly accepts?: (type: Type) => void;
}

/** What can be expected of a source of these columns. */
export type ExpectationOf<Columns extends Readonly<Record<string, { readonly type: ColumnType }>>> =
  | { [C in keyof Columns & string]: Expectation<C, never, Columns[C]["type"]> }[keyof Columns & string]
  | Expectation<keyof Columns & string, keyof Columns & string, ColumnType>;

type Numeric = "int" | "bigint" | "float" | DecimalType;
type TypeOf<Value> = Value extends string ? "string" : Numeric;

/** An expectation of one column's values. Empty values are as expected, but for `notNull`. */
export function expectColumn<const Column extends string>(column: Column) {
  const of = <Type extends ColumnType>(rule: ExpectationRule, options?: RowExpectationOptions) =>
    declareExpectation<Column, never, Type>({ column }, rule, options);
  return {
    notNull: (options?: RowExpectationOptions) => of<ColumnType>({ kind: "not_null" }, options),
    /** No value twice; all but the first of equal ones are unexpected. */
    unique: (options?: RowExpectationOptions) => of<ColumnType>({ kind: "unique" }, options),
    /** Both bounds are inclusive; null is no bound. */
    between: (min: number | null, max: number | null, options?: RowExpectationOptions) =>
      of<Numeric>({ kind: "between", min, max }, options),
    inSet: <Value extends string | number>(values: readonly Value[], options?: RowExpectationOptions) =>
      of<TypeOf<Value>>({ kind: "in_set", values }, options),
    /** A JavaScript regular expression; it matches anywhere in the value unless anchored. */
    matchesRegex: (regex: RegExp | string, options?: RowExpectationOptions) =>
      of<"string">(regexRule(regex), options),
    /** ISO dates, both inclusive; null is no bound. Of a timestamp, its day in UTC. */
    dateBetween: (from: string | null, to: string | null, options?: RowExpectationOptions) =>
      of<"date" | "timestamp">({ kind: "date_between", from, to }, options),
    /** Of the values that are not empty. */
    meanBetween: (min: number | null, max: number | null, options?: ExpectationOptions) =>
      of<Numeric>({ kind: "mean_between", min, max }, options),
    /** Every value is a key in this delivery of that source, or was published before. */
    foreignKey: (source: { readonly name: string }, options?: RowExpectationOptions) =>
      of<"string">({ kind: "foreign_key", source: source.name }, options),
  };
}

/** An expectation of the entity's key, which every source has undeclared: it is never empty and never there twice. */
export function expectKey() {
  const of = (rule: ExpectationRule, options?: RowExpectationOptions) =>
    declareExpectation<never, never, ColumnType>({ ofKey: true }, rule, options);
  return {
    matchesRegex: (regex: RegExp | string, options?: RowExpectationOptions) => of(regexRule(regex), options),
    foreignKey: (source: { readonly name: string }, options?: RowExpectationOptions) =>
      of({ kind: "foreign_key", source: source.name }, options),
  };
}

/** An expectation of how many rows the file has. */
export function expectRowCount() {
  return {
    between: (min: number | null, max: number | null, options?: ExpectationOptions) =>
      declareExpectation<never, never, ColumnType>({}, { kind: "row_count_between", min, max }, options),
  };
}

/** An expectation of two columns that compare: numbers, dates or timestamps. A row where either is empty is as expected. */
export function expectPair<const Column extends string>(column: Column) {
  return {
    greaterThan: <const Other extends string>(
      other: Other,
      { orEqual = false, ...options }: RowExpectationOptions & { orEqual?: boolean } = {},
    ) =>
      declareExpectation<Column, Other, ColumnType>(
        { column, other },
        { kind: "column_pair_greater", orEqual },
        options,
      ),
  };
}

/**
 * A query of one's own that selects the unexpected rows: `select * from {batch} where …`. `{batch}` is this source
 * as delivered and `{<source>}` another one, each with its columns, the key and `line`. A selected `value` is shown.
 */
export function expectSql(name: string, sql: string, options?: RowExpectationOptions) {
  return declareExpectation<never, never, ColumnType>({}, { kind: "sql", name, sql }, options);
}

/**
 * What the helpers above are made of, for an expectation whose record is not asof's own: give it a typed helper.
 * `Type` is what the column can be.
 */
export function declareExpectation<Column extends string, Other extends string, Type extends ColumnType>(
  on: { column?: Column; other?: Other; ofKey?: boolean },
  rule: ExpectationRule,
  { severity = "ERROR", mostly = 1 }: RowExpectationOptions = {},
): Expectation<Column, Other, Type> {
  const { column = null, other = null, ofKey = false } = on;
  return { column, other, ofKey, rule, severity, mostly };
}

function regexRule(regex: RegExp | string): ExpectationRule {
  // Global and sticky ones remember where they were; a check of many values must not.
  return typeof regex === "string"
    ? { kind: "matches_regex", pattern: regex, flags: "" }
    : { kind: "matches_regex", pattern: regex.source, flags: regex.flags.replace(/[gy]/g, "") };
}
