import { Field, Float, ID, Int, ObjectType } from "type-graphql";
import type { UserFeatures } from "../features/types.js";
import type { ModelVersion } from "../registry/model.js";
import type { Prediction, PredictionOutcome } from "../serving/types.js";
import { ModelVersionType } from "./model-version.type.js";
import { UserFeaturesType } from "./user-features.type.js";

@ObjectType("ClassProbability", { simpleResolvers: true, description: "What a model says of one class." })
export class ClassProbabilityType {
  @Field(() => String)
  class!: string;

  @Field(() => Float, { description: "That it is this class, 0 to 1." })
  probability!: number;
}

@ObjectType("Prediction", { simpleResolvers: true })
export class PredictionType implements Prediction {
  @Field(() => ID)
  userId!: string;

  @Field(() => Int, { description: "1 where probability >= the version's threshold." })
  prediction!: 0 | 1;

  @Field(() => Float)
  probability!: number;

  @Field(() => Float)
  threshold!: number;

  @Field(() => Float, { nullable: true, description: "Regression: the value. Null for a binary task." })
  value?: number | null;

  @Field(() => String, { nullable: true, description: "Multiclass: the class. Null for a binary task." })
  class?: string | null;

  @Field(() => [ClassProbabilityType], {
    nullable: true,
    description: "Multiclass: every class with its probability. Null for a binary task.",
  })
  classes?: ClassProbabilityType[] | null;

  @Field(() => ModelVersionType)
  modelVersion!: ModelVersion;

  @Field(() => UserFeaturesType)
  features!: UserFeatures;
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
export class PredictionOutcomeType implements PredictionOutcome {
  @Field(() => ID)
  userId!: string;

  @Field(() => PredictionType, { nullable: true })
  prediction!: Prediction | null;

  @Field(() => PredictionErrorType, { nullable: true })
  error!: PredictionErrorType | null;
}
