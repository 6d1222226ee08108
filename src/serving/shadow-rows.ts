import type { ColumnValue } from "../definitions/language/column.js";
import type { FeatureView } from "../definitions/language/deployment.js";
import { selectFeatures } from "../features/feature-selection.js";
import type { FeatureStore } from "../features/feature-store.js";
import type { ModelSignature } from "../registry/model.js";

type Row = Readonly<Record<string, ColumnValue>>;

/** An answered request: whom it was about, and the values that its version was given. */
interface Answered {
  userId: string;
  features: Row;
}

/**
 * What a shadow is given of the same requests: the served values, and from the online store those features that only
 * the shadow takes. Null where one of them cannot be served: the shadow would not have answered either.
 */
export async function shadowRows(
  features: Pick<FeatureStore, "read">,
  views: readonly FeatureView[],
  signature: ModelSignature,
  answered: readonly Answered[],
): Promise<(Row | null)[]> {
  const lacking = new Set<string>();
  for (const { features: served } of answered) {
    for (const { name } of signature.features) if (!Object.hasOwn(served, name)) lacking.add(name);
  }
  const more =
    lacking.size > 0
      ? await features.read(
          answered.map(({ userId }) => ({ userId })),
          selectFeatures(views, lacking),
        )
      : [];
  return answered.map(({ features: served }, index) => {
    const row: Record<string, ColumnValue> = {};
    const found = new Map(more[index]?.statuses.map(({ name, status }) => [name, status]));
    for (const { name, required } of signature.features) {
      const isServed = Object.hasOwn(served, name);
      const value = (isServed ? served[name] : more[index]?.values[name]) ?? null;
      const isEmpty = isServed || found.get(name) === "NULL_VALUE";
      if (value === null && (required || !isEmpty)) return null;
      row[name] = value;
    }
    return row;
  });
}
