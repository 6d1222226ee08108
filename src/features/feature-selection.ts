import { createHash } from "node:crypto";
import type { Deployment, Entity, FeatureView } from "../definitions/language/deployment.js";
import {
  entityOf,
  entityOfModel,
  linksOf,
  type ParentLink,
  viewsOf,
} from "../definitions/language/entities.js";

/** Some features and the views that hold them: what is read, and what is answered. */
export interface FeatureSelection {
  /** Whose keys are asked for. */
  readonly entity: Entity;
  /** Equal where the same views are read for keys of the same entity. */
  readonly key: string;
  /** Those that hold a wanted feature, in the deployment's order. */
  readonly views: readonly FeatureView[];
  /** Of each view the places of its wanted features. */
  readonly places: readonly (readonly number[])[];
  /** The views by what they are about: first the entity, then those it belongs to, as far as one is read. */
  readonly levels: readonly SelectionLevel[];
  /** What is read instead as of a date; absent: the same. */
  readonly dated?: FeatureSelection;
}

/** The views of one entity, as one read. */
export interface SelectionLevel {
  /** From the level before it; null: it is the asked entity's own. */
  readonly link: ParentLink | null;
  readonly views: readonly FeatureView[];
  /** Their places among the selection's views. */
  readonly at: readonly number[];
}

/**
 * Features that none of the views declares are in no selection.
 * @param views of the entity, and of those it belongs to
 */
export function selectFeatures(
  deployment: Pick<Deployment, "entities">,
  entity: Entity,
  views: readonly FeatureView[],
  names: Iterable<string>,
): FeatureSelection {
  const wanted = new Set(names);
  return select(deployment, entity, views, (name) => wanted.has(name));
}

/** Of these features those that the model's entity has. */
export function selectForModel(
  deployment: Deployment,
  model: string,
  names: Iterable<string>,
): FeatureSelection {
  const entity = entityOfModel(deployment, model);
  return selectFeatures(deployment, entity, viewsOf(deployment, entity), names);
}

export const allFeatures = (
  deployment: Pick<Deployment, "entities">,
  entity: Entity,
  views: readonly FeatureView[],
): FeatureSelection => select(deployment, entity, views, () => true);

const everything = new WeakMap<Deployment, Map<string, FeatureSelection>>();

/** Every feature that an entity has, its own and those of the entities it belongs to; as of a date what is retired, too. */
export function everyFeature(deployment: Deployment, entity: Entity): FeatureSelection {
  const known = everything.get(deployment) ?? new Map<string, FeatureSelection>();
  everything.set(deployment, known);
  let selection = known.get(entity.name);
  if (!selection) {
    const views = viewsOf(deployment, entity);
    const dated = allFeatures(deployment, entity, withRetired(views));
    selection = { ...allFeatures(deployment, entity, views), dated };
    known.set(entity.name, selection);
  }
  return selection;
}

function select(
  deployment: Pick<Deployment, "entities">,
  entity: Entity,
  all: readonly FeatureView[],
  isWanted: (feature: string) => boolean,
): FeatureSelection {
  const views: FeatureView[] = [];
  const places: number[][] = [];
  for (const view of all) {
    const found = view.features.flatMap((name, place) => (isWanted(name) ? [place] : []));
    if (found.length === 0) continue;
    views.push(view);
    places.push(found);
  }
  const levels = levelsOf(deployment, entity, views);
  return { entity, key: `${entity.name} ${viewsKey(views)}`, views, places, levels };
}

function levelsOf(
  deployment: Pick<Deployment, "entities">,
  entity: Entity,
  views: readonly FeatureView[],
): SelectionLevel[] {
  const owners = views.map(({ source }) => entityOf(deployment, source).name);
  const links = [null, ...linksOf(deployment, entity)];
  const levels = links.map((link): SelectionLevel => {
    const name = link ? link.to.entity.name : entity.name;
    const at = owners.flatMap((owner, place) => (owner === name ? [place] : []));
    return { link, views: at.map((place) => views[place]!), at };
  });
  const last = levels.findLastIndex(({ at }) => at.length > 0);
  return levels.slice(0, last + 1);
}

/** The same with the features that are retired, which dates before their retirement have. */
export const withRetired = (views: readonly FeatureView[]): FeatureView[] =>
  views.map((view) =>
    view.retired.length === 0
      ? view
      : { ...view, features: [...view.features, ...view.retired], retired: [] },
  );

/** The end of a prepared statement's name: nothing where all views are read, else a short name of these ones. */
export const statementSuffix = (
  views: readonly { readonly name: string }[],
  all: readonly FeatureView[],
): string => (views.length === all.length ? "" : `_${viewsKey(views)}`);

function viewsKey(views: readonly { readonly name: string }[]): string {
  const names = views.map(({ name }) => name).join("\t");
  return createHash("sha256").update(names).digest("hex").slice(0, 12);
}
