import { BadUserInputError } from "../../errors/errors.js";
import type { TargetEncoding } from "../../values/target-encoding.js";
import { type SampleWeights, steppedWeights, weightsOf } from "../sample-weights.js";
import type { Labels } from "../tasks/labels.js";
import type { CategoricalColumn } from "../types.js";

/** Of one feature; the strings are in every process that serves the model. */
const MOST_CATEGORIES = 100_000;
/** Categories times numbers of each. */
const MOST_CELLS = 1_000_000;
/** Rows are encoded by the labels of the others of so many parts. */
const PARTS = 5;

/** What the categories of a feature stand for: of values their mean label, of classes the share of each. */
export interface TargetCoding {
  readonly feature: string;
  /** In code-unit order; `""` is missing. */
  readonly categories: readonly string[];
  /** Numbers of a category. */
  readonly width: number;
  /** By category, and last of whatever is unknown or rare; float32. */
  readonly table: Float32Array;
}

/** The labels of the rows that are learnt from, by row of the table. */
export interface EncodedLabel {
  readonly labels: Labels;
  /** How many classes labels are places of; 1: labels are the values. */
  readonly width: number;
  /** By row of the table, too. */
  readonly weights: SampleWeights;
}

/** Rows to learn from, in their order. */
export interface LearntRows {
  readonly rows: Uint32Array;
  /** Where the rows of each key begin among them; null: each has a key of its own. */
  readonly starts: Uint32Array | null;
}

/** What is known of a feature's labels, by place of its kept categories. */
interface Sums {
  /** What the rows weigh; where all count the same, how many they are. */
  readonly rows: Float64Array;
  /** By category and number. */
  readonly labels: Float64Array;
}

/**
 * The mean label of each category, drawn towards the mean of all: (sum + smoothing * mean) / (rows + smoothing), after
 * Micci-Barreca 2001. Rows count by their weights, those of the smoothing by the mean weight. The rows that it is learnt from are encoded out of fold, so that no row's value knows its own label.
 */
export class LearntCoding {
  readonly coding: TargetCoding;
  /** Of each code of the column, and last of missing, the place of its category; -1: unknown. */
  readonly #placeOf: Int32Array;
  readonly #sums: Sums;
  readonly #means: Float64Array;
  readonly #weightOf: (row: number) => number;
  /** Of the smoothing's rows. */
  readonly #smoothing: number;

  /** @throws {BadUserInputError} there are too many categories */
  constructor(
    feature: string,
    private readonly column: CategoricalColumn,
    private readonly target: EncodedLabel,
    private readonly learnt: LearntRows,
    options: TargetEncoding,
  ) {
    const { width } = target;
    const { categories, placeOf } = keptCategories(column, learnt.rows, options.minRows);
    requireFew(feature, categories.length, width);
    this.#placeOf = placeOf;
    this.#weightOf = weightsIn(target.weights, learnt.rows);
    const total = learnt.rows.reduce((sum, row) => sum + this.#weightOf(row), 0);
    this.#smoothing = options.smoothing * (total / learnt.rows.length);
    this.#sums = newSums(categories.length, width);
    for (const row of learnt.rows) this.#add(this.#sums, row, 1);
    this.#means = meansOf(target, learnt.rows, this.#weightOf);
    const table = new Float32Array((categories.length + 1) * width);
    for (let place = 0; place < categories.length; place++)
      this.#write(this.#sums, place, table, place * width);
    table.set(this.#means, categories.length * width);
    this.coding = { feature, categories, width, table };
  }

  /** Writes the numbers of a row that was not learnt from. */
  encode(row: number, values: Float32Array, at: number): void {
    const { width, table, categories } = this.coding;
    const place = this.#place(row);
    const from = (place < 0 ? categories.length : place) * width;
    for (let k = 0; k < width; k++) values[at + k] = table[from + k]!;
  }

  /**
   * Writes those of the rows that were learnt from, each by the labels of the other parts. Rows stand in the order of their
   * keys' hashes: every k-th key, with all its rows, is a part that was drawn at random.
   * @param at where the numbers of the k-th of them belong
   */
  encodeLearnt(values: Float32Array, at: (k: number) => number): void {
    const { rows } = this.learnt;
    const partOf = this.#parts();
    for (let part = 0; part < PARTS; part++) {
      const others = { rows: this.#sums.rows.slice(), labels: this.#sums.labels.slice() };
      for (let k = 0; k < rows.length; k++) if (partOf[k] === part) this.#add(others, rows[k]!, -1);
      for (let k = 0; k < rows.length; k++) {
        if (partOf[k] === part) this.#write(others, this.#place(rows[k]!), values, at(k));
      }
    }
  }

  #place(row: number): number {
    const code = this.column.codes[row]!;
    return this.#placeOf[code < 0 ? this.#placeOf.length - 1 : code]!;
  }

  #add({ rows, labels }: Sums, row: number, times: 1 | -1): void {
    const place = this.#place(row);
    if (place < 0) return;
    const { width } = this.target;
    const label = this.target.labels[row]!;
    const counted = times * this.#weightOf(row);
    rows[place]! += counted;
    if (width === 1) labels[place]! += counted * label;
    else labels[place * width + label]! += counted;
  }

  #write({ rows, labels }: Sums, place: number, out: Float32Array, at: number): void {
    const smoothing = this.#smoothing;
    const { width } = this.target;
    const weight = place < 0 ? 0 : rows[place]! + smoothing;
    for (let k = 0; k < width; k++) {
      const mean = this.#means[k]!;
      out[at + k] = weight > 0 ? (labels[place * width + k]! + smoothing * mean) / weight : mean;
    }
  }

  #parts(): Uint8Array {
    const { rows, starts } = this.learnt;
    if (!starts) return Uint8Array.from(rows, (_, k) => k % PARTS);
    const parts = new Uint8Array(rows.length);
    for (let key = 0; key + 1 < starts.length; key++) parts.fill(key % PARTS, starts[key], starts[key + 1]);
    return parts;
  }
}

const newSums = (categories: number, width: number): Sums => ({
  rows: new Float64Array(categories),
  labels: new Float64Array(categories * width),
});

/** Those of enough rows, in code-unit order; `""` where enough have none. */
function keptCategories(
  { codes, vocabulary }: CategoricalColumn,
  rows: Uint32Array,
  minRows: number,
): { categories: string[]; placeOf: Int32Array } {
  const counts = rowsByCode({ codes, vocabulary }, rows);
  const nameOf = (code: number) => vocabulary[code] ?? "";
  const kept = [...counts.keys()].filter((code) => counts[code]! >= minRows);
  kept.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const placeOf = new Int32Array(counts.length).fill(-1);
  for (const [place, code] of kept.entries()) placeOf[code] = place;
  return { categories: kept.map(nameOf), placeOf };
}

/** How many of the rows have each code, and last how many have none. */
export function rowsByCode({ codes, vocabulary }: CategoricalColumn, rows: Uint32Array): Uint32Array {
  const counts = new Uint32Array(vocabulary.length + 1);
  for (const row of rows) counts[codes[row]! < 0 ? vocabulary.length : codes[row]!]!++;
  return counts;
}

/** What each of these rows counts: in steps, so that what is taken from a sum again leaves nothing of itself. */
function weightsIn(weights: SampleWeights, rows: Uint32Array): (row: number) => number {
  if (!weights) return () => 1;
  const stepped = steppedWeights(weightsOf(weights, rows)!);
  const byRow = new Float64Array(weights.length);
  for (const [k, row] of rows.entries()) byRow[row] = stepped[k]!;
  return (row) => byRow[row]!;
}

function meansOf(
  { labels, width }: EncodedLabel,
  rows: Uint32Array,
  weightOf: (row: number) => number,
): Float64Array {
  const sums = new Float64Array(width);
  let total = 0;
  for (const row of rows) {
    const weight = weightOf(row);
    total += weight;
    if (width === 1) sums[0]! += weight * labels[row]!;
    else sums[labels[row]!]! += weight;
  }
  return sums.map((sum) => sum / total);
}

function requireFew(feature: string, categories: number, width: number): void {
  const most = Math.min(MOST_CATEGORIES, Math.floor(MOST_CELLS / width));
  if (categories <= most) return;
  throw new BadUserInputError(
    `feature ${JSON.stringify(feature)} has ${categories} categories in the training rows; at most ${most} are encoded` +
      `${width > 1 ? ` of ${width} classes` : ""}: leave it out (features), group its values, or take a greater targetEncoding.minRows`,
    { feature, categories, most },
  );
}
