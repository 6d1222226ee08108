import { Field, Float, ID, Int, ObjectType } from "type-graphql";
import type { ModelVersion } from "../registry/model.js";
import type { Prediction, PredictionOutcome } from "../serving/types.js";
import { JsonScalar } from "./json.scalar.js";
import { ModelVersionType } from "./model-version.type.js";

@ObjectType("ClassProbability", { simpleResolvers: true, description: "What a model says of one class." })
export class ClassProbabilityType {
  @Field(() => String)
  class!: string;

  @Field(() => Float, { description: "That it is this class, 0 to 1." })
  probability!: number;
}

@ObjectType("Prediction", { simpleResolvers: true })
export class PredictionType implements Omit<Prediction, "key" | "answer" | "features"> {
  @Field(() => ID, { nullable: true, description: "Null for a cold start." })
  userId!: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "Binary: 1 where probability >= the version's threshold. Null for other tasks.",
  })
  prediction!: 0 | 1 | null;

  @Field(() => Float, { nullable: true })
  probability!: number | null;

  @Field(() => Float, { nullable: true })
  threshold!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "Regression: the value, in the label's unit. Null for other tasks.",
  })
  value!: number | null;

  @Field(() => String, { nullable: true, description: "Multiclass: the class. Null for other tasks." })
  class!: string | null;

  @Field(() => [ClassProbabilityType], {
    nullable: true,
    description: "Multiclass: every class with its probability. Null for other tasks.",
  })
  classes!: ClassProbabilityType[] | null;

  @Field(() => ModelVersionType)
  modelVersion!: ModelVersion;

  @Field(() => JsonScalar, {
    nullable: true,
    description: "What the request brought, by feature; null where it brought nothing.",
  })
  request!: Prediction["request"];
}

@ObjectType("PredictionError", { simpleResolvers: true })
export class PredictionErrorType {
  @Field(() => String, { description: "As in `extensions.code`." })
  code!: string;

  @Field(() => String)
  message!: string;

  @Field(() => [String], { description: "Where the code is FEATURES_MISSING; else empty." })
  missingFeatures!: string[];
}

@ObjectType("PredictionOutcome", { simpleResolvers: true, description: "Either a prediction or an error." })
export class PredictionOutcomeType implements Omit<PredictionOutcome, "key"> {
  @Field(() => ID)
  userId!: string;

  @Field(() => PredictionType, { nullable: true })
  prediction!: Prediction | null;

  @Field(() => PredictionErrorType, { nullable: true })
  error!: PredictionErrorType | null;
}
