import { Field, Float, Int, ObjectType } from "type-graphql";
import type * as monitoring from "../monitoring/shadow-comparison.js";

@ObjectType("ShadowTable", {
  simpleResolvers: true,
  description: "Requests by which of the two would have answered 1.",
})
export class ShadowTableType {
  @Field(() => Int)
  neither!: number;

  @Field(() => Int)
  onlyShadow!: number;

  @Field(() => Int)
  onlyServed!: number;

  @Field(() => Int)
  both!: number;
}

@ObjectType("ShadowComparison", {
  simpleResolvers: true,
  description: "A version as a shadow, beside those that answered the same requests.",
})
export class ShadowComparisonType implements monitoring.ShadowComparison {
  @Field(() => Int)
  predictions!: number;

  @Field(() => Float, { nullable: true, description: "Share of requests on which both say the same." })
  agreement!: number | null;

  @Field(() => Float, { nullable: true })
  meanProbability!: number | null;

  @Field(() => Float, { nullable: true })
  meanServedProbability!: number | null;

  @Field(() => Float, { nullable: true, description: "Of regression, the mean of the shadow's values." })
  meanValue!: number | null;

  @Field(() => Float, { nullable: true, description: "Of regression, the mean of the served values." })
  meanServedValue!: number | null;

  @Field(() => Float, { nullable: true, description: "Mean of |shadow − served|." })
  meanShift!: number | null;

  @Field(() => Float, { nullable: true })
  maxShift!: number | null;

  @Field(() => Float, { nullable: true, description: "Kolmogorov–Smirnov, of the two score distributions." })
  ksStatistic!: number | null;

  @Field(() => Float, { nullable: true })
  ksPValue!: number | null;

  @Field(() => ShadowTableType)
  table!: monitoring.ShadowComparison["table"];
}
