import type { Deployment, Source } from "../definitions/language/deployment.js";
import type { ExpectationResult, UnexpectedRow, ValidationReport } from "../registry/run.js";
import { type CellRule, ruleInWords } from "./cell.js";

const SAMPLE = 20;

/** Everything a delivery is checked for. */
export type ExpectationName =
  | CellRule
  | "column_set"
  | "row_count"
  | "row_shape"
  | "readable"
  | "unique"
  | "known_entity";

interface Tally {
  source: string;
  column: string | null;
  expectation: ExpectationName;
  /** What would have been accepted, in words. */
  rule: string;
  count: number;
  sample: UnexpectedRow[];
  observed: unknown;
}

/** Counts what each declared expectation of each source met with, and becomes the run's report. */
export class ExpectationTally {
  readonly #tallies = new Map<string, Tally>();
  readonly #rows = new Map<string, number>();

  constructor(private readonly deployment: Deployment) {
    for (const source of deployment.sources) this.#declare(source);
  }

  /** Checkpoint of a tally, and back: a later step goes on where the earlier one ended. */
  static from(deployment: Deployment, state: TallyState): ExpectationTally {
    const tally = new ExpectationTally(deployment);
    for (const entry of state.tallies) tally.#tallies.set(keyOf(entry), entry);
    for (const [source, rows] of state.rows) tally.#rows.set(source, rows);
    return tally;
  }
  toState(): TallyState {
    return { tallies: [...this.#tallies.values()], rows: [...this.#rows] };
  }

  violated(
    source: string,
    column: string | null,
    expectation: ExpectationName,
    row: UnexpectedRow | null,
    count = 1,
    observed: unknown = null,
  ): void {
    const tally = this.#tallies.get(keyOf({ source, column, expectation }))!;
    tally.count += count;
    if (row && tally.sample.length < SAMPLE) tally.sample.push(row);
    if (observed !== null) tally.observed = observed;
  }

  failed(source: string, expectation: ExpectationName): boolean {
    return this.#tallies.get(keyOf({ source, column: null, expectation }))!.count > 0;
  }

  countRows(source: string, rows: number): void {
    this.#rows.set(source, rows);
  }

  report(): ValidationReport {
    const expectations = [...this.#tallies.values()].map((tally): ExpectationResult => {
      const rows = this.#rows.get(tally.source) ?? 0;
      return {
        source: tally.source,
        column: tally.column,
        expectation: tally.expectation,
        success: tally.count === 0,
        severity: "ERROR",
        observed: tally.observed ?? { rows, rule: tally.rule },
        unexpectedCount: tally.count,
        unexpectedPercent: rows > 0 ? Math.min(100, (100 * tally.count) / rows) : tally.count > 0 ? 100 : 0,
        sample: tally.sample,
      };
    });
    return { success: expectations.every((result) => result.success), expectations };
  }

  /** The first violation in words, with how many there are in all; null where there is none. */
  firstFailure(): string | null {
    const failed = [...this.#tallies.values()].filter((tally) => tally.count > 0);
    const first = failed[0];
    if (!first) return null;
    const total = failed.reduce((sum, tally) => sum + tally.count, 0);
    const row = first.sample[0];
    const where = [
      `${first.source}.csv`,
      row && row.line > 0 ? `line ${row.line}` : null,
      first.column ? `column ${first.column}` : null,
    ];
    const value = row?.value === null || row === undefined ? "" : ` value ${JSON.stringify(row.value)}`;
    const rest =
      total > 1 ? `; ${total} violations of ${failed.length} expectation(s) in all, see validation` : "";
    return `${where.filter(Boolean).join(", ")}:${value} ${first.rule} (${first.expectation})${rest}`;
  }

  #declare(source: Source): void {
    const { key } = this.deployment.entity;
    const columns = [key, ...Object.keys(source.columns)];
    const add = (column: string | null, expectation: ExpectationName, rule: string) => {
      const tally = { source: source.name, column, expectation, rule, count: 0, sample: [], observed: null };
      this.#tallies.set(keyOf(tally), tally);
    };
    add(null, "readable", "must be readable as CSV in UTF-8");
    add(null, "column_set", `must have exactly the columns ${columns.join(", ")}`);
    add(null, "row_count", "must have at least one row");
    add(null, "row_shape", `must have ${columns.length} fields in every row`);
    add(key, "not_null", "must not be empty");
    add(key, "type", "must be text of at most 200 characters without NUL");
    add(key, "unique", "must not appear twice");
    if (source !== this.deployment.entitySource) {
      add(key, "known_entity", `must be a ${key} of ${this.deployment.entitySource.name}.csv`);
    }
    for (const [name, column] of Object.entries(source.columns)) {
      if (column.required) add(name, "not_null", ruleInWords("not_null", column));
      add(name, "type", ruleInWords("type", column));
      if (column.min !== undefined || column.max !== undefined) {
        add(name, "between", ruleInWords("between", column));
      }
      if (column.oneOf) add(name, "in_set", ruleInWords("in_set", column));
    }
  }
}

export interface TallyState {
  tallies: Tally[];
  rows: [string, number][];
}

const keyOf = (of: { source: string; column: string | null; expectation: string }): string =>
  `${of.source}/${of.column ?? ""}/${of.expectation}`;
