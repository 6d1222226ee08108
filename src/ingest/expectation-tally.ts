import type { Deployment, Source } from "../definitions/language/deployment.js";
import type { UnexpectedRow } from "../registry/run.js";
import { deliveryTallies } from "./delivery-tallies.js";
import { deliveryExpectations } from "./expectations/delivery/registry.js";
import type { RowVerdict, UnexpectedRows } from "./expectations/expectation.js";
import { addToSample, type Counted, holds, isSampled, type Tally, tallyKeyOf } from "./tally.js";

/** Why rows are kept out: one expectation, by the number its rows are noted under. */
export type QuarantineRule = Pick<Tally, "number" | "source" | "column" | "expectation" | "rule">;

/** Where one expectation is found: by its column and name, or by its place among the declared ones. */
export type ExpectationRef = { column: string | null; expectation: string } | { index: number };

/** Counts what each expectation of each source of a delivery met with. */
export class ExpectationTally {
  /** Those that were delivered. */
  readonly sources: readonly Source[];
  readonly #tallies: readonly Tally[];
  readonly #byKey: ReadonlyMap<string, Tally>;
  readonly #rows = new Map<string, number>();
  readonly #quarantined = new Map<string, number>();
  readonly #erased = new Map<string, number>();
  /** Called for each row that a pass over the file selects for quarantine: the rule's number, the row's line and key. */
  onUnfit: ((rule: number, line: number, key: string | null) => void) | null = null;

  /** @param files the names that the sources were delivered under, by source; none: all of them, under their own */
  constructor(
    readonly deployment: Deployment,
    private readonly files: ReadonlyMap<string, string> = new Map(),
  ) {
    this.sources = deployment.sources.filter(({ name }) => files.size === 0 || files.has(name));
    this.#tallies = deliveryTallies(deployment, this.sources, (source) => this.fileOf(source));
    this.#byKey = new Map(this.#tallies.map((tally) => [tallyKeyOf(tally), tally]));
  }

  /** Checkpoint of a tally, and back: a later step goes on where the earlier one ended. */
  static from(deployment: Deployment, state: TallyState): ExpectationTally {
    const tally = new ExpectationTally(deployment, new Map(state.files));
    for (const { seen, count, sample, observed, looked = true, skipped = null, ...of } of state.tallies) {
      // A copy: a step that is tried again must not count what it counted before.
      const counted = { seen, count, sample: [...sample], observed, looked, skipped };
      Object.assign(tally.#byKey.get(tallyKeyOf(of))!, counted);
    }
    for (const [source, rows] of state.rows) tally.#rows.set(source, rows);
    for (const [source, rows] of state.erased ?? []) tally.#erased.set(source, rows);
    return tally;
  }
  toState(): TallyState {
    const tallies = this.#tallies.map(
      ({ source, column, expectation, index, looked, skipped, seen, count, sample, observed }) => ({
        ...{ source, column, expectation, index, looked, skipped, seen, count, sample, observed },
      }),
    );
    return { tallies, rows: [...this.#rows], files: [...this.files], erased: [...this.#erased] };
  }

  *[Symbol.iterator](): Iterator<Readonly<Tally>> {
    yield* this.#tallies;
  }

  violated(source: string, column: string | null, expectation: string, row: UnexpectedRow): void {
    const tally = this.#get(source, { column, expectation });
    tally.looked = true;
    tally.count++;
    addToSample(tally, row);
    if (tally.quarantines) this.onUnfit?.(tally.number, row.line, row.key);
  }

  /** A pass over the file has evaluated these of what every delivery is checked for. */
  passed(source: string, over: readonly string[]): void {
    for (const tally of this.#tallies) {
      if (tally.source === source && tally.index === null && over.includes(tally.over)) tally.looked = true;
    }
  }

  /** For the streaming pass: takes the verdict on each row, without a look-up for every value. */
  counter(source: string, index: number): (verdict: RowVerdict, line: number, key: string) => void {
    const tally = this.#get(source, { index });
    tally.looked = true;
    let seen = tally.seen ?? 0;
    tally.seen = seen;
    const unfit = tally.quarantines ? this.onUnfit : null;
    return (verdict, line, key) => {
      if (verdict === "not counted") return;
      tally.seen = ++seen;
      if (verdict === "expected") return;
      tally.count++;
      unfit?.(tally.number, line, key);
      if (isSampled(tally)) return;
      addToSample(tally, { line, key: key.slice(0, 200), value: verdict.unexpected.slice(0, 300) });
    };
  }

  /** What queries found. */
  found(source: string, of: ExpectationRef, { count, seen, sample, namesRows }: UnexpectedRows): void {
    const tally = this.#get(source, of);
    Object.assign(tally, { looked: true, count, seen, sample: [] });
    for (const row of sample) addToSample(tally, row);
    // The delivery fails where it does not hold: not all of its rows could be kept out.
    if (!namesRows) tally.quarantines = false;
  }

  /** What was observed of the file as a whole, and what is wrong with it. */
  observed(source: string, of: ExpectationRef, observed: unknown, problem: string | null): void {
    const tally = this.#get(source, of);
    Object.assign(tally, { looked: true, observed, count: problem === null ? 0 : 1, sample: [] });
    if (problem !== null) addToSample(tally, { line: 0, key: null, value: problem });
  }

  /** Not looked at, and why: neither held nor broken. */
  skipped(source: string, of: ExpectationRef, reason: string): void {
    this.#get(source, of).skipped = reason;
  }

  /** The number of an expectation whose rows are to be noted for quarantine; null where they are not. */
  quarantineNumber(source: string, of: ExpectationRef): number | null {
    const { quarantines, number } = this.#get(source, of);
    return quarantines ? number : null;
  }

  /** Expectations that do not hold, and whose rows are kept out for it. */
  quarantining(): QuarantineRule[] {
    return this.#tallies
      .filter((tally) => tally.quarantines && tally.count > 0 && !holds(tally, this.rowsOf(tally.source)))
      .map(({ number, source, column, expectation, rule }) => ({
        ...{ number, source, column, expectation, rule },
      }));
  }

  /**
   * Rows of a source that are kept out in all, and how many of them for a fault of their own: where these are more
   * than the source allows, or no row would be left, the delivery fails.
   */
  quarantined({ name, maxQuarantinedShare = 1 }: Source, all: number, own: number): void {
    this.#quarantined.set(name, all);
    const rows = this.rowsOf(name);
    const kept = { rows, all, own, allowedShare: maxQuarantinedShare };
    for (const { name: expectation, evaluation } of deliveryExpectations) {
      if (evaluation.over !== "quarantine") continue;
      const problem = evaluation.problem(kept);
      if (this.#byKey.has(tallyKeyOf({ source: name, column: null, expectation, index: null })))
        this.observed(name, { column: null, expectation }, { rows, quarantined: all }, problem);
      // Of a source that has none, but whose rows all follow rows in quarantine.
      else if (problem !== null)
        this.observed(name, { column: null, expectation: "row_count" }, null, problem);
    }
  }

  quarantinedOf(source: string): number {
    return this.#quarantined.get(source) ?? 0;
  }

  /** Rows of the file that are to be published. */
  rowsLeft(source: string): number {
    return this.rowsOf(source) - this.quarantinedOf(source);
  }

  /** Whether the file's rows could be told apart at all; where not, nothing can be said about what is in it. */
  wasRead(source: string): boolean {
    return !this.#tallies.some(
      (tally) => tally.source === source && IS_OF_READING.includes(tally.over) && tally.count > 0,
    );
  }

  delivers(source: string): boolean {
    return this.sources.some(({ name }) => name === source);
  }

  /** Rows that were passed over because their person was erased: they are in no other count. */
  erased(source: string, rows: number): void {
    this.#erased.set(source, rows);
  }
  erasedOf(source: string): number {
    return this.#erased.get(source) ?? 0;
  }

  countRows(source: string, rows: number): void {
    this.#rows.set(source, rows);
  }
  rowsOf(source: string): number {
    return this.#rows.get(source) ?? 0;
  }

  /** The name the source was delivered under. */
  fileOf(source: string): string {
    return this.files.get(source) ?? `${source}.csv`;
  }

  #get(source: string, of: ExpectationRef): Tally {
    const tally =
      "index" in of
        ? this.#tallies.find((each) => each.source === source && each.index === of.index)
        : this.#byKey.get(tallyKeyOf({ source, ...of, index: null }));
    if (!tally) throw new Error(`source ${source}: nothing is expected by ${JSON.stringify(of)}`);
    return tally;
  }
}

/** What a file breaks whose rows cannot be told apart. */
const IS_OF_READING: readonly string[] = ["bytes", "header", "count"];

export interface TallyState {
  /** Runs that an earlier release began have not kept what was looked at: their files were. */
  tallies: (Omit<Counted, "looked" | "skipped"> & Partial<Pick<Counted, "looked" | "skipped">>)[];
  rows: [string, number][];
  files: [string, string][];
  /** Absent from those of earlier releases. */
  erased?: [string, number][];
}
