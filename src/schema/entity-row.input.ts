import { Field, ID, InputType } from "type-graphql";
import { DateScalar } from "./date.scalar.js";
import { DateTimeScalar } from "./date-time.scalar.js";

@InputType("EntityRowInput")
export class EntityRowInput {
  @Field(() => ID)
  userId!: unknown;

  @Field(() => DateScalar)
  asOf!: string;

  @Field(() => DateTimeScalar, { nullable: true })
  knownAt?: Date | null;
}
