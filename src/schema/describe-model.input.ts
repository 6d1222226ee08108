import { Field, InputType, Int } from "type-graphql";
import { DEFAULT_MODEL } from "./default-model.js";
import { JsonScalar } from "./json.scalar.js";

@InputType("DescribeModelInput")
export class DescribeModelInput {
  @Field(() => String, { defaultValue: DEFAULT_MODEL })
  model!: string;

  @Field(() => Int, { nullable: true, description: "Of the model itself where left out." })
  version?: number | null;

  @Field(() => String, {
    nullable: true,
    description: "Null removes it; that of a model comes back from the definitions with the next start.",
  })
  description?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: "Texts by name; null removes one, those not named stay.",
  })
  tags?: unknown;
}
