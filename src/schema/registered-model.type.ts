import { Field, ObjectType } from "type-graphql";
import type { RegisteredModel } from "../registry/model.js";

@ObjectType("RegisteredModel", { simpleResolvers: true })
export class RegisteredModelType implements RegisteredModel {
  @Field(() => String)
  name!: string;

  @Field(() => String, { nullable: true })
  description!: string | null;
}
