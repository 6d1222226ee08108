import { about, type Refuse } from "../contradictions.js";
import type { Deployment } from "../deployment-parts.js";
import type { FeatureView } from "../feature-view.js";
import { checkFields } from "../names.js";
import { isEventSource } from "../windows/event-source.js";
import { deliveredSourceOf } from "../windows/sources-of.js";
import { checkWindows } from "../windows/window-columns.js";

export function checkViews({ sources, views }: Deployment, report: Refuse): void {
  const seen = new Map<string, string>();
  for (const view of views) {
    const { name, source, features } = view;
    const refuse = about(`view ${name}`, report);
    const delivered = deliveredSourceOf(view);
    if (!sources.includes(delivered)) refuse(`its source ${delivered.name} is not listed in sources`);
    if (source.computedFrom) checkWindows(source.computedFrom, refuse);
    else if (isEventSource(source))
      refuse(
        `source ${source.name} has many rows an entity, so that no column of it is a feature; compute them: features: { … : last("${features[0]}") }`,
      );
    if (features.length === 0) refuse("it has no features");
    checkAges(view, refuse);
    for (const feature of features) {
      if (!Object.hasOwn(source.columns, feature)) refuse(`source ${source.name} has no column ${feature}`);
      const other = seen.get(feature);
      if (other === name) refuse(`feature ${feature} is in it twice`);
      else if (other) report(`feature ${feature} is in two views: ${other} and ${name}`);
      seen.set(feature, name);
    }
  }
  checkFields("views", [...seen.keys()], report);
}

function checkAges({ ttlDays, warnAtTtlShare }: FeatureView, refuse: Refuse): void {
  if (ttlDays !== undefined && !(ttlDays > 0)) refuse(`ttlDays ${ttlDays} must be above 0`);
  if (warnAtTtlShare === undefined) return;
  if (ttlDays === undefined) refuse("warnAtTtlShare needs ttlDays");
  if (!(warnAtTtlShare > 0 && warnAtTtlShare <= 1))
    refuse(`warnAtTtlShare ${warnAtTtlShare} must be above 0 and at most 1`);
}
