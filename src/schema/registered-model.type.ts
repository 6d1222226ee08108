import { Field, ObjectType } from "type-graphql";
import type { RegisteredModel } from "../registry/model.js";
import { JsonScalar } from "./json.scalar.js";
import { NodeType } from "./node.type.js";

@ObjectType("RegisteredModel", {
  implements: NodeType,
  simpleResolvers: true,
  description: "A model by name, with all its versions.",
})
export class RegisteredModelType implements RegisteredModel {
  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  description!: string | null;

  @Field(() => JsonScalar, { description: "Texts by name, as describeModel set them." })
  tags!: Record<string, string>;
}
