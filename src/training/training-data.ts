import { BadUserInputError } from "../errors/errors.js";
import { ClassCodes, type RawLabel } from "./tasks/classes.js";
import type { LabelArray, Labels } from "./tasks/labels.js";
import type { CategoricalColumn, FeatureSpec, TrainingData } from "./types.js";

export type FeatureValue = number | boolean | string | null | undefined;

/** Collects rows into shared memory, so that a table streamed from the database is never held twice. */
export class TrainingDataBuilder<L extends Labels = Uint8Array> {
  private readonly keys: string[] = [];
  private readonly width: number;
  private numeric: Float32Array;
  private labels: L;
  private dates: Uint16Array | null;
  private weights: Float64Array | null;
  private readonly classes: ClassCodes | null;
  private readonly categorical: { codes: Int32Array; index: Map<string, number> }[];

  constructor(
    private readonly features: FeatureSpec[],
    expectedRows = 1024,
    /** What the task holds labels in: as the type parameter says, bytes unless given. */
    private readonly labelArray = Uint8Array as unknown as LabelArray<L>,
    /** Of several: the oldest first. */
    private readonly dateNames: readonly string[] = [],
    /** Whether labels name classes. */
    hasClasses = false,
    /** What says how much each row counts; absent: all count the same. */
    private readonly weightName?: string,
  ) {
    this.classes = hasClasses ? new ClassCodes() : null;
    const rows = Math.max(1, expectedRows);
    this.width = features.filter((feature) => feature.kind === "numeric").length;
    this.numeric = shared(Float32Array, rows * this.width);
    this.labels = shared(labelArray, rows);
    this.dates = dateNames.length > 1 ? shared(Uint16Array, rows) : null;
    this.weights = weightName === undefined ? null : shared(Float64Array, rows);
    this.categorical = features
      .filter((feature) => feature.kind === "categorical")
      .map(() => ({ codes: shared(Int32Array, rows), index: new Map<string, number>() }));
  }

  /**
   * @param values in feature order; null, undefined, NaN and "" are missing
   * @param date the place of the row's date among those named; rows come in the order of their dates
   * @param weight of the row, where rows have some
   */
  add(key: string, label: RawLabel, values: readonly FeatureValue[], date = 0, weight = 1): void {
    const row = this.keys.length;
    if (row === this.labels.length) this.grow(row * 2);
    this.keys.push(key);
    this.labels[row] = this.classes ? this.classes.codeOf(label) : Number(label);
    if (this.dates) this.dates[row] = date;
    if (this.weights) this.weights[row] = weight;
    let numericAt = row * this.width;
    let categoricalAt = 0;
    for (let position = 0; position < this.features.length; position++) {
      const { name, kind } = this.features[position]!;
      const value = values[position];
      if (kind === "numeric") this.numeric[numericAt++] = toNumber(value, name);
      else this.setCategory(categoricalAt++, row, value);
    }
  }

  /** The rows so far; the builder must not be used afterwards. */
  finish(): TrainingData<L> {
    const rows = this.keys.length;
    const named = this.classes?.sorted();
    if (named) for (let row = 0; row < rows; row++) this.labels[row] = named.placeOf[this.labels[row]!]!;
    return {
      features: this.features,
      keys: this.keys,
      numeric: this.numeric.subarray(0, rows * this.width),
      categorical: this.categorical.map(
        ({ codes, index }): CategoricalColumn => ({
          codes: codes.subarray(0, rows),
          vocabulary: [...index.keys()],
        }),
      ),
      labels: this.labels.subarray(0, rows) as L,
      ...(this.dates && { dates: { names: [...this.dateNames], of: this.dates.subarray(0, rows) } }),
      ...(this.weights && { weights: this.weights.subarray(0, rows), weightName: this.weightName! }),
      ...(named && { classes: named.classes }),
    };
  }

  private setCategory(column: number, row: number, value: FeatureValue): void {
    const { codes, index } = this.categorical[column]!;
    if (value === null || value === undefined || value === "") {
      codes[row] = -1;
      return;
    }
    const text = String(value);
    let code = index.get(text);
    if (code === undefined) {
      code = index.size;
      index.set(text, code);
    }
    codes[row] = code;
  }

  private grow(rows: number): void {
    this.numeric = regrown(Float32Array, this.numeric, rows * this.width);
    this.labels = regrown(this.labelArray, this.labels, rows);
    if (this.weights) this.weights = regrown(Float64Array, this.weights, rows);
    if (this.dates) this.dates = regrown(Uint16Array, this.dates, rows);
    for (const column of this.categorical) column.codes = regrown(Int32Array, column.codes, rows);
  }
}

interface ArrayType<T> {
  new (buffer: SharedArrayBuffer): T;
  readonly BYTES_PER_ELEMENT: number;
}

function shared<T>(type: ArrayType<T>, length: number): T {
  return new type(new SharedArrayBuffer(length * type.BYTES_PER_ELEMENT));
}

function regrown<T extends { set(from: T): void }>(type: ArrayType<T>, from: T, length: number): T {
  const to = shared(type, length);
  to.set(from);
  return to;
}

function toNumber(value: FeatureValue, feature: string): number {
  if (value === null || value === undefined) return Number.NaN;
  if (typeof value === "string") {
    throw new BadUserInputError(
      `feature ${JSON.stringify(feature)} is numeric, got the string ${JSON.stringify(value)}; ` +
        "declare it categorical or send a number",
    );
  }
  return Number(value);
}
