import type { Column } from "./column.js";
import type { FeatureView } from "./feature-view.js";

/** The column that a view's feature is, whatever its values come from: a column of a source, or what is computed of one. */
export const columnOf = ({ source }: Pick<FeatureView, "source">, feature: string): Column =>
  source.columns[feature]!;
