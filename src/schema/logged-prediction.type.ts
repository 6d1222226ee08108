import { Field, Float, ID, Int, ObjectType } from "type-graphql";
import type { AnsweredPrediction } from "../monitoring/logged-predictions.js";
import type { LoggedPrediction } from "../monitoring/prediction-log.js";
import { DateTimeScalar } from "./date-time.scalar.js";
import { JsonScalar } from "./json.scalar.js";
import { type ConnectionPage, type Edge, edgeOf, PageInfoType } from "./page-info.type.js";

@ObjectType("LoggedPrediction", {
  simpleResolvers: true,
  description: "One answer about now that the prediction log kept.",
})
export class LoggedPredictionType implements AnsweredPrediction {
  @Field(() => DateTimeScalar)
  at!: Date;

  @Field(() => ID, { nullable: true })
  userId!: string;

  @Field(() => String)
  model!: string;

  @Field(() => Int)
  version!: number;

  @Field(() => Int, {
    nullable: true,
    description: "Binary: 1 where probability >= the version's threshold.",
  })
  prediction!: 0 | 1;

  @Field(() => Float, { nullable: true })
  probability!: number;

  @Field(() => Float, { nullable: true, description: "Regression: the value. Null for a binary task." })
  value?: number | null;

  @Field(() => String, { nullable: true, description: "Multiclass: the class. Null for a binary task." })
  class?: string | null;

  @Field(() => JsonScalar, { description: "What the version was given, by feature." })
  features!: LoggedPrediction["features"];

  @Field(() => String, {
    description: "SHA-256 of these features: two equal ones were answered from the same values.",
  })
  featuresSha256!: string;

  @Field(() => JsonScalar, {
    nullable: true,
    description: "The request's own values; null where it had none.",
  })
  request?: unknown;
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
