import { closeSync, openSync, readFileSync, readSync, writeFileSync } from "node:fs";
import type { MatrixColumn } from "../../src/training/matrix.js";
import { CATEGORIES, CATEGORY_AT, CLASSES, FEATURES, generateRows, type LabelKind } from "./training-rows.js";

/** Beside the files `train` and `test`, of values (float32, by row) and labels (float64): what bench/training.ts compares on. */
export interface Table {
  columns: MatrixColumn[];
  /** 0 where labels are numbers. */
  classes: number;
  /** Rows fitted on, and rows judged on. */
  train: number;
  test: number;
}

export const readTable = (folder: string): Table =>
  JSON.parse(readFileSync(`${folder}/table.json`, "utf8")) as Table;

export function writeGenerated(folder: string, kind: LabelKind, train: number, test: number, round: number) {
  for (const [name, count, seed] of [
    ["train", train, 2 * round + 1] as const,
    ["test", test, 2 * round + 2] as const,
  ]) {
    const { values, labels } = generateRows(count, seed, kind);
    writeFileSync(`${folder}/${name}.values`, new Uint8Array(values.buffer));
    writeFileSync(`${folder}/${name}.labels`, new Uint8Array(labels.buffer));
  }
  const columns = FEATURES.map((name, k) =>
    k === CATEGORY_AT ? { name, vocabulary: CATEGORIES } : { name },
  );
  const classes = kind === "yes or no" ? 2 : kind === "one of five" ? CLASSES : 0;
  const table: Table = { columns, classes, train, test };
  writeFileSync(`${folder}/table.json`, JSON.stringify(table));
}

/** Fills the array with a file's bytes, piece by piece: Node reads at most 2 GiB at once. */
export function readInto<T extends Float32Array | Float64Array>(path: string, array: T): T {
  const bytes = new Uint8Array(array.buffer);
  const file = openSync(path, "r");
  for (let at = 0; at < bytes.length; ) {
    const length = readSync(file, bytes, at, Math.min(2 ** 26, bytes.length - at), null);
    if (length === 0) throw new Error(`${path} ends after ${at} of ${bytes.length} bytes`);
    at += length;
  }
  closeSync(file);
  return array;
}
