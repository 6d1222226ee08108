import type { Background } from "../explain/background.js";
import type { Model } from "../learner.js";
import type { Tree } from "../learners/boosting/tree.js";
import type { LinearModel } from "../learners/logistic/design.js";
import type { Column } from "../matrix.js";

export interface ModelImportance {
  /**
   * gain: summed over the splits on the feature, as shares of all gain. coefficient: standard deviation of the feature's
   * term over the training rows, in log-odds, which for a number is |coefficient| of the standardised value.
   */
  kind: "gain" | "coefficient";
  features: { feature: string; value: number }[];
}

/** What the fitted model itself says of its features: one list per part it has. */
export function modelImportance(model: Model, columns: Column[], background: Background): ModelImportance[] {
  const lists: ModelImportance[] = [];
  const named = (kind: ModelImportance["kind"], values: ArrayLike<number>) =>
    lists.push({ kind, features: columns.map(({ name }, k) => ({ feature: name, value: values[k]! })) });
  const { trees, linear } = model.scoring;
  if (trees.length > 0) named("gain", gainShares(trees, columns.length));
  if (linear) named("coefficient", termDeviations(linear, columns, background));
  return lists;
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
  columns: Column[],
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
