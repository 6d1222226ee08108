import type { ColumnValue } from "../definitions/language/column.js";
import type { FeatureSelection } from "../features/feature-selection.js";
import type { FeatureStore } from "../features/feature-store.js";
import type { ModelSignature } from "../registry/model.js";
import type { FeaturePlan, ServedFeatures } from "./feature-plan.js";
import type { Values } from "./given-values.js";
import { missingFeatures } from "./missing-features.js";

type Row = Readonly<Record<string, ColumnValue>>;

/** An answered request: whom it was about, what its version was given, and what the request brought. */
export interface Answered {
  key: string | null;
  served: ServedFeatures;
  request: Values | null;
}

/**
 * What a shadow is given of the same requests: the served values, and from the online store those features that only
 * the shadow takes. Null where one of them cannot be served: the shadow would not have answered either.
 */
export async function shadowRows(
  features: Pick<FeatureStore, "read">,
  select: (names: Iterable<string>) => FeatureSelection,
  { plan, signature }: { plan: FeaturePlan; signature: ModelSignature },
  answered: readonly Answered[],
): Promise<(Row | null)[]> {
  const lacking = new Set<string>();
  for (const { served } of answered) {
    for (const name of plan.stored) if (!Object.hasOwn(served.values, name)) lacking.add(name);
  }
  const asked = lacking.size > 0 ? answered.flatMap(({ key }) => (key === null ? [] : [{ key }])) : [];
  const found = asked.length > 0 ? await features.read(asked, select(lacking)) : [];
  let next = 0;
  return answered.map(({ key, served, request }) => {
    const more = key !== null && found.length > 0 ? found[next++]! : { values: {}, statuses: [] };
    const whole = plan.complete(
      {
        asOf: served.asOf,
        values: { ...more.values, ...served.values },
        statuses: [
          ...more.statuses.filter(({ name }) => !Object.hasOwn(served.values, name)),
          ...served.statuses,
        ],
      },
      request ?? {},
    );
    if (missingFeatures(whole, signature).length > 0) return null;
    return Object.fromEntries(signature.features.map(({ name }) => [name, whole.values[name]!]));
  });
}
