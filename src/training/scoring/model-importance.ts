import type { Background } from "../explain/background.js";
import type { ModelImportance } from "../learner.js";
import type { Tree } from "../learners/boosting/tree.js";
import type { LinearModel } from "../learners/logistic/design.js";
import type { MatrixColumn } from "../matrix.js";
import type { ClassesScoring, Scoring } from "./scoring.js";

/** What trees and linear terms say of the features: one list for each of the two that a model has. */
export function modelImportance(
  { trees, linear }: Scoring,
  columns: MatrixColumn[],
  background: Background,
): ModelImportance[] {
  const lists: ModelImportance[] = [];
  const named = (kind: ModelImportance["kind"], values: ArrayLike<number>) =>
    lists.push({ kind, features: byFeature(columns, values) });
  if (trees.length > 0) named("gain", gainShares(trees, columns.length));
  if (linear) named("coefficient", termDeviations(linear, columns, background));
  return lists;
}

/** Of several classes: gains of all their trees, and of linear terms the mean over the classes. */
export function classesImportance(
  { each }: ClassesScoring,
  columns: MatrixColumn[],
  background: Background,
): ModelImportance[] {
  const trees = each.flatMap((one) => one.trees);
  const lists = modelImportance({ ...each[0]!, linear: null, trees }, columns, background);
  const terms = each.flatMap((one) => modelImportance({ ...one, trees: [] }, columns, background));
  if (terms.length === 0) return lists;
  const features = terms[0]!.features.map(({ feature }, k) => ({
    feature,
    value: terms.reduce((sum, of) => sum + of.features[k]!.value, 0) / terms.length,
  }));
  return [...lists, { kind: "coefficient", features }];
}

/** A feature that is encoded as several numbers has the sum of theirs. */
function byFeature(columns: MatrixColumn[], values: ArrayLike<number>): ModelImportance["features"] {
  const sums = new Map<string, number>();
  for (const [k, { name }] of columns.entries()) sums.set(name, (sums.get(name) ?? 0) + values[k]!);
  return Array.from(sums, ([feature, value]) => ({ feature, value }));
}

function gainShares(trees: readonly Tree[], columns: number): Float64Array {
  const gains = new Float64Array(columns);
  for (const { mode, column, gain } of trees) {
    for (let node = 0; node < mode.length; node++) if (gain[node]! > 0) gains[column[node]!]! += gain[node]!;
  }
  const total = gains.reduce((sum, gain) => sum + gain, 0);
  return total > 0 ? gains.map((gain) => gain / total) : gains;
}

function termDeviations(
  { design, weights }: LinearModel,
  columns: MatrixColumn[],
  background: Background,
): Float64Array {
  return Float64Array.from(design.codings, (coding, column) => {
    if (coding.kind === "numeric") return coding.scale === 0 ? 0 : Math.abs(weights[coding.at]!);
    const shares = background[columns[column]!.name]?.categories ?? [];
    // Missing and unknown categories have the weight 0.
    const mean = shares.reduce((sum, share, code) => sum + share * weights[coding.at + code]!, 0);
    const squares = shares.reduce((sum, share, code) => sum + share * weights[coding.at + code]! ** 2, 0);
    return Math.sqrt(Math.max(0, squares - mean * mean));
  });
}
