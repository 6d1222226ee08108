import { Field, ID, Int, ObjectType } from "type-graphql";
import type { GateResult, StageTransition } from "../registry/model.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { Stage } from "./stage.enum.js";

@ObjectType("GateResult", { simpleResolvers: true })
export class GateResultType implements GateResult {
  @Field(() => String)
  name!: string;

  @Field(() => Boolean)
  passed!: boolean;

  @Field(() => String)
  message!: string;
}

@ObjectType("StageTransition", {
  simpleResolvers: true,
  description: "Who moved a version from one stage to another, when and why; written once, never changed.",
})
export class StageTransitionType implements StageTransition {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  model!: string;

  @Field(() => Int)
  version!: number;

  @Field(() => Stage)
  from!: StageTransition["from"];

  @Field(() => Stage)
  to!: StageTransition["to"];

  @Field(() => String)
  actor!: string;

  @Field(() => String, { nullable: true })
  reason!: string | null;

  @Field(() => DateTimeScalar)
  at!: Date;

  @Field(() => [GateResultType])
  gates!: GateResult[];

  @Field(() => Boolean, { description: "It went through although a gate failed." })
  forced!: boolean;
}
