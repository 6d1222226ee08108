import { Field, Float, ObjectType } from "type-graphql";
import type { Contribution } from "../training/explain/explainer.js";
import { JsonScalar } from "./json.scalar.js";

@ObjectType("Contribution", { simpleResolvers: true })
export class ContributionType implements Contribution {
  @Field(() => String)
  feature!: string;

  @Field(() => JsonScalar, { nullable: true })
  value!: Contribution["value"];

  @Field(() => Boolean, {
    nullable: true,
    description: "True where the value is left out: the feature is personal, and not for the caller to see.",
  })
  masked?: true;

  @Field(() => Float, {
    description:
      "What it adds to the margin: the log of the odds, of a random forest the probability; of regression the value, or its\n" +
      "logarithm where the model's loss has that link.",
  })
  contribution!: number;
}
