import {
  type Deployment,
  deployment,
  featureService,
  featureView,
  type Source,
} from "../../src/definitions/language/deployment.js";
import { testing } from "./deployment/testing.js";

/** A deployment, its sources' expectations and what is done with invalid rows replaced by the test's own. */
export function changedSources(
  changes: Record<string, Pick<Source, "expectations" | "onInvalid" | "maxQuarantinedShare">>,
  of: Deployment = testing,
): Deployment {
  const changed = new Map<Source, Source>(
    of.sources.map((each) => [each, { ...each, expectations: [], ...changes[each.name] }]),
  );
  const views = of.views.map(({ name, ...view }) =>
    featureView(name, { ...view, source: changed.get(view.source)! }),
  );
  return deployment({
    ...of,
    entities: of.entities.map(({ entity, source }) => ({ entity, source: changed.get(source)! })),
    sources: [...changed.values()],
    views,
    services: of.services.map(({ name, ...service }) =>
      featureService(name, {
        ...service,
        views,
        label: { ...service.label, source: changed.get(service.label.source)! },
      }),
    ),
  });
}
