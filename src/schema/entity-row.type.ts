import { ObjectType } from "type-graphql";
import type { Entity } from "../definitions/language/deployment.js";
import type { EntityRecord } from "../features/types.js";
import { NodeType } from "./node.type.js";
import { connectionOf } from "./page-info.type.js";

/** An entity's row with the entity it is of. An object of its own: the same record may be a node of the entity's own type, too. */
export interface RowOfEntity {
  readonly entity: Entity;
  readonly record: EntityRecord;
}

/** Its fields are resolved in src/resolvers/entity-row.resolver.ts. */
@ObjectType("EntityRow", {
  implements: NodeType,
  description: "One entity, by names that are the same in every deployment.",
})
export class EntityRowType {}

export const EntityRowConnection = connectionOf("EntityRow", () => EntityRowType);
