import { Field, Float, Int, ObjectType } from "type-graphql";
import type { ProfileBin, ProfileValue } from "../features/column-profile.js";
import type { FeatureProfile } from "../features/feature-profiles.js";
import { HistogramBinType } from "./evaluation.type.js";

@ObjectType("ValueCount", {
  simpleResolvers: true,
  description: "How often one value occurs, or all that are not listed.",
})
export class ValueCountType implements ProfileValue {
  @Field(() => String, { nullable: true, description: "Null for other." })
  value!: string | null;

  @Field(() => Int, { description: "How many rows have it." })
  count!: number;

  @Field(() => Float, { description: "Share of the rows that have a value, 0 to 1." })
  share!: number;

  @Field(() => Boolean, { description: "True of the one entry for all values not listed." })
  other!: boolean;
}

@ObjectType("FeatureProfile", {
  simpleResolvers: true,
  description:
    "How the values of one feature are distributed in one snapshot. Pushed values are not counted, and NaN and the\n" +
    "infinities only in `rows`. Of text, dates and booleans there are counts and the commonest values.",
})
export class FeatureProfileType implements Omit<FeatureProfile, "feature"> {
  @Field(() => Int, { description: "Rows of the view's source." })
  rows!: number;

  @Field(() => Int, { description: "Rows without a value." })
  missing!: number;

  @Field(() => Int, { nullable: true, description: "Different values." })
  distinct!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "Null without a value, and where values beyond 1e150 differ.",
  })
  mean!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "Standard deviation of the sample (n − 1); null below two values, and where values beyond 1e150 differ.",
  })
  deviation!: number | null;

  @Field(() => Float, { nullable: true, description: "The least value." })
  min!: number | null;

  @Field(() => Float, { nullable: true, description: "The greatest value." })
  max!: number | null;

  @Field(() => [Float], {
    nullable: true,
    description:
      "At 1, 5, 25, 50, 75, 95 and 99 %: each the least value that so many of the values do not exceed.",
  })
  quantiles!: number[] | null;

  @Field(() => [HistogramBinType], {
    nullable: true,
    description:
      "Of numbers: at most 24 bins of equal width, of whole numbers as many wide; the last one has its `to`, too.",
  })
  histogram!: ProfileBin[] | null;

  @Field(() => [ValueCountType], {
    nullable: true,
    description:
      "Of others: the 20 commonest values and the rest as other. Null where nearly every row has a value of its own.",
  })
  values!: ProfileValue[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "True where all but the counts of rows is left out: the feature is personal, and not for the caller to see.",
  })
  masked?: true;
}
