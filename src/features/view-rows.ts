import { quote } from "../db/pool.js";
import type { ColumnValue } from "../definitions/language/column.js";
import type { FeatureView } from "../definitions/language/deployment.js";

/** What a store found of one view for one user; the place in a list says which view. */
export interface ViewRow {
  eventTime: string;
  /** In the view's feature order. */
  values: ColumnValue[];
}

/** SQL: per view, aliased v0, v1, …, its as_of and its features, as `viewRowsOf` expects them. */
export function viewRowColumns(views: readonly FeatureView[]): string {
  return views
    .flatMap((view, index) => ["as_of", ...view.features].map((column) => `v${index}.${quote(column)}`))
    .join(", ");
}

/** Cuts one result row (array mode) into the views' rows; null where a view has none. */
export function viewRowsOf(row: readonly unknown[], views: readonly FeatureView[]): (ViewRow | null)[] {
  let offset = 0;
  return views.map((view) => {
    const eventTime = row[offset] as string | null;
    const values = row.slice(offset + 1, offset + 1 + view.features.length) as ColumnValue[];
    offset += 1 + view.features.length;
    return eventTime === null ? null : { eventTime, values };
  });
}
