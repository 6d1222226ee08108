import type { Deployment, FeatureService } from "../definitions/language/deployment.js";
import { entityOf, entityOfService, pathTo } from "../definitions/language/entities.js";
import { computedSources } from "../definitions/language/windows/sources-of.js";
import type { SourcePath } from "./offline/offline-engine.js";
import { type DeclaredColumn, featureSources, weightSources } from "./pinned-columns.js";

/** A source that is declared no longer is taken to be about the service's entity. */
export function sourcePath(deployment: Deployment, service: FeatureService, name: string): SourcePath {
  const subject = entityOfService(deployment, service);
  const { sources } = deployment;
  const source = [...sources, ...computedSources(deployment)].find((each) => each.name === name);
  const entity = source ? entityOf(deployment, source) : subject;
  return { links: pathTo(deployment, subject, entity) ?? [], key: entity.key };
}

/** What a service's features need of a snapshot beside them: the columns by which rows belong to others. */
export function linkColumns(deployment: Deployment, service: FeatureService): DeclaredColumn[] {
  const links = [...featureSources(service), ...weightSources(service)].flatMap(
    (source) => sourcePath(deployment, service, source).links,
  );
  return [...new Set(links)].map(({ from, column }) => ({ name: column, source: from.source.name }));
}

/** The sources that a training of the service reads of the snapshot of its features. */
export const readSources = (deployment: Deployment, service: FeatureService): string[] => [
  ...new Set([
    ...featureSources(service),
    ...weightSources(service),
    ...linkColumns(deployment, service).map(({ source }) => source),
  ]),
];
