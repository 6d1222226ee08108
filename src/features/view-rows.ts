import { quote } from "../db/pool.js";
import type { ColumnValue } from "../definitions/language/column.js";
import type { FeatureView } from "../definitions/language/deployment.js";

type Features = Pick<FeatureView, "features">;

/** What a store found of one view for one user; the place in a list says which view. */
export interface ViewRow {
  eventTime: string;
  /** In the view's feature order. */
  values: ColumnValue[];
  /** By place: what the snapshot that the row comes from was made without. Absent where that is nothing. */
  undeclared?: readonly boolean[];
}

/** A row of a snapshot, with the id of the one that owns it; null of one that was pushed. */
export interface OfflineRow extends ViewRow {
  ownerId: number | null;
}

/** The owner of no row: every snapshot of its time was made without the view's source. */
export const NO_PART = -1;

/** SQL: per view, aliased v0, v1, …, its as_of and its features, as `viewRowsOf` expects them. */
export function viewRowColumns(views: readonly Features[]): string {
  return views
    .flatMap((view, index) => ["as_of", ...view.features].map((column) => `v${index}.${quote(column)}`))
    .join(", ");
}

/** Cuts one result row (array mode) into the views' rows; null where a view has none. */
export function viewRowsOf(row: readonly unknown[], views: readonly Features[]): (ViewRow | null)[] {
  let offset = 0;
  return views.map((view) => {
    const eventTime = row[offset] as string | null;
    const values = row.slice(offset + 1, offset + 1 + view.features.length) as ColumnValue[];
    offset += 1 + view.features.length;
    return eventTime === null ? null : { eventTime, values };
  });
}

/** SQL: per view, aliased v0, v1, …, its _owner, its as_of and its features by their places, as `offlineRowsOf` expects them. */
export function offlineRowColumns(views: readonly Features[]): string {
  return views
    .flatMap((view, index) =>
      ["_owner", "as_of", ...view.features.map((_, i) => `_f${i}`)].map((column) => `v${index}.${column}`),
    )
    .join(", ");
}

/**
 * Cuts one result row (array mode) into the views' rows; null where a view has none, `NO_PART` where it had no part.
 * @param from the place of the first view's first column
 */
export function offlineRowsOf(
  row: readonly unknown[],
  views: readonly Features[],
  from = 0,
): (OfflineRow | typeof NO_PART | null)[] {
  let offset = from;
  return views.map((view) => {
    const ownerId = row[offset] as number | null;
    const eventTime = row[offset + 1] as string | null;
    const values = row.slice(offset + 2, offset + 2 + view.features.length) as ColumnValue[];
    offset += 2 + view.features.length;
    if (eventTime !== null) return { ownerId, eventTime, values };
    return ownerId === NO_PART ? NO_PART : null;
  });
}
