import { createHash } from "node:crypto";
import type { FeatureView } from "../definitions/language/deployment.js";

/** Some features and the views that hold them: what is read, and what is answered. */
export interface FeatureSelection {
  /** Equal where the same views are read. */
  readonly key: string;
  /** Those that hold a wanted feature, in the deployment's order. */
  readonly views: readonly FeatureView[];
  /** Of each view the places of its wanted features. */
  readonly places: readonly (readonly number[])[];
}

/** Features that no view declares are in no selection. */
export function selectFeatures(views: readonly FeatureView[], names: Iterable<string>): FeatureSelection {
  const wanted = new Set(names);
  return select(views, (name) => wanted.has(name));
}

export const allFeatures = (views: readonly FeatureView[]): FeatureSelection => select(views, () => true);

function select(all: readonly FeatureView[], isWanted: (feature: string) => boolean): FeatureSelection {
  const views: FeatureView[] = [];
  const places: number[][] = [];
  for (const view of all) {
    const found = view.features.flatMap((name, place) => (isWanted(name) ? [place] : []));
    if (found.length === 0) continue;
    views.push(view);
    places.push(found);
  }
  return { key: viewsKey(views), views, places };
}

/** The same with the features that are retired, which dates before their retirement have. */
export const withRetired = (views: readonly FeatureView[]): FeatureView[] =>
  views.map((view) =>
    view.retired.length === 0
      ? view
      : { ...view, features: [...view.features, ...view.retired], retired: [] },
  );

/** The end of a prepared statement's name: nothing where all views are read, else a short name of these ones. */
export const statementSuffix = (views: readonly FeatureView[], all: readonly FeatureView[]): string =>
  views.length === all.length ? "" : `_${viewsKey(views)}`;

function viewsKey(views: readonly FeatureView[]): string {
  const names = views.map(({ name }) => name).join("\t");
  return createHash("sha256").update(names).digest("hex").slice(0, 12);
}
