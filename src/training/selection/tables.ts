import { randomOrder } from "../evaluation/random-order.js";
import { gather, gatherWeights } from "../fit-rows.js";
import { byKind } from "../matrix.js";
import type { Labels } from "../tasks/labels.js";
import type { Task } from "../tasks/task.js";
import { sharedArray } from "../threads/shared.js";
import type { TrainingData } from "../types.js";

/** The table without other features. */
export function withFeatures(data: TrainingData<Labels>, names: readonly string[]): TrainingData<Labels> {
  const isKept = ({ name }: { name: string }) => names.includes(name);
  const { numeric, categorical } = byKind(data.features);
  const columns = [...numeric.keys()].filter((k) => isKept(numeric[k]!));
  const rows = data.keys.length;
  const values = sharedArray(Float32Array, rows * columns.length);
  for (let row = 0; row < rows; row++)
    for (const [k, column] of columns.entries())
      values[row * columns.length + k] = data.numeric[row * numeric.length + column]!;
  return {
    ...data,
    features: data.features.filter(isKept),
    numeric: values,
    categorical: data.categorical.filter((_, k) => isKept(categorical[k]!)),
  };
}

/** Some of the rows, in their order. */
export function withRows(task: Task, data: TrainingData<Labels>, rows: Uint32Array): TrainingData<Labels> {
  const { features, keys, numeric, categorical, labels, dates } = data;
  const weights = gatherWeights(data, rows);
  const width = byKind(features).numeric.length;
  const values = sharedArray(Float32Array, rows.length * width);
  for (const [k, row] of rows.entries())
    values.set(numeric.subarray(row * width, (row + 1) * width), k * width);
  return {
    ...data,
    keys: Array.from(rows, (row) => keys[row]!),
    numeric: values,
    categorical: categorical.map(({ codes, vocabulary }) => ({
      vocabulary,
      codes: Int32Array.from(rows, (row) => codes[row]!),
    })),
    labels: gather(task, labels, rows),
    ...(weights && { weights }),
    ...(dates && { dates: { ...dates, of: Uint16Array.from(rows, (row) => dates.of[row]!) } }),
  };
}

/** Of a feature, what its shuffled copy is called: no feature is. */
export const shuffledName = (name: string): string => `shuffled ${name}`;

/** Beside each feature a copy of it whose values are dealt out among the rows: it looks like the feature and says nothing. */
export function withShuffled(data: TrainingData<Labels>, seed: number, stream: number): TrainingData<Labels> {
  const rows = data.keys.length;
  const { numeric, categorical } = byKind(data.features);
  const width = numeric.length;
  const copies = data.features.map(({ name, kind }) => ({ name: shuffledName(name), kind }));
  const orderOf = (place: number) => randomOrder(rows, seed, stream * data.features.length + place);
  const values = sharedArray(Float32Array, 2 * rows * width);
  for (let row = 0; row < rows; row++)
    values.set(data.numeric.subarray(row * width, (row + 1) * width), 2 * row * width);
  for (let column = 0; column < width; column++) {
    const order = orderOf(column);
    for (let row = 0; row < rows; row++)
      values[(2 * row + 1) * width + column] = data.numeric[order[row]! * width + column]!;
  }
  const shuffled = data.categorical.map(({ codes, vocabulary }, k) => ({
    vocabulary,
    codes: Int32Array.from(orderOf(width + k), (row) => codes[row]!),
  }));
  return {
    ...data,
    features: [...numeric, ...categorical, ...byKind(copies).numeric, ...byKind(copies).categorical],
    numeric: values,
    categorical: [...data.categorical, ...shuffled],
  };
}
