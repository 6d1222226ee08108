import type { Deployment } from "./deployment-parts.js";
import { isEntitySource } from "./entities.js";
import type { Source } from "./source.js";
import { stateSources } from "./windows/sources-of.js";

/**
 * What a snapshot carries on where its delivery lacks it. Labels are facts of their own date: a source that is read for its labels
 * alone is in the snapshots of the dates that it was delivered for, and in no other.
 */
export function carriedSources(deployment: Deployment): Source[] {
  const { views, services } = deployment;
  const labels = new Set(services.map(({ label }) => label.source));
  const served = new Set(views.map(({ source }) => source));
  return stateSources(deployment).filter(
    (source) => isEntitySource(deployment, source) || served.has(source) || !labels.has(source),
  );
}
