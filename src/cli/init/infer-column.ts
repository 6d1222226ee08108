import type { ColumnType } from "../../definitions/language/column.js";
import { factsOf } from "../../definitions/language/column-types/registry.js";
import { readInstant } from "../../definitions/language/column-types/timestamp.js";
import { clockOf } from "../../values/local-time.js";

/** What a column of a delivered file is taken for. */
export interface InferredColumn {
  readonly header: string;
  readonly type: ColumnType;
  /** Of a string that says one of a few things. */
  readonly oneOf: readonly string[] | null;
  /** Words for true and false, where they are not `True` and `False`. */
  readonly words: { readonly true: readonly string[]; readonly false: readonly string[] } | null;
  /** Of timestamps: that of times without an offset. */
  readonly zone: string | null;
  /** 0 where no number is below it. */
  readonly min: 0 | null;
  /** Texts that were taken for no value. */
  readonly empty: readonly string[];
  readonly rows: number;
  readonly missing: number;
  /** Null: more than were kept. */
  readonly distinct: number | null;
  /** Of two values: how often each is there. */
  readonly shares: ReadonlyMap<string, number>;
}

const MOST_KEPT = 1_000;
const MOST_CATEGORIES = 20;
/** A category comes back this often, on average. */
const OFTEN = 5;
const NO_VALUE = ["NA", "N/A", "n/a", "na", "NULL", "null", "None", "nan", "NaN", "?", "-"];
const WHOLE = /^[+-]?(0|[1-9]\d{0,9})$/;
const POINT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$/;
const COMMA = /^[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d{1,4})?$/;
const LEADING_ZERO = /^[+-]?0\d/;
const DIGITS = /^[+-]?(0|[1-9]\d{0,18})$/;
const MOST_DIGITS = 2n ** 63n - 1n;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
/** Each with its word for true first. */
const PAIRS = [
  ["y", "n"],
  ["yes", "no"],
  ["t", "f"],
  ["j", "n"],
  ["ja", "nein"],
  ["true", "false"],
] as const;

/** Days stand among instants where a file leaves out midnights. */
const isInstant = (text: string): boolean => "instant" in readInstant(text, clockOf("UTC"));
const hasOffset = (text: string): boolean => "instant" in readInstant(text, null);

/** Looks at every value of one column. */
export class ColumnTally {
  #rows = 0;
  #missing = 0;
  #most: Map<string, number> | null = new Map();
  readonly #noValue = new Map<string, number>();
  #whole = true;
  #point = true;
  #comma = true;
  #date = true;
  #digits = true;
  #timestamp = true;
  #offset = true;
  #negative = false;

  constructor(readonly header: string) {}

  /** Whether no value came twice, and none was missing, as far as values were kept. */
  get tellsRowsApart(): boolean {
    return this.#missing === 0 && this.#noValue.size === 0 && (this.#most?.size ?? this.#rows) === this.#rows;
  }

  add(text: string): void {
    this.#rows++;
    if (text === "") {
      this.#missing++;
      return;
    }
    if (this.#most) {
      this.#most.set(text, (this.#most.get(text) ?? 0) + 1);
      if (this.#most.size > MOST_KEPT) this.#most = null;
    }
    if (NO_VALUE.includes(text)) {
      this.#noValue.set(text, (this.#noValue.get(text) ?? 0) + 1);
      return;
    }
    // A number that is written with zeros before it is a code.
    const code = LEADING_ZERO.test(text);
    this.#whole &&= !code && WHOLE.test(text) && Math.abs(Number(text)) <= 2_147_483_647;
    this.#digits &&= !code && DIGITS.test(text) && BigInt(text.replace("+", "")) <= MOST_DIGITS;
    this.#point &&= !code && POINT.test(text) && Number.isFinite(Number(text));
    this.#comma &&= !code && COMMA.test(text);
    this.#date &&= DATE.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
    this.#timestamp &&= isInstant(text);
    this.#offset &&= hasOffset(text);
    this.#negative ||= text.startsWith("-");
  }

  /** @param decimal how the file writes fractions */
  infer(decimal: "." | ","): InferredColumn {
    const values = this.#rows - this.#missing - [...this.#noValue.values()].reduce((sum, n) => sum + n, 0);
    const number = this.#whole || (decimal === "," ? this.#comma : this.#point);
    const bool = values > 0 ? this.#bool() : null;
    const type: ColumnType =
      values === 0
        ? "string"
        : bool
          ? "bool"
          : this.#whole
            ? "int"
            : this.#digits
              ? "bigint"
              : number
                ? "float"
                : this.#date
                  ? "date"
                  : this.#timestamp
                    ? "timestamp"
                    : "string";
    const known = type === "string" ? [] : [...this.#noValue.keys()];
    const empties = known.reduce((sum, text) => sum + this.#noValue.get(text)!, 0);
    const kept = this.#most;
    return {
      ...{ header: this.header, type, empty: known, rows: this.#rows },
      missing: this.#missing + empties,
      distinct: kept && kept.size - known.length,
      oneOf: type === "string" && values > 0 ? this.#categories() : null,
      words: bool?.true[0] === undefined ? null : bool,
      zone: type === "timestamp" && !this.#offset ? "UTC" : null,
      min: factsOf(type).profile === "numbers" && !this.#negative ? 0 : null,
      shares:
        kept && kept.size === 2 ? new Map([...kept].map(([text, n]) => [text, n / this.#rows])) : new Map(),
    };
  }

  /** Whether the fractions of its numbers follow a comma. */
  get hasCommas(): boolean {
    return this.#comma && !this.#whole && this.#rows > this.#missing;
  }

  #categories(): readonly string[] | null {
    const kept = this.#most;
    if (!kept || kept.size > MOST_CATEGORIES || kept.size * OFTEN > this.#rows - this.#missing) return null;
    return [...kept.keys()].sort();
  }

  /** Of a known pair; the words are left out where they are asof's own. */
  #bool(): { true: string[]; false: string[] } | null {
    const texts = this.#most && [...this.#most.keys()].filter((text) => !this.#noValue.has(text));
    if (!texts || texts.length > 4 || texts.length === 0) return null;
    for (const [yes, no] of PAIRS) {
      const [trues, falses] = [yes, no].map((word) => texts.filter((text) => text.toLowerCase() === word));
      if (trues!.length === 0 || falses!.length === 0 || trues!.length + falses!.length < texts.length)
        continue;
      return yes === "true" ? { true: [], false: [] } : { true: trues!, false: falses! };
    }
    return null;
  }
}
