import type { TargetEncoding } from "../../values/target-encoding.js";
import { gatherMatrix, learnColumns, type Matrix, type MatrixColumn } from "../matrix.js";
import { keyStarts } from "../panel.js";
import type { Fold } from "../tasks/fold.js";
import type { Labels } from "../tasks/labels.js";
import { sharedArray } from "../threads/shared.js";
import type { TrainingData } from "../types.js";
import { type EncodedLabel, LearntCoding, rowsByCode, type TargetCoding } from "./target-coding.js";

/**
 * Columns as learnt from the training rows: numbers, then the numbers that encoded categories stand for, then the codes of the
 * other categories. A learner sees the second as it sees the first.
 */
export class LearntTable {
  readonly columns: MatrixColumn[];
  readonly #plain: MatrixColumn[];
  readonly #codings: readonly LearntCoding[];

  /** @throws {BadUserInputError} a feature has too many categories to be encoded */
  constructor(
    private readonly data: TrainingData<Labels>,
    private readonly rows: Uint32Array,
    private readonly options: TargetEncoding | null,
    private readonly encoded = options ? encodedFeatures(data, rows, options.above) : [],
  ) {
    this.#plain = learnColumns(data, rows, encoded);
    this.#codings = encoded.map((feature) => this.#learn(feature, rows));
    const numeric = this.#plain.filter(({ vocabulary }) => !vocabulary);
    const numbers = this.#codings.flatMap(({ coding: { feature, width } }) =>
      Array.from({ length: width }, (): MatrixColumn => ({ name: feature })),
    );
    this.columns = [...numeric, ...numbers, ...this.#plain.filter(({ vocabulary }) => vocabulary)];
  }

  get codings(): TargetCoding[] {
    return this.#codings.map(({ coding }) => coding);
  }

  /** Rows that were not learnt from. */
  gather(rows: Uint32Array): Matrix {
    const matrix = this.#plainMatrix(rows);
    this.#encode(matrix, (coding, at) => {
      for (let k = 0; k < rows.length; k++) coding.encode(rows[k]!, matrix.values, at(k));
    });
    return matrix;
  }

  /** The rows that were learnt from, encoded out of fold. */
  gatherLearnt(): Matrix {
    const matrix = this.#plainMatrix(this.rows);
    this.#encode(matrix, (coding, at) => coding.encodeLearnt(matrix.values, at));
    return matrix;
  }

  /** The same rows as a fold's fit may see them: encoded by the labels of its own rows alone. @param matrix as `gatherLearnt` gave it */
  forFold(matrix: Matrix, fold: Fold): Fold {
    if (this.#codings.length === 0) return fold;
    const values = sharedArray(Float32Array, matrix.values.length);
    values.set(matrix.values);
    const own = { ...matrix, values };
    const fitRows = fold.fit.map((k) => this.rows[k]!);
    const codings = this.encoded.map((feature) => this.#learn(feature, fitRows));
    this.#encode(
      own,
      (coding, at) => {
        for (let k = 0; k < this.rows.length; k++) coding.encode(this.rows[k]!, values, at(k));
        coding.encodeLearnt(values, (k) => at(fold.fit[k]!));
      },
      codings,
    );
    return { ...fold, matrix: own };
  }

  #learn(feature: string, rows: Uint32Array): LearntCoding {
    const { data, options } = this;
    const { labels, classes, weights = null } = data;
    const target: EncodedLabel = { labels, width: classes?.length ?? 1, weights };
    const learnt = { rows, starts: keyStarts(data, rows) };
    return new LearntCoding(feature, columnOf(data, feature), target, learnt, options!);
  }

  #plainMatrix(rows: Uint32Array): Matrix {
    const plain = gatherMatrix(this.data, this.#plain, rows);
    if (this.#codings.length === 0) return plain;
    const { columns } = this;
    const numeric = this.#plain.filter(({ vocabulary }) => !vocabulary).length;
    const [from, width] = [this.#plain.length, columns.length];
    const values = sharedArray(Float32Array, rows.length * width);
    for (let k = 0; k < rows.length; k++) {
      const own = plain.values.subarray(k * from, (k + 1) * from);
      values.set(own.subarray(0, numeric), k * width);
      values.set(own.subarray(numeric), k * width + width - (from - numeric));
    }
    return { rows: rows.length, columns, values };
  }

  #encode(
    { columns }: Matrix,
    write: (coding: LearntCoding, at: (k: number) => number) => void,
    codings = this.#codings,
  ): void {
    let first = this.#plain.filter(({ vocabulary }) => !vocabulary).length;
    for (const coding of codings) {
      const column = first;
      write(coding, (k) => k * columns.length + column);
      first += coding.coding.width;
    }
  }
}

/** The features of more categories among the rows, by name. */
function encodedFeatures(data: TrainingData<Labels>, rows: Uint32Array, above: number): string[] {
  return data.features
    .filter(({ kind }) => kind === "categorical")
    .map(({ name }) => name)
    .filter((name) => categoriesAmong(data, name, rows) > above);
}

/** How many categories of a feature the rows have. */
function categoriesAmong(data: TrainingData<Labels>, feature: string, rows: Uint32Array): number {
  const counts = rowsByCode(columnOf(data, feature), rows).subarray(0, -1);
  return counts.reduce((categories, count) => categories + (count > 0 ? 1 : 0), 0);
}

function columnOf({ features, categorical }: TrainingData<Labels>, feature: string) {
  const names = features.filter(({ kind }) => kind === "categorical").map(({ name }) => name);
  return categorical[names.indexOf(feature)]!;
}
