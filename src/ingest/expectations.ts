import type { Deployment, Source } from "../definitions/language/deployment.js";
import type { ExpectationResult, UnexpectedRow, ValidationReport } from "../registry/run.js";
import { type CellRule, ruleInWords } from "./cell.js";
import { declaredOf, expectationInWords, expectationName, isAggregate } from "./declared-rules.js";

const SAMPLE = 20;
const KINDS_IN_WORDS = 5;

/** What a file as a whole must be. */
const FILE_EXPECTATIONS = ["readable", "column_set", "row_count"] as const;
type FileExpectation = (typeof FILE_EXPECTATIONS)[number];

/** Everything a delivery is checked for, whatever its sources declare of their own. */
export type ExpectationName = CellRule | FileExpectation | "row_shape" | "unique" | "known_entity";

interface Tally {
  source: string;
  column: string | null;
  expectation: string;
  /** Its place among the source's declared ones; null for what follows from the columns. */
  index: number | null;
  /** What would have been accepted, in words. */
  rule: string;
  severity: ExpectationResult["severity"];
  mostly: number;
  /** Of a file as a whole: its percentage is all or nothing. */
  whole: boolean;
  /** Values looked at; null where all rows were. */
  seen: number | null;
  count: number;
  sample: UnexpectedRow[];
  observed: unknown;
}

/** Counts one declared expectation, without a look-up for every value. */
export interface ExpectationCounter {
  seen(): void;
  unexpected(line: number, key: string, value: string): void;
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
      Object.assign(tally.#tallies.get(keyOf(entry))!, { ...entry, sample: [...entry.sample] });
    for (const [source, rows] of state.rows) tally.#rows.set(source, rows);
    return tally;
  }
  toState(): TallyState {
    const tallies = [...this.#tallies.values()].map(
      ({ source, column, expectation, index, seen, count, sample, observed }) => ({
        ...{ source, column, expectation, index, seen, count, sample, observed },
      }),
    );
    return { tallies, rows: [...this.#rows] };
  }

  violated(
    source: string,
    column: string | null,
    expectation: ExpectationName,
    row: UnexpectedRow | null,
    count = 1,
    observed: unknown = null,
  ): void {
    const tally = this.#tallies.get(keyOf({ source, column, expectation, index: null }))!;
    tally.count += count;
    addToSample(tally, row);
    if (observed !== null) tally.observed = observed;
  }

  /** For the streaming pass: counts a declared expectation value by value. */
  counter(source: string, index: number): ExpectationCounter {
    const tally = this.#declared(source, index);
    tally.seen ??= 0;
    return {
      seen: () => {
        tally.seen!++;
      },
      unexpected: (line, key, value) => {
        tally.count++;
        if (tally.sample.length < SAMPLE) {
          addToSample(tally, { line, userId: key.slice(0, 200), value: value.slice(0, 300) });
        }
      },
    };
  }

  /** What a query found of a declared expectation; `seen` null for all rows. */
  found(
    source: string,
    index: number,
    found: { count: number; seen?: number | null; observed?: unknown; sample?: UnexpectedRow[] },
  ): void {
    const tally = this.#declared(source, index);
    Object.assign(tally, { count: found.count, seen: found.seen ?? null, sample: [] });
    for (const row of found.sample ?? []) addToSample(tally, row);
    if (found.observed !== undefined) tally.observed = found.observed;
  }

  /** Not looked at, for want of another file: neither held nor broken. */
  skipped(source: string, index: number): void {
    this.#declared(source, index).observed = { skipped: true };
  }

  #declared(source: string, index: number): Tally {
    return [...this.#tallies.values()].find((tally) => tally.source === source && tally.index === index)!;
  }

  failed(source: string, expectation: FileExpectation): boolean {
    return this.#tallies.get(keyOf({ source, column: null, expectation, index: null }))!.count > 0;
  }

  /** Whether the file's rows could be told apart at all; where not, nothing can be said about what is in it. */
  wasRead(source: string): boolean {
    return !FILE_EXPECTATIONS.some((expectation) => this.failed(source, expectation));
  }

  countRows(source: string, rows: number): void {
    this.#rows.set(source, rows);
  }
  rowsOf(source: string): number {
    return this.#rows.get(source) ?? 0;
  }

  report(): ValidationReport {
    const expectations = [...this.#tallies.values()].map((tally): ExpectationResult => {
      const rows = this.rowsOf(tally.source);
      // Nothing was found wrong, because nothing was looked at.
      const skipped = tally.count === 0 && !isOfFile(tally) && !this.#wasLookedAt(tally);
      return {
        source: tally.source,
        column: tally.column,
        expectation: tally.expectation,
        success: holds(tally, rows),
        severity: tally.severity,
        observed: tally.observed ?? { rows, rule: tally.rule, ...(skipped && { skipped }) },
        rule: tally.rule,
        mostly: tally.mostly,
        unexpectedCount: tally.count,
        unexpectedPercent: percentOf(tally, rows),
        sample: tally.sample,
      };
    });
    const failed = expectations.some(({ success, severity }) => !success && severity === "ERROR");
    return { success: !failed, expectations };
  }

  #wasLookedAt({ source, expectation }: Tally): boolean {
    const needsEntities = expectation === ("known_entity" satisfies ExpectationName);
    return this.wasRead(source) && (!needsEntities || this.wasRead(this.deployment.entitySource.name));
  }

  /**
   * What must be mended, in words: the first violation with its file, line, column and value, then how many there
   * are of each kind. Null where there is none.
   */
  failure(): string | null {
    const failed = [...this.#tallies.values()].filter(
      (tally) => tally.severity === "ERROR" && !holds(tally, this.rowsOf(tally.source)),
    );
    const first = failed[0];
    if (!first) return null;
    const total = failed.reduce((sum, tally) => sum + tally.count, 0);
    if (total === 1) return describe(first);
    return `${describe(first)}; ${total} violations in all (${kindsInWords(failed)}), their lines are in the run's validation`;
  }

  #declare(source: Source): void {
    const { key } = this.deployment.entity;
    const columns = [key, ...Object.keys(source.columns)];
    const add = (
      column: string | null,
      expectation: string,
      rule: string,
      declared: Partial<Pick<Tally, "index" | "severity" | "mostly" | "whole">> = {},
    ) => {
      const whole = (FILE_EXPECTATIONS as readonly string[]).includes(expectation);
      const tally: Tally = {
        ...{
          source: source.name,
          column,
          expectation,
          rule,
          seen: null,
          count: 0,
          sample: [],
          observed: null,
        },
        ...{ index: null, severity: "ERROR", mostly: 1, whole, ...declared },
      };
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
    for (const { index, severity, mostly, ...expectation } of declaredOf(source)) {
      const { rule, ofKey, column } = expectation;
      const words = expectationInWords({ ...expectation, severity, mostly });
      const declared = { index, severity, mostly, whole: isAggregate(rule) };
      add(ofKey ? key : column, expectationName(rule), words, declared);
    }
  }
}

/** What was counted; what is expected is in the definitions. */
export interface TallyState {
  tallies: Omit<Tally, "rule" | "severity" | "mostly" | "whole">[];
  rows: [string, number][];
}

const keyOf = (of: Pick<Tally, "source" | "column" | "expectation" | "index">): string =>
  `${of.source}/${of.column ?? ""}/${of.expectation}/${of.index ?? ""}`;

const isOfFile = ({ whole, index }: Tally): boolean => whole && index === null;

function addToSample(tally: Tally, row: UnexpectedRow | null): void {
  if (!row || tally.sample.length >= SAMPLE) return;
  tally.sample.push({ ...row, userId: storable(row.userId), value: storable(row.value) });
}

/** The division, unlike a product with `1 - mostly`, is exact at the edge: 99 of 100 is 0.99. */
function holds({ count, whole, seen, mostly }: Tally, rows: number): boolean {
  if (count === 0) return true;
  const values = seen ?? rows;
  return !whole && values > 0 && (values - count) / values >= mostly;
}

/** `labels.csv churn_label type: 3, users.csv as a whole row_count: 1`: what was met with how often, the first few. */
export function kindsInWords(
  kinds: readonly { source: string; column: string | null; expectation: string; count: number }[],
): string {
  const words = kinds
    .slice(0, KINDS_IN_WORDS)
    .map(
      ({ source, column, expectation, count }) =>
        `${source}.csv ${column ?? "as a whole"} ${expectation}: ${count}`,
    );
  if (kinds.length > KINDS_IN_WORDS) words.push(`and ${kinds.length - KINDS_IN_WORDS} more`);
  return words.join(", ");
}

/** `labels.csv, line 3, column churn_label: value "yes" must be True or False (type)` */
function describe({ source, column, expectation, rule, sample }: Tally): string {
  const row = sample[0];
  const where = [`${source}.csv`, row && `line ${row.line}`, column && `column ${column}`].filter(Boolean);
  // Of the file or a row as a whole, the sample says what is wrong; of a column, what was there.
  const problems = expectation === "column_set" ? sample.map(({ value }) => value).join(", ") : row?.value;
  const what = column === null ? `${problems}; ` : row?.value ? `value ${JSON.stringify(row.value)} ` : "";
  return `${where.join(", ")}: ${what}${rule} (${expectation})`;
}

function percentOf({ whole, count, seen }: Tally, rows: number): number {
  if (count === 0) return 0;
  const values = seen ?? rows;
  return whole || values === 0 ? 100 : Math.min(100, (100 * count) / values);
}

/** jsonb takes neither NUL nor half of a surrogate pair, which cutting a long value can leave. */
function storable<T extends string | null>(text: T): T {
  return (text?.replaceAll("\0", "\u2400").replace(/[\ud800-\udbff]$/, "") ?? (null as T)) as T;
}
