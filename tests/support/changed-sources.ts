import {
  type Deployment,
  deployment,
  featureService,
  featureView,
  type Source,
} from "../../src/definitions/language/deployment.js";
import { testing } from "./deployment/testing.js";

/** the test deployment, their sources' expectations and what is done with invalid rows replaced by the test's own. */
export function changedSources(
  changes: Record<string, Pick<Source, "expectations" | "onInvalid" | "maxQuarantinedShare">>,
): Deployment {
  const changed = new Map<Source, Source>(
    testing.sources.map((each) => [each, { ...each, expectations: [], ...changes[each.name] }]),
  );
  const views = testing.views.map(({ name, ...view }) =>
    featureView(name, { ...view, source: changed.get(view.source)! }),
  );
  return deployment({
    ...testing,
    entitySource: changed.get(testing.entitySource)!,
    sources: [...changed.values()],
    views,
    services: testing.services.map(({ name, ...service }) =>
      featureService(name, {
        ...service,
        views,
        label: { ...service.label, source: changed.get(service.label.source)! },
      }),
    ),
  });
}
