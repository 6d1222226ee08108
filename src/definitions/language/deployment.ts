import { createHash } from "node:crypto";
import { checkAlerts } from "./alerts.js";
import { isCadence } from "./cadence.js";
import { checkEntities } from "./checks/check-entities.js";
import { checkEvolution } from "./checks/check-evolution.js";
import { checkNames } from "./checks/check-names.js";
import { checkPersonal } from "./checks/check-personal.js";
import { checkEventRetention, checkRetention } from "./checks/check-retention.js";
import { checkService } from "./checks/check-service.js";
import { checkSource } from "./checks/check-source.js";
import { checkViews } from "./checks/check-views.js";
import { collectContradictions } from "./contradictions.js";
import { type Deployment, type DeploymentParts, entitiesOf } from "./deployment-parts.js";
import type { FeatureService } from "./feature-service.js";
import type { Source } from "./source.js";
import type { EventRetention } from "./windows/event-source.js";

// What a deployment is made of.
export type { AlertRule } from "./alerts.js";
export type { DeclaredEntity, Deployment, DeploymentParts, Retention } from "./deployment-parts.js";
export { type Entity, entity } from "./entity.js";
export { type FeatureService, featureService, labelTypeOf, taskOfService } from "./feature-service.js";
export {
  type Feature,
  type FeatureView,
  featuresOf,
  featureView,
  retiredFeaturesOf,
} from "./feature-view.js";
export { camelCase } from "./names.js";
export { type Source, source } from "./source.js";

/**
 * Checks the parts against each other and returns them as one deployment.
 * @throws {DefinitionError} definitions contradict themselves or each other; the message names every one
 */
export function deployment({
  name = "default",
  retiredViews = [],
  retiredSources = [],
  entity,
  entitySource,
  entities,
  ...declared
}: DeploymentParts): Deployment {
  const declaredEntities = entitiesOf({ entity, entitySource, entities } as DeploymentParts);
  const parts: Deployment = { entities: declaredEntities, ...declared, name, retiredViews, retiredSources };
  const { sources, services, retention, alerts = [] } = parts;
  collectContradictions((refuse) => {
    if (entity && entities) refuse("name either entity and entitySource, or entities");
    const nameless = declaredEntities.filter((each) => !each.entity);
    for (const { source } of nameless)
      refuse(`source ${source.name}: it is listed in entities; say of which one, as in of: customer`);
    if (nameless.length > 0) return;
    checkEntities(parts, refuse);
    if (declaredEntities.length === 0) return;
    checkNames(parts, refuse);
    for (const source of sources) checkSource(parts, source, refuse);
    checkViews(parts, refuse);
    for (const source of sources) checkEventRetention(parts, source, refuse);
    checkEvolution(parts, refuse);
    for (const service of services) checkService(parts, service, refuse);
    checkPersonal(parts, refuse);
    if (retention) checkRetention(retention, refuse);
    checkAlerts(alerts, refuse);
  });
  return parts;
}

/** The sources whose labels some service learns, once each. */
export function labelSources(deployment: Deployment): Source[] {
  return [...new Set(deployment.services.map((service) => service.label.source))];
}

/** The service of that name, which is its model's. */
export function findService(deployment: Deployment, name: string): FeatureService | undefined {
  return deployment.services.find((service) => service.name === name);
}

/** SHA-256 of what is declared of the data: two equal ones derive the same tables, checks and snapshots. */
export function deploymentSha256(deployment: Deployment): string {
  const {
    name: _,
    migrations: __,
    retention: ___,
    alerts: ____,
    services,
    entities,
    ...declared
  } = deployment;
  const [only, ...others] = entities;
  // As it was before there could be several.
  const subject =
    only && others.length === 0 ? { entity: only.entity, entitySource: only.source } : { entities };
  const learnt = services.map(({ gates: _, ...service }) => service);
  return createHash("sha256")
    .update(JSON.stringify({ ...subject, ...declared, services: learnt }, withoutDefaults))
    .digest("hex");
}

/** What says nothing where it is left out does not count: 0.1.0 knew none of it. */
function withoutDefaults(key: string, value: unknown): unknown {
  if (key === "version" && value === 1) return undefined;
  // Where data comes from says nothing of what it is. (A column's `from` is a text: the header that it is read from.)
  if (key === "from" && typeof value === "object") return undefined;
  // Who may see a value says nothing of what it is.
  if (key === "personal") return undefined;
  // How regularly a source comes says nothing of what it holds.
  if (key === "delivered" && isCadence(value)) return undefined;
  // How long events are kept says nothing of them. (A column of this name has a type.)
  if (key === "retention" && typeof (value as Partial<EventRetention> | null)?.keepDays === "number")
    return undefined;
  const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  return isEmpty && ["retired", "renamed", "retiredViews", "retiredSources"].includes(key)
    ? undefined
    : value;
}
