import type { AlertRule } from "./alerts.js";
import type { Entity } from "./entity.js";
import type { FeatureService } from "./feature-service.js";
import type { FeatureView } from "./feature-view.js";
import type { Source } from "./source.js";

export interface Deployment {
  /** Whose data a database holds. */
  readonly name: string;
  /** The folder of its migrations; absent: `drizzle/<name>` of the program. */
  readonly migrations?: string;
  /** What its sources are about, each with the source that has one row for every one of them. */
  readonly entities: readonly DeclaredEntity[];
  readonly sources: readonly Source[];
  readonly views: readonly FeatureView[];
  readonly services: readonly FeatureService[];
  /** Views and sources that are declared no longer, by name: their tables stay, and so does their history. */
  readonly retiredViews: readonly string[];
  readonly retiredSources: readonly string[];
  /** What the mutation `applyRetention` drops unless it is told; absent: everything is kept. */
  readonly retention?: Retention;
  /** Who is told of what; more rules may be set through the API. */
  readonly alerts?: readonly AlertRule[];
}

/** An entity with the source that has one row for each: the keys of its other sources must be known there. */
export interface DeclaredEntity {
  readonly entity: Entity;
  readonly source: Source;
}

/** As it is written: a deployment without a name is `default`. */
export type DeploymentParts = Omit<Deployment, "name" | "entities" | "retiredViews" | "retiredSources"> &
  Partial<Pick<Deployment, "name" | "retiredViews" | "retiredSources">> &
  (OneEntity | SeveralEntities);

interface OneEntity {
  readonly entity: Entity;
  readonly entitySource: Source;
  readonly entities?: undefined;
}

interface SeveralEntities {
  /** Of each entity the source that has a row for every one of them, and names the entity by `of`. */
  readonly entities: readonly ((Source & { readonly of: Entity }) | DeclaredEntity)[];
  readonly entity?: undefined;
  readonly entitySource?: undefined;
}

/** The entities as they are read, however they were written. */
export const entitiesOf = ({
  entity,
  entitySource,
  entities,
}: OneEntity | SeveralEntities): DeclaredEntity[] =>
  entities
    ? entities.map((each) => ("source" in each ? each : { entity: each.of, source: each }))
    : [{ entity, source: entitySource }];

/** Which dates of snapshots keep their rows: the newest n calendar months, or those from a date on. */
export type Retention =
  | {
      /** Every date of so many days, up to the newest snapshot. */
      readonly keepDays?: number;
      /** The newest date of each of so many weeks, from Monday. */
      readonly keepWeeks?: number;
      /** The newest date of each of so many months; without days and weeks all their dates. */
      readonly keepMonths?: number;
    }
  | { readonly until: string };
