import type { Deployment, Source } from "../definitions/language/deployment.js";
import type { ExpectationResult, UnexpectedRow, ValidationReport } from "../registry/run.js";
import {
  deliveryTallies,
  type ExpectationName,
  FILE_EXPECTATIONS,
  type FileExpectation,
  QUARANTINE,
} from "./delivery-expectations.js";
import { addToSample, holds, isOfFile, isSampled, keyOf, percentOf, type Tally } from "./tally.js";
import { kindsInWords, violationInWords } from "./violation-words.js";

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
  readonly #tallies: ReadonlyMap<string, Tally>;
  readonly #rows = new Map<string, number>();
  readonly #quarantined = new Map<string, number>();
  /** Told of each row that a pass over the file finds fit for quarantine: the rule's number, the row's line and key. */
  onUnfit: ((rule: number, line: number, key: string | null) => void) | null = null;

  /** @param files the names that the sources were delivered under, by source */
  constructor(
    private readonly deployment: Deployment,
    private readonly files: ReadonlyMap<string, string> = new Map(),
  ) {
    const tallies = deliveryTallies(deployment, (source) => this.fileOf(source));
    this.#tallies = new Map(tallies.map((tally) => [keyOf(tally), tally]));
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
        if (!isSampled(tally)) {
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
}

const RULE_OF_QUARANTINE = { column: null, expectation: QUARANTINE, index: null };
const RULE_OF_ROWS = { column: null, expectation: "row_count" satisfies FileExpectation, index: null };

/** What was counted; what is expected is in the definitions. */
export interface TallyState {
  tallies: Omit<Tally, "number" | "file" | "rule" | "severity" | "mostly" | "whole" | "quarantines">[];
  rows: [string, number][];
  files: [string, string][];
}
