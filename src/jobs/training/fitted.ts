import type { ColumnType } from "../../definitions/language/column.js";
import { expressionText } from "../../definitions/language/expression/operations.js";
import { computedOf } from "../../definitions/language/service-features.js";
import { isPinnedDerived } from "../../features/derived-columns.js";
import type { TrainingColumns } from "../../features/training-rows.js";
import type { ModelSignature } from "../../registry/model.js";
import type { Labels } from "../../training/tasks/labels.js";
import type { TrainingData, TrainResult } from "../../training/types.js";

/** A training table as it was read, and the SHA-256 of all of it. */
export interface ReadTable {
  /** What a model of it answers. */
  task: string;
  data: TrainingData<Labels>;
  sha256: string;
  /** Of each feature's column. */
  types: Readonly<Record<string, ColumnType>>;
  /** Where they were read from, in the snapshots' own names. */
  columns: TrainingColumns;
  /** Of a panel: those of each date, the oldest first; `columns` are the newest date's. */
  columnsByDate?: TrainingColumns[];
}

/** The summary of a fitted model; its bytes are stored as an artifact. */
export interface FittedSummary {
  sha256: string;
  bytes: number;
  /** Null of tasks without one. */
  threshold: number | null;
  signature: ModelSignature;
  metrics: Record<string, number>;
  curve: { name: string; step: number; value: number }[];
  dataSha256: string;
  /** Over the held-out keys. */
  splitSha256: string;
  columns: TrainingColumns;
  columnsByDate?: TrainingColumns[];
}

export function describe(
  { sha256: dataSha256, types, columns, columnsByDate }: ReadTable,
  result: TrainResult,
): FittedSummary {
  const { sha256, onnx, threshold, metrics } = result;
  // A series of its own: the last value of `log_loss` is the one on held-out rows.
  const curve = result.curve.map((point) => ({ ...point, name: `validation_curve_${point.name}` }));
  const expressions = expressionsOf(columns);
  const features = result.features.map((feature) => ({
    ...feature,
    type: types[feature.name]!,
    ...(expressions.has(feature.name) && { expression: expressions.get(feature.name)! }),
  }));
  const signature = { ...result.signature, features };
  const splitSha256 = result.heldOut.sha256;
  return {
    sha256,
    bytes: onnx.byteLength,
    threshold,
    signature,
    metrics,
    curve,
    dataSha256,
    splitSha256,
    columns,
    ...(columnsByDate && { columnsByDate }),
  };
}

/** Of what is computed, by name: a model is read by what it learnt. */
const expressionsOf = ({ features }: TrainingColumns): Map<string, string> =>
  new Map(
    features.flatMap((feature) => {
      if (isPinnedDerived(feature))
        return [[feature.name, computedOf(expressionText(feature.expression), feature.inputs)]];
      return feature.window ? [[feature.name, feature.window]] : [];
    }),
  );
