import { createHash } from "node:crypto";
import type { Column } from "./column.js";

/** What rows are about: every source, view and prediction is keyed by it. */
export interface Entity {
  readonly name: string;
  /** The key's column in every file, table and JSON body. */
  readonly key: string;
  readonly description?: string;
}

/** One CSV file a month (`<name>.csv`) and one live table of the same name. */
export interface Source {
  readonly name: string;
  readonly columns: Readonly<Record<string, Column>>;
  readonly description?: string;
}

/** Features of one source that are snapshotted, materialized and served together. */
export interface FeatureView {
  readonly name: string;
  readonly source: Source;
  /** Columns of the source, in serving order. */
  readonly features: readonly string[];
  /** Values older than this are never served; absent: they do not expire. */
  readonly ttlDays?: number;
  readonly description?: string;
}

/** What promotion to Production asks of a version. */
export interface Gates {
  /** Held-out AUC below this is refused. */
  readonly minAuc: number;
  /** How much worse than Production's AUC, on the candidate's own held-out rows, is accepted. */
  readonly maxAucLoss: number;
}

/** The features one model is trained on and served with, and the label it learns. Its name is the model's. */
export interface FeatureService {
  readonly name: string;
  readonly views: readonly FeatureView[];
  readonly label: { readonly source: Source; readonly column: string };
  readonly gates: Gates;
  readonly description?: string;
}

export interface Deployment {
  readonly entity: Entity;
  /** The source that has one row for every entity; all other sources' keys must be known to it. */
  readonly entitySource: Source;
  readonly sources: readonly Source[];
  readonly views: readonly FeatureView[];
  readonly services: readonly FeatureService[];
}

/** One feature with what is derived from its view and column. */
export interface Feature {
  readonly name: string;
  /** GraphQL's name: `watch_hours_30d` -> `watchHours30d`. */
  readonly field: string;
  readonly column: Column;
  readonly view: FeatureView;
}

export const entity = (name: string, options: Omit<Entity, "name">): Entity => ({ name, ...options });
export const source = (name: string, options: Omit<Source, "name">): Source => ({ name, ...options });
export const featureView = (name: string, options: Omit<FeatureView, "name">): FeatureView => ({
  name,
  ...options,
});
export const featureService = (name: string, options: Omit<FeatureService, "name">): FeatureService => ({
  name,
  ...options,
});

/**
 * Checks the parts against each other and returns them as one deployment.
 * @throws {Error} a definition contradicts itself; the message names it
 */
export function deployment(parts: Deployment): Deployment {
  const identifier = /^[a-z][a-z0-9_]{0,40}$/;
  const names = [...parts.sources, ...parts.views, ...parts.services].map((part) => part.name);
  for (const name of [parts.entity.key, ...names]) {
    if (!identifier.test(name)) throw new Error(`definition ${JSON.stringify(name)}: use lower_snake_case`);
  }
  for (const source of parts.sources) {
    for (const column of Object.keys(source.columns)) {
      if (!identifier.test(column)) {
        throw new Error(`source ${source.name}: column ${JSON.stringify(column)}: use lower_snake_case`);
      }
    }
  }
  const seen = new Map<string, string>();
  for (const view of parts.views) {
    if (!parts.sources.includes(view.source)) throw new Error(`view ${view.name}: its source is not listed`);
    for (const feature of view.features) {
      if (!view.source.columns[feature]) {
        throw new Error(`view ${view.name}: source ${view.source.name} has no column ${feature}`);
      }
      const other = seen.get(feature);
      if (other) throw new Error(`feature ${feature} is in two views: ${other} and ${view.name}`);
      seen.set(feature, view.name);
    }
  }
  for (const service of parts.services) {
    const label = service.label.source.columns[service.label.column];
    for (const { name, column } of featuresOf(service.views)) {
      if (column.type === "date") {
        throw new Error(
          `service ${service.name}: feature ${name} is a date; models take numbers, booleans and strings`,
        );
      }
    }
    if (label?.type !== "bool") throw new Error(`service ${service.name}: its label must be a bool column`);
  }
  return parts;
}

export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Every feature of the views, in declaration order. */
export function featuresOf(views: readonly FeatureView[]): Feature[] {
  return views.flatMap((view) =>
    view.features.map((name) => ({ name, field: camelCase(name), column: view.source.columns[name]!, view })),
  );
}

/** The sources whose labels some service learns, once each. */
export function labelSources(deployment: Deployment): Source[] {
  return [...new Set(deployment.services.map((service) => service.label.source))];
}

/**
 * @throws {Error} no such service
 */
export function findService(deployment: Deployment, name: string): FeatureService | undefined {
  return deployment.services.find((service) => service.name === name);
}

/** SHA-256 of everything declared: two equal ones derive the same tables, checks and snapshots. */
export function deploymentSha256(deployment: Deployment): string {
  return createHash("sha256").update(JSON.stringify(deployment)).digest("hex");
}
