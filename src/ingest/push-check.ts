import type { Column, ColumnValue } from "../definitions/language/column.js";
import type { FeatureView, Source } from "../definitions/language/deployment.js";
import type { MergedRow, PushedRow } from "../features/push-merge.js";
import type { DeclaredExpectation } from "./expectations/declared.js";
import { cellReader, ruleOfCell } from "./expectations/delivery/cells.js";
import type { Cell } from "./expectations/delivery/delivery.js";
import type { RowVerdict } from "./expectations/expectation.js";
import { compileRowChecks } from "./row-checks.js";

/** One row of a call as it came: `values` by the features' snake_case names, any JSON. */
export interface AskedRow {
  userId: string;
  asOf: string;
  values: unknown;
}

export interface PushViolation {
  /** Its place in the call, from 0. */
  row: number;
  userId: string;
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
  ) {
    this.#read = view.features.map((name) => cellReader(view.source.columns[name]!));
  }

  /** Values by the columns' types; what is wrong is added to `violations`, and the row then means nothing. */
  read({ userId, asOf, values }: AskedRow, row: number, violations: PushViolation[]): PushedRow {
    const refuse = (column: string | null, value: unknown, expectation: string, rule: string) =>
      violations.push({ row, userId, column, value: inShort(value), expectation, rule });
    const { name, features, source, ttlDays } = this.view;
    const before = violations.length;
    const given: (ColumnValue | undefined)[] = features.map(() => undefined);
    if (typeof values !== "object" || values === null || Array.isArray(values)) {
      refuse(null, values, "column_set", "must be an object of features and their values");
      return { userId, asOf, given };
    }
    for (const [feature, value] of Object.entries(values)) {
      const place = features.indexOf(feature);
      if (place < 0) {
        refuse(feature, value, "column_set", `is of no feature of ${name}; it has ${features.join(", ")}`);
        continue;
      }
      const column = source.columns[feature]!;
      const breaks = this.#problemOf(value, column, place);
      if (breaks) refuse(feature, value, breaks, ruleOfJson(breaks, column));
      else given[place] = value === "" ? null : (value as ColumnValue);
    }
    const missing = features.filter((feature) => !Object.hasOwn(values, feature));
    if (violations.length > before) return { userId, asOf, given };
    if (missing.length === features.length) {
      refuse(null, values, "column_set", `has none of the features of ${name}: ${features.join(", ")}`);
    } else if (missing.length > 0 && ttlDays !== undefined) {
      const why = `values of ${name} expire after ${ttlDays} days, and a value that is kept would outlive its date`;
      refuse(null, values, "whole_row", `must also have ${missing.join(", ")}: ${why}`);
    }
    return { userId, asOf, given };
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
      const { userId } = row;
      this.view.features.forEach((column, i) => {
        if (row.values[i] !== null || !this.view.source.columns[column]!.required) return;
        const rule = "must not be empty, and nothing that could be kept is known";
        found.violations.push({ row: place, userId, column, value: null, expectation: "not_null", rule });
      });
      const { check, found: broken } = this.#checkFor(row);
      check?.([userId, ...row.values.map((value) => (value === null ? "" : String(value)))], place, userId);
      for (const { expectation, value } of broken.splice(0)) {
        const { severity, mostly, column } = expectation.declaration;
        const values = asked[place]!.values as Record<string, unknown>;
        (severity === "ERROR" && mostly === 1 ? found.violations : found.warnings).push({
          row: place,
          userId,
          column: expectation.columnOf(this.keyName),
          value: column && Object.hasOwn(values, column) ? inShort(values[column]) : value,
          expectation: expectation.name,
          rule: expectation.rule(),
        });
      }
    });
    return found;
  }

  #problemOf(value: unknown, column: Column, place: number): string | null {
    const types = { int: "number", float: "number", bool: "boolean", string: "string", date: "string" };
    if (value !== null && typeof value !== types[column.type]) return "type";
    const cell = this.#read[place]!(value === null ? "" : String(value));
    return "breaks" in cell ? cell.breaks : null;
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

const ruleOfJson = (rule: string, column: Column): string =>
  rule === "type" && column.type === "bool" ? "must be true, false or null" : ruleOfCell(rule, column);

const inShort = (value: unknown): string => (JSON.stringify(value) ?? "undefined").slice(0, 300);
