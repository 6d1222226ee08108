import { Field, Int, ObjectType } from "type-graphql";
import type { ModelAlias } from "../registry/model-catalogue.js";
import { DateTimeScalar } from "./date-time.scalar.js";

@ObjectType("ModelAlias", { simpleResolvers: true })
export class ModelAliasType implements ModelAlias {
  @Field(() => String)
  alias!: string;

  @Field(() => Int)
  version!: number;

  @Field(() => String, { description: "Who gave it the name." })
  actor!: string;

  @Field(() => DateTimeScalar)
  setAt!: Date;
}
