import type { Deployment, FeatureView } from "../definitions/language/deployment.js";
import type { EntityRecord, Snapshot } from "../features/types.js";
import { isRunId, keyProblem } from "../inputs/arguments.js";
import type { Schedule } from "../jobs/schedules/schedules.js";
import type { ModelVersion, RegisteredModel } from "../registry/model.js";
import type { Run } from "../registry/run.js";
import type { RowOfEntity } from "../schema/entity-row.type.js";
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
export function nodeKinds({ entity }: Deployment): readonly NodeKind[] {
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
      keyOf: (row) => [String(row[entity.key])],
      find: ([key], { loaders }) => named(key, (name) => loaders.users.load(name)),
    }),
    // No entity is called like this: its name has no capital letter.
    kindOf<RowOfEntity>({
      type: "EntityRow",
      prefix: "entityRow",
      shownBy: "Query.entityRow",
      keyOf: ({ entity, record }) => [entity.name, String(record[entity.key])],
      find: async ([name, key], { loaders }) => {
        const record = name === entity.name ? await named(key, (found) => loaders.users.load(found)) : null;
        return record && { entity, record };
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
    kindOf<ModelVersion>({
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

/** Asks for what can be a name; anything else need not reach the database. */
const named = <T>(name: string | undefined, find: (name: string) => T): T | null =>
  name !== undefined && keyProblem(name) === null ? find(name) : null;

/** A whole number from 1 that PostgreSQL's int holds. */
function ordinal(text: string | undefined): number | null {
  const number = /^[1-9]\d{0,9}$/.test(text ?? "") ? Number(text) : 0;
  return number > 0 && number < 2 ** 31 ? number : null;
}
