import type { Column, ColumnValue } from "../definitions/language/column.js";
import { columnOf } from "../definitions/language/column-of.js";
import { factsOf } from "../definitions/language/column-types/registry.js";
import type { FeatureView, Source } from "../definitions/language/deployment.js";
import type { PersonalColumns } from "../definitions/language/personal.js";
import type { MergedRow, PushedRow } from "../features/push-merge.js";
import type { DeclaredExpectation } from "./expectations/declared.js";
import { cellReader, ruleOfCell } from "./expectations/delivery/cells.js";
import type { Cell } from "./expectations/delivery/delivery.js";
import type { RowVerdict } from "./expectations/expectation.js";
import { compileRowChecks } from "./row-checks.js";

/** One row of a call as it came: `values` by the features' snake_case names, any JSON. */
export interface AskedRow {
  key: string;
  asOf: string;
  values: unknown;
}

export interface PushViolation {
  /** Its place in the call, from 0. */
  row: number;
  key: string;
  column: string | null;
  /** As it came, at most 300 characters of JSON. */
  value: string | null;
  expectation: string;
  /** What would have been accepted, in words that follow the value. */
  rule: string;
}

/** Reads the calls of one view: JSON to values, and what the source declares of its columns and of single rows. */
export class PushCheck {
  readonly #read: ((text: string) => Cell)[];
  readonly #rowChecks = new Map<string, ReturnType<PushCheck["compileFor"]>>();

  constructor(
    private readonly keyName: string,
    private readonly view: FeatureView,
    /** What is found wrong with their values is quoted for nobody. */
    private readonly personal: PersonalColumns,
  ) {
    this.#read = view.features.map((name) => cellReader(columnOf(view, name)));
  }

  /** Values by the columns' types; what is wrong is added to `violations`, and the row then means nothing. */
  read({ key, asOf, values }: AskedRow, row: number, violations: PushViolation[]): PushedRow {
    const refuse = (column: string | null, value: unknown, expectation: string, rule: string) =>
      violations.push({ row, key, column, value: this.#quoted(column, inShort(value)), expectation, rule });
    const { name, features, ttlDays } = this.view;
    const before = violations.length;
    const given: (ColumnValue | undefined)[] = features.map(() => undefined);
    if (typeof values !== "object" || values === null || Array.isArray(values)) {
      refuse(null, values, "column_set", "must be an object of features and their values");
      return { key, asOf, given };
    }
    for (const [feature, value] of Object.entries(values)) {
      const place = features.indexOf(feature);
      if (place < 0) {
        refuse(feature, value, "column_set", `is of no feature of ${name}; it has ${features.join(", ")}`);
        continue;
      }
      const column = columnOf(this.view, feature);
      const read = this.#readJson(value, column, place);
      if ("breaks" in read) refuse(feature, value, read.breaks, ruleOfJson(read.breaks, column));
      else given[place] = read.value;
    }
    const missing = features.filter((feature) => !Object.hasOwn(values, feature));
    if (violations.length > before) return { key, asOf, given };
    if (missing.length === features.length) {
      refuse(null, values, "column_set", `has none of the features of ${name}: ${features.join(", ")}`);
    } else if (missing.length > 0 && ttlDays !== undefined) {
      const why = `values of ${name} expire after ${ttlDays} days, and a value that is kept would outlive its date`;
      refuse(null, values, "whole_row", `must also have ${missing.join(", ")}: ${why}`);
    }
    return { key, asOf, given };
  }

  /**
   * The completed rows: required columns, and what the source expects of single rows. An expectation counts where it
   * names a column that was pushed; with `mostly` or severity WARNING it only warns, for a call is no delivery.
   */
  checkWhole(
    rows: readonly MergedRow[],
    asked: readonly AskedRow[],
  ): { violations: PushViolation[]; warnings: PushViolation[] } {
    const found = { violations: [] as PushViolation[], warnings: [] as PushViolation[] };
    rows.forEach((row, place) => {
      const { key } = row;
      this.view.features.forEach((column, i) => {
        if (row.values[i] !== null || !columnOf(this.view, column).required) return;
        const rule = "must not be empty, and nothing that could be kept is known";
        found.violations.push({ row: place, key, column, value: null, expectation: "not_null", rule });
      });
      const { check, found: broken } = this.#checkFor(row);
      check?.([key, ...row.values.map(textOf)], place, key);
      for (const { expectation, value } of broken.splice(0)) {
        const { severity, mostly, column } = expectation.declaration;
        const values = asked[place]!.values as Record<string, unknown>;
        (severity === "ERROR" && mostly === 1 ? found.violations : found.warnings).push({
          row: place,
          key,
          column: expectation.columnOf(this.keyName),
          value: this.#quoted(
            column,
            column && Object.hasOwn(values, column) ? inShort(values[column]) : value,
          ),
          expectation: expectation.name,
          rule: expectation.rule(),
        });
      }
    });
    return found;
  }

  /** As it came, unless it may be a personal value, or have one beside it: all that is kept of the row was compared. */
  #quoted(column: string | null, value: string | null): string | null {
    const { source, features } = this.view;
    const isOfNone = column !== null && !features.includes(column);
    const isMasked = isOfNone
      ? features.some((feature) => this.personal.hasFeature(feature))
      : this.personal.mayQuote(source.name, column) || (column !== null && this.personal.hasFeature(column));
    return isMasked ? MASKED_VALUE : value;
  }

  #readJson(value: unknown, { type }: Column, place: number): Cell {
    if (value === null) return this.#read[place]!("");
    const given = Array.isArray(value) ? "array" : typeof value;
    if (!factsOf(type).json.some((each) => each === given)) return { breaks: "type" };
    // What a double has already rounded is not what was meant.
    if (
      typeof value === "number" &&
      Number.isInteger(value) &&
      !Number.isSafeInteger(value) &&
      type !== "float"
    )
      return { breaks: "type" };
    return this.#read[place]!(textOf(value as ColumnValue));
  }

  #checkFor({ given, completed }: MergedRow): ReturnType<PushCheck["compileFor"]> {
    // Of a user nothing was known of, every column is new.
    const pushed = this.view.features.filter((_, i) => !completed || given[i] !== undefined);
    const known = this.#rowChecks.get(pushed.join());
    if (known) return known;
    const compiled = this.compileFor(pushed);
    this.#rowChecks.set(pushed.join(), compiled);
    return compiled;
  }

  private compileFor(pushed: readonly string[]) {
    const { source, features } = this.view;
    const within = (source.expectations ?? []).filter(({ column, other, ofKey }) => {
      const columns = [column, other].filter((name) => name !== null);
      if (ofKey) return true;
      return (
        columns.every((name) => features.includes(name)) && columns.some((name) => pushed.includes(name))
      );
    });
    const part: Source = { ...source, expectations: within };
    const found: { expectation: DeclaredExpectation; value: string }[] = [];
    const counterOf = (expectation: DeclaredExpectation) => (verdict: RowVerdict) => {
      if (typeof verdict !== "string") found.push({ expectation, value: verdict.unexpected });
    };
    const names = [this.keyName, ...features];
    const check = compileRowChecks(part, this.keyName, (column) => names.indexOf(column), counterOf);
    return { check, found };
  }
}

/** As a file has it. */
const textOf = (value: ColumnValue): string => {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
};

const ruleOfJson = (rule: string, column: Column): string =>
  (rule === "type" ? factsOf(column.type).jsonWords : null) ?? ruleOfCell(rule, column);

const MASKED_VALUE = "(masked)";
const inShort = (value: unknown): string => (JSON.stringify(value) ?? "undefined").slice(0, 300);
