import { Field, Float, Int, ObjectType } from "type-graphql";
import type { LivePoint } from "../monitoring/live-history.js";
import type * as monitoring from "../monitoring/live-metrics.js";
import { DateScalar } from "./date.scalar.js";

@ObjectType("LiveMetrics", {
  simpleResolvers: true,
  description:
    "How a version did, judged by labels that came later: each user's newest logged prediction counts once.\n" +
    "Metrics are null until both classes were seen.",
})
export class LiveMetricsType implements monitoring.LiveMetrics {
  @Field(() => Int, { description: "Logged predictions of the version in the window." })
  predictions!: number;

  @Field(() => Int)
  users!: number;

  @Field(() => Int, { description: "Users whose label is known by now: what the metrics are of." })
  labelled!: number;

  @Field(() => Int)
  positives!: number;

  @Field(() => Float, { nullable: true })
  auc!: number | null;

  @Field(() => Float, { nullable: true })
  logLoss!: number | null;

  @Field(() => Float, { nullable: true })
  brier!: number | null;

  @Field(() => Float, { nullable: true })
  accuracy!: number | null;

  @Field(() => Float, { nullable: true })
  precision!: number | null;

  @Field(() => Float, { nullable: true })
  recall!: number | null;

  @Field(() => Float, { nullable: true })
  f1!: number | null;
}

@ObjectType("LivePoint", {
  simpleResolvers: true,
  description: "What one version answered on one UTC day, and how that did.",
})
export class LivePointType implements LivePoint {
  @Field(() => DateScalar, { description: "The UTC day of the answers." })
  day!: string;

  @Field(() => Int)
  version!: number;

  @Field(() => Int, { description: "Logged predictions of the day." })
  predictions!: number;

  @Field(() => Float)
  meanProbability!: number;

  @Field(() => Float, { description: "The share of them that is 1." })
  positiveShare!: number;

  @Field(() => LiveMetricsType, {
    nullable: true,
    description: "Judged by the labels; null where no snapshot has any.",
  })
  live!: monitoring.LiveMetrics | null;
}
