import { Field, ObjectType } from "type-graphql";
import type { Run } from "../registry/run.js";
import type { ComparedValue } from "../registry/run-comparison.js";
import { JsonScalar } from "./json.scalar.js";
import { RunType } from "./run.type.js";

@ObjectType("ComparedValue", { simpleResolvers: true })
export class ComparedValueType implements ComparedValue {
  @Field(() => String, { description: "A parameter's dotted name, or a metric's." })
  name!: string;

  @Field(() => [JsonScalar], {
    nullable: "items",
    description: "One per run, in their order; null where a run has none.",
  })
  values!: unknown[];

  @Field(() => Boolean)
  differs!: boolean;
}

@ObjectType("RunComparison", { simpleResolvers: true })
export class RunComparisonType {
  @Field(() => [RunType])
  runs!: Run[];
}
