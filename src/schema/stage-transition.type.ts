import { Field, Float, ID, Int, ObjectType } from "type-graphql";
import type { GateResult, StageTransition } from "../registry/model.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { JsonScalar } from "./json.scalar.js";
import { Stage } from "./stage.enum.js";

@ObjectType("GateResult", { simpleResolvers: true })
export class GateResultType implements GateResult {
  @Field(() => String)
  name!: string;

  @Field(() => Boolean)
  passed!: boolean;

  @Field(() => String)
  message!: string;

  @Field(() => Float, { nullable: true, description: "What was judged, where that is one number." })
  value!: number | null;

  @Field(() => Float, { nullable: true, description: "What `value` was held against." })
  limit!: number | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      "Every other number the verdict rests on: metrics of both versions, the paired bootstrap interval with its resamples and seed, rates and sizes of groups.",
  })
  details!: Record<string, unknown> | null;
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
