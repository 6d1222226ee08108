import type { Deployment, Source } from "../definitions/language/deployment.js";
import type { ExpectationResult, UnexpectedRow, ValidationReport } from "../registry/run.js";
import { type CellRule, ruleInWords } from "./cell.js";
import { declaredOf, expectationInWords, expectationName, isAggregate } from "./declared-rules.js";
import { kindsInWords, violationInWords } from "./violation-words.js";

const SAMPLE = 20;

/** What a file as a whole must be. */
const FILE_EXPECTATIONS = ["readable", "column_set", "row_count"] as const;
type FileExpectation = (typeof FILE_EXPECTATIONS)[number];

/** Everything a delivery is checked for, whatever its sources declare of their own. */
export type ExpectationName = CellRule | FileExpectation | "row_shape" | "unique" | "known_entity";

/** Of a quarantining source: how many of its rows may be kept out. */
const QUARANTINE = "quarantine";

interface Tally {
  /** Its place among all of the delivery's: rows that break it are noted under it. */
  number: number;
  source: string;
  /** The name it was delivered under. */
  file: string;
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
  /** Whether the rows that break it are kept out, rather than the whole delivery. */
  quarantines: boolean;
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

/** Why rows are kept out: one expectation, by the number its rows are noted under. */
export interface QuarantineRule {
  readonly number: number;
  readonly source: string;
  readonly column: string | null;
  readonly expectation: string;
  readonly rule: string;
}

/** Counts what each declared expectation of each source met with, and becomes the run's report. */
export class ExpectationTally {
  readonly #tallies = new Map<string, Tally>();
  readonly #rows = new Map<string, number>();
  readonly #quarantined = new Map<string, number>();
  /** Told of each row that a pass over the file finds fit for quarantine: the rule's number, the row's line and key. */
  onUnfit: ((rule: number, line: number, key: string | null) => void) | null = null;

  /** @param files the names that the sources were delivered under, by source */
  constructor(
    private readonly deployment: Deployment,
    private readonly files: ReadonlyMap<string, string> = new Map(),
  ) {
    for (const source of deployment.sources) this.#declare(source);
  }

  /** Checkpoint of a tally, and back: a later step goes on where the earlier one ended. */
  static from(deployment: Deployment, state: TallyState): ExpectationTally {
    const tally = new ExpectationTally(deployment, new Map(state.files));
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
    return { tallies, rows: [...this.#rows], files: [...this.files] };
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
    if (tally.quarantines && row) this.onUnfit?.(tally.number, row.line, row.userId);
  }

  /** For the streaming pass: counts a declared expectation value by value. */
  counter(source: string, index: number): ExpectationCounter {
    const tally = this.#declared(source, index);
    tally.seen ??= 0;
    const unfit = tally.quarantines ? this.onUnfit : null;
    return {
      seen: () => {
        tally.seen!++;
      },
      unexpected: (line, key, value) => {
        tally.count++;
        unfit?.(tally.number, line, key);
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

  /** The number of an expectation whose rows are to be noted for quarantine; null where they are not. */
  quarantineNumber(source: string, column: string | null, expectation: ExpectationName): number | null;
  quarantineNumber(source: string, index: number): number | null;
  quarantineNumber(source: string, of: number | string | null, expectation = ""): number | null {
    const tally =
      typeof of === "number"
        ? this.#declared(source, of)
        : this.#tallies.get(keyOf({ source, column: of, expectation, index: null }))!;
    return tally.quarantines ? tally.number : null;
  }

  /** What is found of this expectation names no rows: the delivery fails where it does not hold. */
  namesNoRows(source: string, index: number): void {
    this.#declared(source, index).quarantines = false;
  }

  /** Expectations that do not hold, and whose rows are kept out for it. */
  quarantining(): QuarantineRule[] {
    return [...this.#tallies.values()]
      .filter((tally) => tally.quarantines && !holds(tally, this.rowsOf(tally.source)))
      .map(({ number, source, column, expectation, rule }) => ({
        number,
        source,
        column,
        expectation,
        rule,
      }));
  }

  /**
   * Rows of a source that are kept out in all, and how many of them for a fault of their own: where these are more
   * than the source allows, or no row would be left, the delivery fails.
   */
  quarantined(source: Source, all: number, ofOwn: number): void {
    this.#quarantined.set(source.name, all);
    const tally = this.#tallies.get(keyOf({ ...RULE_OF_QUARANTINE, source: source.name }));
    const rows = this.rowsOf(source.name);
    const left = rows - all;
    if (tally) tally.observed = { rows, quarantined: all };
    if (all === 0 || (left > 0 && ofOwn / rows <= (source.maxQuarantinedShare ?? 1))) return;
    const blamed = tally ?? this.#tallies.get(keyOf({ ...RULE_OF_ROWS, source: source.name }))!;
    const counted = all > ofOwn ? `, ${all - ofOwn} of them with the row they refer to` : "";
    blamed.count = 1;
    blamed.sample = [{ line: 0, userId: null, value: `${all} of ${rows} rows would be kept out${counted}` }];
  }

  /** Rows of the file that are to be published. */
  rowsLeft(source: string): number {
    return this.rowsOf(source) - (this.#quarantined.get(source) ?? 0);
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
      const held = holds(tally, rows);
      return {
        source: tally.source,
        file: tally.file,
        column: tally.column,
        expectation: tally.expectation,
        success: held,
        severity: tally.severity,
        observed: tally.observed ?? { rows, rule: tally.rule, ...(skipped && { skipped }) },
        rule: tally.rule,
        mostly: tally.mostly,
        quarantined: tally.quarantines && !held,
        unexpectedCount: tally.count,
        unexpectedPercent: percentOf(tally, rows),
        sample: tally.sample,
      };
    });
    const failed = expectations.some(
      ({ success, severity, quarantined }) => !success && severity === "ERROR" && !quarantined,
    );
    const quarantined = this.deployment.sources
      .filter(({ name }) => this.#quarantined.get(name))
      .map(({ name }) => {
        const rows = this.#quarantined.get(name)!;
        return {
          ...{ source: name, file: this.fileOf(name), rows },
          percent: (100 * rows) / this.rowsOf(name),
        };
      });
    return { success: !failed, expectations, quarantined };
  }

  /** The name the source was delivered under. */
  fileOf(source: string): string {
    return this.files.get(source) ?? `${source}.csv`;
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
      (tally) => tally.severity === "ERROR" && !tally.quarantines && !holds(tally, this.rowsOf(tally.source)),
    );
    const first = failed[0];
    if (!first) return null;
    const total = failed.reduce((sum, tally) => sum + tally.count, 0);
    const words = violationInWords({ ...first, ofRows: !first.whole });
    if (total === 1) return words;
    return `${words}; ${total} violations in all (${kindsInWords(failed)}), their lines are in the run's validation`;
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
      const whole = declared.whole ?? (FILE_EXPECTATIONS as readonly string[]).includes(expectation);
      const tally: Tally = {
        ...{
          number: this.#tallies.size,
          source: source.name,
          file: this.fileOf(source.name),
          column,
          expectation,
          rule,
          seen: null,
          count: 0,
          sample: [],
          observed: null,
        },
        ...{ index: null, severity: "ERROR", mostly: 1, quarantines: false, ...declared, whole },
      };
      tally.quarantines = source.onInvalid === "quarantine" && !whole && tally.severity === "ERROR";
      this.#tallies.set(keyOf(tally), tally);
    };
    add(null, "readable", formatInWords(this.fileOf(source.name)));
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
        `must be a ${key} of this or an earlier ${this.fileOf(this.deployment.entitySource.name)}`,
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
      const words = expectationInWords({ ...expectation, severity, mostly }, (name) => this.fileOf(name));
      const declared = { index, severity, mostly, whole: isAggregate(rule) };
      add(ofKey ? key : column, expectationName(rule), words, declared);
    }
    if (source.onInvalid === "quarantine") {
      add(null, QUARANTINE, ceilingInWords(source.maxQuarantinedShare ?? 1), { whole: true });
    }
  }
}

const RULE_OF_QUARANTINE = { column: null, expectation: QUARANTINE, index: null };
const RULE_OF_ROWS = { column: null, expectation: "row_count" satisfies FileExpectation, index: null };

const ceilingInWords = (share: number): string =>
  share < 1
    ? `at most ${Number((share * 100).toFixed(4))} % of the rows may be quarantined, and one must be left`
    : "at least one row must be left outside the quarantine";

const formatInWords = (file: string): string =>
  file.endsWith(".parquet")
    ? "must be a Parquet file"
    : `must be a CSV file${file.endsWith(".gz") ? ", packed by gzip" : ""}`;

/** What was counted; what is expected is in the definitions. */
export interface TallyState {
  tallies: Omit<Tally, "number" | "file" | "rule" | "severity" | "mostly" | "whole" | "quarantines">[];
  rows: [string, number][];
  files: [string, string][];
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

function percentOf({ whole, count, seen }: Tally, rows: number): number {
  if (count === 0) return 0;
  const values = seen ?? rows;
  return whole || values === 0 ? 100 : Math.min(100, (100 * count) / values);
}

/** jsonb takes neither NUL nor half of a surrogate pair, which cutting a long value can leave. */
function storable<T extends string | null>(text: T): T {
  return (text?.replaceAll("\0", "\u2400").replace(/[\ud800-\udbff]$/, "") ?? (null as T)) as T;
}
