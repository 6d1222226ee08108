import { Field, ID, InputType } from "type-graphql";
import { DateScalar } from "./date.scalar.js";
import { JsonScalar } from "./json.scalar.js";

@InputType("PushRowInput")
export class PushRowInput {
  @Field(() => ID)
  userId!: unknown;

  @Field(() => DateScalar, { description: "The date the values hold from; not after today, in UTC." })
  asOf!: string;

  @Field(() => JsonScalar, {
    description:
      "Values by the features' snake_case names. A feature that is not named keeps what held before; null empties it.\n" +
      "A view with a ttl takes whole rows only.",
  })
  values!: unknown;
}

@InputType("PushInput")
export class PushInput {
  @Field(() => String, { description: "A feature view's name." })
  view!: string;

  @Field(() => [PushRowInput], { description: "1 to 10 000." })
  rows!: PushRowInput[];
}
