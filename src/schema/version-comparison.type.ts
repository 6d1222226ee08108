import { Field, Float, Int, ObjectType } from "type-graphql";
import type { Comparison } from "../registry/evidence.js";
import { DateScalar } from "./date.scalar.js";

@ObjectType("VersionComparison", {
  simpleResolvers: true,
  description:
    "Two versions of a model on the same labelled rows, which neither was trained on. Where the interval excludes 0, the difference is more than chance.",
})
export class VersionComparisonType {
  @Field(() => DateScalar, { description: "The date of the rows." })
  asOf!: string;

  @Field(() => DateScalar, { description: "The date of their labels." })
  labelAsOf!: string;

  @Field(() => Int)
  rows!: number;

  @Field(() => String, { description: "What is compared." })
  metric!: string;

  @Field(() => Float, { description: "Of the version." })
  value!: number;

  @Field(() => Float, { description: "Of the version that it is compared with." })
  other!: number;

  @Field(() => Float, {
    description:
      "By how much the version is better, of rmse and mae as a share of the other's; negative where it is worse.",
  })
  difference!: number;

  @Field(() => Float, { description: "The lower end of its paired bootstrap interval." })
  lower!: number;

  @Field(() => Float, { description: "The upper end." })
  upper!: number;

  @Field(() => Float, { description: "How sure the interval is, as 0.95." })
  confidence!: number;

  @Field(() => Int, { description: "How often rows were drawn for the interval." })
  resamples!: number;
}

/** The record of a comparison as clients get it. */
export function versionComparison({ candidate, production, ...of }: Comparison): VersionComparisonType {
  const { metric, observed, lower, upper, confidence, resamples } = of.difference;
  const { asOf, labelAsOf, rows } = of;
  const [value, other] = [candidate[metric]!, production[metric]!];
  return {
    asOf,
    labelAsOf,
    rows,
    metric,
    value,
    other,
    difference: observed,
    lower,
    upper,
    confidence,
    resamples,
  };
}
