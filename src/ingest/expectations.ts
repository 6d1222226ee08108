import type { Deployment, Source } from "../definitions/language/deployment.js";
import type { ExpectationResult, UnexpectedRow, ValidationReport } from "../registry/run.js";
import { type CellRule, ruleInWords } from "./cell.js";

const SAMPLE = 20;
const KINDS_IN_WORDS = 5;

/** What a file as a whole must be. */
const FILE_EXPECTATIONS = ["readable", "column_set", "row_count"] as const;
type FileExpectation = (typeof FILE_EXPECTATIONS)[number];

/** Everything a delivery is checked for. */
export type ExpectationName = CellRule | FileExpectation | "row_shape" | "unique" | "known_entity";

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
    // Copies: a step that is tried again must not count what it counted before.
    for (const entry of state.tallies)
      tally.#tallies.set(keyOf(entry), { ...entry, sample: [...entry.sample] });
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
    if (row && tally.sample.length < SAMPLE) {
      tally.sample.push({ ...row, userId: storable(row.userId), value: storable(row.value) });
    }
    if (observed !== null) tally.observed = observed;
  }

  failed(source: string, expectation: FileExpectation): boolean {
    return this.#tallies.get(keyOf({ source, column: null, expectation }))!.count > 0;
  }

  /** Whether the file's rows could be told apart at all; where not, nothing can be said about what is in it. */
  wasRead(source: string): boolean {
    return !FILE_EXPECTATIONS.some((expectation) => this.failed(source, expectation));
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
        unexpectedPercent: percentOf(tally, rows),
        sample: tally.sample,
      };
    });
    return { success: expectations.every((result) => result.success), expectations };
  }

  /**
   * What must be mended, in words: the first violation with its file, line, column and value, then how many there
   * are of each kind. Null where there is none.
   */
  failure(): string | null {
    const failed = [...this.#tallies.values()].filter((tally) => tally.count > 0);
    const first = failed[0];
    if (!first) return null;
    const total = failed.reduce((sum, tally) => sum + tally.count, 0);
    if (total === 1) return describe(first);
    const kinds = failed.slice(0, KINDS_IN_WORDS).map((tally) => {
      return `${tally.source}.csv ${tally.column ?? "as a whole"} ${tally.expectation}: ${tally.count}`;
    });
    if (failed.length > KINDS_IN_WORDS) kinds.push(`and ${failed.length - KINDS_IN_WORDS} more`);
    return `${describe(first)}; ${total} violations in all (${kinds.join(", ")}), their lines are in the run's validation`;
  }

  #declare(source: Source): void {
    const { key } = this.deployment.entity;
    const columns = [key, ...Object.keys(source.columns)];
    const add = (column: string | null, expectation: ExpectationName, rule: string) => {
      const tally = { source: source.name, column, expectation, rule, count: 0, sample: [], observed: null };
      this.#tallies.set(keyOf(tally), tally);
    };
    add(null, "readable", "must be a CSV file");
    add(null, "column_set", `must have exactly the columns ${columns.join(", ")}`);
    add(null, "row_count", "must have at least one row");
    add(null, "row_shape", `every row must have ${columns.length}`);
    add(key, "not_null", "must not be empty");
    add(key, "type", "must be text in UTF-8 of at most 200 characters, without NUL");
    add(key, "unique", "must not appear twice");
    if (source !== this.deployment.entitySource) {
      add(
        key,
        "known_entity",
        `must be a ${key} of this or an earlier ${this.deployment.entitySource.name}.csv`,
      );
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

/** `labels.csv, line 3, column churn_label: value "yes" must be True or False (type)` */
function describe({ source, column, expectation, rule, sample }: Tally): string {
  const row = sample[0];
  const where = [`${source}.csv`, row && `line ${row.line}`, column && `column ${column}`].filter(Boolean);
  // Of the file or a row as a whole, the sample says what is wrong; of a column, what was there.
  const problems = expectation === "column_set" ? sample.map(({ value }) => value).join(", ") : row?.value;
  const what = column === null ? `${problems}; ` : row?.value ? `value ${JSON.stringify(row.value)} ` : "";
  return `${where.join(", ")}: ${what}${rule} (${expectation})`;
}

function percentOf({ expectation, count }: Tally, rows: number): number {
  if (count === 0) return 0;
  const ofFile = (FILE_EXPECTATIONS as readonly string[]).includes(expectation);
  return ofFile || rows === 0 ? 100 : Math.min(100, (100 * count) / rows);
}

/** jsonb takes neither NUL nor half of a surrogate pair, which cutting a long value can leave. */
function storable<T extends string | null>(text: T): T {
  return text?.replaceAll("\0", "\u2400").replace(/[\ud800-\udbff]$/, "") as T;
}
