import { Field, Float, ID, Int, ObjectType } from "type-graphql";
import type { LoggedPrediction } from "../monitoring/logged-prediction.js";
import type { AnsweredPrediction } from "../monitoring/logged-predictions.js";
import { CanaryArm } from "./canary.type.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { JsonScalar } from "./json.scalar.js";
import { type ConnectionPage, type Edge, edgeOf, PageInfoType } from "./page-info.type.js";

@ObjectType("LoggedPrediction", {
  simpleResolvers: true,
  description: "One answer about now that the prediction log kept.",
})
export class LoggedPredictionType implements Omit<AnsweredPrediction, "key"> {
  @Field(() => DateTimeScalar)
  at!: Date;

  @Field(() => ID, { nullable: true })
  userId!: string | null;

  @Field(() => String)
  model!: string;

  @Field(() => Int)
  version!: number;

  @Field(() => Int, {
    nullable: true,
    description: "Binary: 1 where probability >= the version's threshold.",
  })
  prediction!: 0 | 1 | null;

  @Field(() => Float, { nullable: true })
  probability!: number | null;

  @Field(() => Float, { nullable: true, description: "Regression: the value. Null for other tasks." })
  value!: number | null;

  @Field(() => String, { nullable: true, description: "Multiclass: the class. Null for other tasks." })
  class!: string | null;

  @Field(() => CanaryArm, {
    nullable: true,
    description: "Which version of a canary answered; null where none ran.",
  })
  arm!: AnsweredPrediction["arm"];

  @Field(() => JsonScalar, { description: "What the version was given, by feature." })
  features!: LoggedPrediction["features"];

  @Field(() => String, {
    description:
      "SHA-256 of these features, as far as the caller sees them: two equal ones were answered from the same values.",
  })
  featuresSha256!: string;

  @Field(() => JsonScalar, {
    nullable: true,
    description: "The request's own values; null where it had none.",
  })
  request!: LoggedPrediction["request"];
}

const PredictionLogEdge = edgeOf("PredictionLog", () => LoggedPredictionType);

@ObjectType("PredictionLogConnection", {
  simpleResolvers: true,
  description: "One page of the prediction log.",
})
export class PredictionLogConnectionType implements ConnectionPage<LoggedPredictionType> {
  @Field(() => [PredictionLogEdge], { description: "The answers of the page, each with its cursor." })
  edges!: Edge<LoggedPredictionType>[];

  @Field(() => [LoggedPredictionType], { description: "The answers of the page, without cursors." })
  nodes!: LoggedPredictionType[];

  @Field(() => PageInfoType, { description: "Where the page lies in the log." })
  pageInfo!: PageInfoType;
}
