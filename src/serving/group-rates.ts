import type { ColumnValue } from "../definitions/language/column.js";
import type { FairnessMeasure } from "../definitions/language/gates.js";
import type { GroupRate } from "../registry/evidence.js";

/**
 * A rate per group, by name, empty ones last. selection_rate: rows called positive ÷ rows. true_positive_rate: positive
 * rows called positive ÷ positive rows (Hardt, Price and Srebro 2016, equality of opportunity).
 *
 * @param groups, labels, called one per row; labels and called 0 or 1
 */
export function groupRates(
  measure: FairnessMeasure,
  groups: readonly ColumnValue[],
  labels: ArrayLike<number>,
  called: ArrayLike<number>,
): GroupRate[] {
  const counts = new Map<
    string | null,
    { rows: number; positives: number; selected: number; hits: number }
  >();
  groups.forEach((value, row) => {
    const group = value === null ? null : String(value);
    const count = counts.get(group) ?? { rows: 0, positives: 0, selected: 0, hits: 0 };
    count.rows++;
    count.positives += labels[row]!;
    count.selected += called[row]!;
    count.hits += labels[row]! && called[row]! ? 1 : 0;
    counts.set(group, count);
  });
  const byName = [...counts].sort(([a], [b]) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : 1));
  return byName.map(([group, { rows, positives, selected, hits }]) => {
    const rate = measure === "selection_rate" ? selected / rows : positives > 0 ? hits / positives : null;
    return { group, rows, positives, rate, measure };
  });
}
