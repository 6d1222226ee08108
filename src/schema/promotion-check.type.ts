import { Field, Float, Int, ObjectType } from "type-graphql";
import type { Comparison } from "../registry/evidence.js";
import type { GateResult } from "../registry/model.js";
import type { PromotionVerdict } from "../registry/promotion.js";
import { DateScalar } from "./date.scalar.js";
import { GateResultType } from "./stage-transition.type.js";

@ObjectType("HeldOutMetric", {
  simpleResolvers: true,
  description: "A metric of two versions on the same rows.",
})
export class HeldOutMetricType {
  @Field(() => String)
  name!: string;

  @Field(() => Float, { nullable: true })
  candidate!: number | null;

  @Field(() => Float, { nullable: true })
  production!: number | null;
}

@ObjectType("HeldOutComparison", {
  simpleResolvers: true,
  description: "A version beside the one in Production, on labelled rows that neither was trained on.",
})
export class HeldOutComparisonType {
  @Field(() => DateScalar, { description: "The date of the rows." })
  asOf!: string;

  @Field(() => DateScalar, { description: "The date of their labels." })
  labelAsOf!: string;

  @Field(() => Int)
  rows!: number;

  @Field(() => String, { description: "What the interval is of." })
  metric!: string;

  @Field(() => Float, {
    description:
      "By how much the candidate is better, of rmse and mae as a share of Production's; negative where it is worse.",
  })
  difference!: number;

  @Field(() => Float, { description: "The lower end of its paired bootstrap interval." })
  lower!: number;

  @Field(() => Float, { description: "The upper end." })
  upper!: number;

  @Field(() => Float, { description: "How sure the interval is, as 0.95." })
  confidence!: number;

  @Field(() => [HeldOutMetricType], { description: "Of both, each at its own threshold." })
  metrics!: HeldOutMetricType[];
}

@ObjectType("PromotionCheck", {
  simpleResolvers: true,
  description: "What `promote` would say of a version now.",
})
export class PromotionCheckType implements Omit<PromotionVerdict, "replaces" | "heldOut"> {
  @Field(() => Boolean, { description: "Whether it would be promoted without force." })
  passed!: boolean;

  @Field(() => [GateResultType], { description: "Each gate's verdict, in the order they are judged." })
  gates!: GateResult[];

  @Field(() => Boolean, { description: "Whether force, an administrator's, would pass over what failed." })
  forcible!: boolean;
}

/** The record of a comparison as clients get it. */
export function heldOutComparison(of: Comparison): HeldOutComparisonType {
  const { asOf, labelAsOf, rows, candidate, production } = of;
  const { metric, observed, lower, upper, confidence } = of.difference;
  const names = Object.keys(candidate);
  const metrics = names.map((name) => ({
    name,
    candidate: candidate[name] ?? null,
    production: production[name] ?? null,
  }));
  return { asOf, labelAsOf, rows, metric, difference: observed, lower, upper, confidence, metrics };
}
