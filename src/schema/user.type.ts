import { Field, ID, ObjectType } from "type-graphql";
import type { Deployment } from "../definitions/language/deployment.js";
import { entityNames } from "../definitions/language/entity-names.js";
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

export function declareUser({ entity, entitySource }: Deployment): void {
  Field(() => ID, { name: entityNames(entity).field })(UserType.prototype, entity.key);
  declareColumns(UserType, entitySource.columns);
}
