import { definitions as shipped } from "../../src/definitions/index.js";
import {
  type Deployment,
  deployment,
  featureService,
  featureView,
  type Source,
} from "../../src/definitions/language/deployment.js";

/** The shipped definitions, their sources' expectations and what is done with invalid rows replaced by the test's own. */
export function changedSources(
  changes: Record<string, Pick<Source, "expectations" | "onInvalid" | "maxQuarantinedShare">>,
): Deployment {
  const changed = new Map<Source, Source>(
    shipped.sources.map((each) => [each, { ...each, expectations: [], ...changes[each.name] }]),
  );
  const views = shipped.views.map(({ name, ...view }) =>
    featureView(name, { ...view, source: changed.get(view.source)! }),
  );
  return deployment({
    ...shipped,
    entitySource: changed.get(shipped.entitySource)!,
    sources: [...changed.values()],
    views,
    services: shipped.services.map(({ name, ...service }) =>
      featureService(name, {
        ...service,
        views,
        label: { ...service.label, source: changed.get(service.label.source)! },
      }),
    ),
  });
}
