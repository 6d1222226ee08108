import type { ColumnValue } from "../definitions/language/column.js";
import { UnusableModelError } from "../errors/unusable-model.js";
import type { ModelSignature } from "../registry/model.js";
import type { ServedModel } from "./served-model.js";

export interface KeyedRow {
  key: string;
  row: Record<string, ColumnValue>;
}

/** @throws {UnusableModelError} it cannot be run, or an answer is no probability: names the row and what is empty in it */
export async function scoreChecked(
  model: ServedModel,
  { features }: ModelSignature,
  rows: readonly KeyedRow[],
): Promise<Float32Array> {
  const scores = await model.scoreMany(rows.map(({ row }) => row)).catch((error: Error) => {
    throw new UnusableModelError(
      `onnxruntime cannot run it on ${rows.length} rows: ${error.message.slice(0, 500)}`,
    );
  });
  if (scores.length !== rows.length) {
    throw new UnusableModelError(`it answers ${rows.length} rows with ${scores.length} values`);
  }
  const bad = scores.findIndex((score) => !isProbability(score));
  if (bad < 0) return scores;
  const { key, row } = rows[bad]!;
  const empty = features.map(({ name }) => name).filter((name) => row[name] === null);
  throw new UnusableModelError(
    `it gives ${JSON.stringify(key)} ${scores[bad]}, which is no probability` +
      (empty.length > 0
        ? `; empty there: ${empty.join(", ")}; let the model itself take missing values`
        : ""),
    { key, empty },
  );
}

/** The features without which the model has no answer, each tried alone on a row that is otherwise whole. */
export async function requiredFeatures(
  model: ServedModel,
  { features }: ModelSignature,
  rows: readonly KeyedRow[],
): Promise<Set<string>> {
  const whole = rows.find(({ row }) => features.every(({ name }) => row[name] !== null)) ?? rows[0]!;
  const required = new Set<string>();
  for (const { name } of features) {
    const [score] = await model.scoreBatch([{ ...whole.row, [name]: null }]).catch(() => [Number.NaN]);
    if (!isProbability(score!)) required.add(name);
  }
  return required;
}

const isProbability = (score: number): boolean => score >= 0 && score <= 1;
