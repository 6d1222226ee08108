import { Field, ID, ObjectType } from "type-graphql";
import type { Deployment } from "../definitions/language/deployment.js";
import { defaultEntityOf, entitySourceOf } from "../definitions/language/entities.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { declareColumns } from "./generated-fields.js";
import { NodeType } from "./node.type.js";
import { connectionOf } from "./page-info.type.js";

/** Its root value is an `EntityRecord`: the entity source's row, keyed by snake_case name. */
@ObjectType("User", {
  implements: NodeType,
  description: "One entity, as its source describes it.",
})
export class UserType {}

export const UserConnection = connectionOf("User", () => UserType);

export function declareUser(definitions: Deployment): void {
  const entity = defaultEntityOf(definitions);
  for (const { column, field, description } of keyColumnsOf(entity))
    Field(() => ID, { name: field, description })(UserType.prototype, column);
  declareColumns(UserType, entitySourceOf(definitions, entity).columns);
}
