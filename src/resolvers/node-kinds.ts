import type { Deployment, Entity, FeatureView } from "../definitions/language/deployment.js";
import { defaultEntityOf } from "../definitions/language/entities.js";
import { entityNames } from "../definitions/language/entity-names.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { isKeyProblem, keyOfParts, partsOfKey } from "../definitions/language/key-form.js";
import type { EntityRecord, Snapshot } from "../features/types.js";
import { isRunId, nameProblem } from "../inputs/arguments.js";
import type { Schedule } from "../jobs/schedules/schedules.js";
import type { Experiment } from "../registry/experiment.js";
import type { RegisteredModel, VersionEntry } from "../registry/model.js";
import type { Run } from "../registry/run.js";
import type { RowOfEntity } from "../schema/entity-row.type.js";
import { OTHER } from "../schema/entity-rows.type.js";
import { parseCalendarDate } from "../values/calendar-date.js";
import type { GraphQLContext } from "./context.js";

/** One type of object that is found by a global id. */
export interface NodeKind<Value = object> {
  /** As it is written; the entity's type follows the deployment. */
  type: string;
  /** What its ids begin with; null: an id is the key alone. */
  prefix: string | null;
  /** The root field that returns one of them: its role is needed here too. */
  shownBy: string;
  keyOf(value: Value): readonly (string | number)[];
  /** @returns null: there is none of that key, or nothing could have it */
  find(key: readonly string[], context: GraphQLContext): Promise<Value | null> | Value | null;
}

const kindOf = <Value extends object>(kind: NodeKind<Value>): NodeKind => kind as unknown as NodeKind;

/** Every type that implements Node. */
export function nodeKinds(definitions: Deployment): readonly NodeKind[] {
  const entity = defaultEntityOf(definitions);
  return [
    kindOf<Run>({
      type: "Run",
      prefix: null,
      shownBy: "Query.run",
      keyOf: ({ id }) => [id],
      find: ([id], { loaders }) => (isRunId(id!) ? loaders.runs.load(id!.toLowerCase()) : null),
    }),
    kindOf<EntityRecord>({
      type: "User",
      prefix: entity.name,
      shownBy: "Query.user",
      keyOf: (row) => partsOfKey(entity, String(row[entity.key])),
      find: (parts, { loaders }) =>
        keyed(entity, parts, (key) => loaders.users.with({ entity: entity.name }).load(key)),
    }),
    ...definitions.entities
      .filter((other) => other.entity.name !== entity.name)
      .map((other) => rowKind(other.entity)),
    // No entity is called like this: its name has no capital letter.
    kindOf<RowOfEntity>({
      type: "EntityRow",
      prefix: "entityRow",
      shownBy: "Query.entityRow",
      keyOf: ({ entity, record }) => [entity.name, ...partsOfKey(entity, String(record[entity.key]))],
      find: async ([name, ...parts], { loaders }) => {
        const of = definitions.entities.find(({ entity }) => entity.name === name)?.entity;
        if (!of) return null;
        const record = await keyed(of, parts, (key) => loaders.users.with({ entity: of.name }).load(key));
        return record && { entity: of, record };
      },
    }),
    kindOf<Snapshot>({
      type: "Snapshot",
      prefix: "snapshot",
      shownBy: "Query.snapshot",
      keyOf: ({ asOf, revision }) => [asOf, revision],
      find: ([date, number], { loaders }) => {
        const asOf = parseCalendarDate(date);
        const revision = ordinal(number);
        return asOf && revision ? loaders.snapshotRevisions.load({ asOf, revision }) : null;
      },
    }),
    kindOf<RegisteredModel>({
      type: "RegisteredModel",
      prefix: "model",
      shownBy: "Query.model",
      keyOf: ({ name }) => [name],
      find: ([name], { loaders }) => named(name, (model) => loaders.models.load(model)),
    }),
    kindOf<Experiment>({
      type: "Experiment",
      prefix: "experiment",
      shownBy: "Query.experiment",
      keyOf: ({ id }) => [id],
      find: ([number], { loaders }) =>
        /^(0|[1-9]\d{0,14})$/.test(number ?? "") ? loaders.experiments.load(Number(number)) : null,
    }),
    kindOf<VersionEntry>({
      type: "ModelVersion",
      prefix: "version",
      shownBy: "Query.modelVersion",
      keyOf: ({ model, version }) => [model, version],
      find: ([name, number], { loaders }) => {
        const version = ordinal(number);
        return version ? named(name, (model) => loaders.versions.load({ model, version })) : null;
      },
    }),
    kindOf<FeatureView>({
      type: "FeatureView",
      prefix: "view",
      shownBy: "Query.featureView",
      keyOf: ({ name }) => [name],
      find: ([name], { services }) => services.definitions.views.find((view) => view.name === name) ?? null,
    }),
    kindOf<Schedule>({
      type: "Schedule",
      prefix: "schedule",
      shownBy: "Query.schedules",
      keyOf: ({ name }) => [name],
      find: ([name], { loaders }) => named(name, (schedule) => loaders.schedules.load(schedule)),
    }),
  ];
}

/** Rows of an entity beside the default one. */
const rowKind = (entity: Entity): NodeKind =>
  kindOf<EntityRecord>({
    type: `${OTHER}${entityNames(entity).type}`,
    prefix: entity.name,
    shownBy: `Query.${OTHER}${entityNames(entity).one}`,
    keyOf: (row) => partsOfKey(entity, String(row[entity.key])),
    find: (parts, { loaders }) =>
      keyed(entity, parts, (key) => loaders.users.with({ entity: entity.name }).load(key)),
  });

/** Asks for what can be a key, in the form that asof keeps. */
function keyed<T>(entity: Entity, parts: readonly string[], find: (key: string) => T): T | null {
  if (parts.length !== keyColumnsOf(entity).length) return null;
  const key = keyOfParts(entity, parts);
  return isKeyProblem(key) ? null : find(key);
}

/** Asks for what can be a name; anything else need not reach the database. */
const named = <T>(name: string | undefined, find: (name: string) => T): T | null =>
  name !== undefined && nameProblem(name) === null ? find(name) : null;

/** A whole number from 1 that PostgreSQL's int holds. */
function ordinal(text: string | undefined): number | null {
  const number = /^[1-9]\d{0,9}$/.test(text ?? "") ? Number(text) : 0;
  return number > 0 && number < 2 ** 31 ? number : null;
}
