import { Field, ID, InputType } from "type-graphql";
import type { EntityRow } from "../features/types.js";
import { DateScalar } from "./date.scalar.js";
import { DateTimeScalar } from "./date-time.scalar.js";

@InputType("EntityRowInput")
export class EntityRowInput implements EntityRow {
  @Field(() => ID)
  userId!: string;

  @Field(() => DateScalar)
  asOf!: string;

  @Field(() => DateTimeScalar, { nullable: true })
  knownAt?: Date | null;
}
