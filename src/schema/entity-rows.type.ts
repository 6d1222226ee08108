import { type ClassType, Field, ID, ObjectType } from "type-graphql";
import type { DeclaredEntity, Deployment } from "../definitions/language/deployment.js";
import { defaultEntityOf } from "../definitions/language/entities.js";
import { type EntityNames, entityNames } from "../definitions/language/entity-names.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { declareColumns } from "./generated-fields.js";
import { NodeType } from "./node.type.js";
import { connectionOf } from "./page-info.type.js";

/** Until the schema has the words of its deployment no name of another entity can be one that is there already. */
export const OTHER = "Other_";

/** What GraphQL has for the rows of one entity. */
export interface EntityRowsType {
  readonly declared: DeclaredEntity;
  readonly type: ClassType;
  readonly connection: ClassType;
  readonly names: Pick<EntityNames, "type" | "one" | "many" | "field" | "fields">;
}

/** The types of the entities beside the default one, which is `User` until it gets its name. */
export function declareOtherEntities(definitions: Deployment): EntityRowsType[] {
  const { name } = defaultEntityOf(definitions);
  return definitions.entities
    .filter(({ entity }) => entity.name !== name)
    .map((declared) => declareEntity(declared));
}

function declareEntity(declared: DeclaredEntity): EntityRowsType {
  const { entity, source } = declared;
  const { type, one, many, field, fields } = entityNames(entity);
  const names = {
    ...{ type: OTHER + type, one: OTHER + one, many: OTHER + many },
    ...{ field: OTHER + field, fields: OTHER + fields },
  };
  const row: ClassType = class {};
  const description = entity.description ?? "One entity, as its source describes it.";
  ObjectType(names.type, { implements: NodeType, description })(row);
  for (const { column, field, description } of keyColumnsOf(entity)) {
    Field(() => ID, { name: field, description: description ?? "The key, or a column of it." })(
      row.prototype,
      column,
    );
  }
  declareColumns(row, source.columns);
  return { declared, type: row, connection: connectionOf(names.type, () => row), names };
}
