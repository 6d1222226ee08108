import { Field, Float, ObjectType } from "type-graphql";
import type { Contribution } from "../training/explain/explainer.js";
import { JsonScalar } from "./json.scalar.js";

@ObjectType("Contribution", { simpleResolvers: true })
export class ContributionType implements Contribution {
  @Field(() => String)
  feature!: string;

  @Field(() => JsonScalar, { nullable: true })
  value!: Contribution["value"];

  @Field(() => Float, {
    description: "What it adds to the margin: the log of the odds, of a random forest the probability.",
  })
  contribution!: number;
}
