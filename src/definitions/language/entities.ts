import type { DeclaredEntity, Deployment } from "./deployment-parts.js";
import type { Entity } from "./entity.js";
import type { FeatureService } from "./feature-service.js";
import type { FeatureView } from "./feature-view.js";
import type { Source } from "./source.js";

/** Of a row of one entity, which row of the entity it belongs to: a column of the entity's source has that one's key. */
export interface ParentLink {
  readonly from: DeclaredEntity;
  readonly to: DeclaredEntity;
  /** The column of `from`'s source. */
  readonly column: string;
}

type Entities = Pick<Deployment, "entities">;

/** What the rows of a source are about. One that does not say is about the only entity. */
export function entityOf({ entities }: Entities, { of }: Pick<Source, "of">): Entity {
  return of ?? entities[0]!.entity;
}

/** The key's column in every table of the source, and in those of the views on it. */
export const keyOf = (deployment: Entities, source: Pick<Source, "of">): string =>
  entityOf(deployment, source).key;

/** The key's column of a snapshot's part, `<source>` or `<view>:pushes`; of one that is declared no longer the first entity's. */
export function keyOfPart(
  { entities, sources, views }: Pick<Deployment, "entities" | "sources" | "views">,
  part: string,
): string {
  const view = views.find(({ name, source }) => part === `${name}:pushes` || part === source.name);
  const source = view?.source ?? sources.find(({ name }) => name === part);
  return keyOf({ entities }, source ?? {});
}

/** What a service's model answers about: the entity its label is of, unless it names one. */
export const entityOfService = (
  deployment: Entities,
  { entity, label }: Pick<FeatureService, "entity" | "label">,
): Entity => entity ?? entityOf(deployment, label.source);

/** @throws {Error} none of the deployment: its definitions were not checked */
export function declaredEntity({ entities }: Entities, { name }: Pick<Entity, "name">): DeclaredEntity {
  const found = entities.find(({ entity }) => entity.name === name);
  if (!found) throw new Error(`no entity ${name} in the deployment`);
  return found;
}

export const entitySourceOf = (deployment: Entities, entity: Pick<Entity, "name">): Source =>
  declaredEntity(deployment, entity).source;

/** Whether the source has the row of each of its entity. */
export const isEntitySource = ({ entities }: Entities, source: Source): boolean =>
  entities.some((each) => each.source === source);

/**
 * What is meant where nothing says of which entity: that of the first service, whose model is the default one, else the
 * first that is declared.
 */
export function defaultEntityOf(deployment: Pick<Deployment, "entities" | "services">): Entity {
  const [service] = deployment.services;
  return service ? entityOfService(deployment, service) : deployment.entities[0]!.entity;
}

/** Of the source that has the row of each of an entity which belongs to another one. */
export const parentLinkOf = (deployment: Entities, source: Source): ParentLink | null =>
  isEntitySource(deployment, source) ? (linksOf(deployment, entityOf(deployment, source))[0] ?? null) : null;

/** Whose keys a model answers. Of one that no service declares any more nothing can be answered: it does not matter. */
export function entityOfModel(deployment: Pick<Deployment, "entities" | "services">, model: string): Entity {
  const service = deployment.services.find(({ name }) => name === model);
  return service ? entityOfService(deployment, service) : defaultEntityOf(deployment);
}

/** From an entity to the one it belongs to, from that one on, and so forth to the last. */
export function linksOf({ entities }: Entities, { name }: Pick<Entity, "name">): ParentLink[] {
  const links: ParentLink[] = [];
  const find = (wanted: string) => entities.find(({ entity }) => entity.name === wanted);
  let from = find(name);
  // Definitions are asked before they are checked: what belongs to itself has an end, too.
  while (from?.entity.belongsTo && links.length < entities.length) {
    const to = find(from.entity.belongsTo.name);
    if (!to) break;
    links.push({ from, to, column: to.entity.key });
    from = to;
  }
  return links;
}

/**
 * From an entity to one it belongs to, directly or by others: no link where it is the same one.
 * @returns null: it does not belong to it
 */
export function pathTo(
  deployment: Entities,
  from: Pick<Entity, "name">,
  to: Pick<Entity, "name">,
): readonly ParentLink[] | null {
  const links = linksOf(deployment, from);
  const end = [from, ...links.map((link) => link.to.entity)].findIndex(({ name }) => name === to.name);
  return end < 0 ? null : links.slice(0, end);
}

/** The views that a row of the entity has values of: its own, and those of the entities it belongs to. */
export const viewsOf = (
  deployment: Pick<Deployment, "entities" | "views">,
  entity: Pick<Entity, "name">,
): FeatureView[] =>
  deployment.views.filter(({ source }) => pathTo(deployment, entity, entityOf(deployment, source)) !== null);
