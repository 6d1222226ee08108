import { Field, Float, Int, ObjectType } from "type-graphql";
import type { LivePoint } from "../monitoring/live-history.js";
import type * as monitoring from "../monitoring/live-metrics.js";
import { DateScalar } from "./date.scalar.js";

@ObjectType("LiveMetrics", {
  simpleResolvers: true,
  description:
    "How a version did, judged by labels that came later: each user's newest logged prediction counts once.\n" +
    "Metrics are null until both classes, or two different values, were seen, and where they are of another task.",
})
export class LiveMetricsType implements monitoring.LiveMetrics {
  @Field(() => Int, { description: "Logged predictions of the version in the window." })
  predictions!: number;

  @Field(() => Int)
  users!: number;

  @Field(() => Int, { description: "Users whose label is known by now: what the metrics are of." })
  labelled!: number;

  @Field(() => Int, { nullable: true })
  positives!: number | null;

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

  @Field(() => Float, { nullable: true })
  macroF1!: number | null;

  @Field(() => Float, { nullable: true })
  weightedF1!: number | null;

  @Field(() => Float, { nullable: true })
  macroAuc!: number | null;

  @Field(() => Float, { nullable: true })
  rmse!: number | null;

  @Field(() => Float, { nullable: true })
  mae!: number | null;

  @Field(() => Float, { nullable: true })
  mape!: number | null;

  @Field(() => Float, { nullable: true })
  r2!: number | null;
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

  @Field(() => Float, { nullable: true })
  meanProbability!: number | null;

  @Field(() => Float, { nullable: true, description: "The share of them that is 1; null of other tasks." })
  positiveShare!: number | null;

  @Field(() => Float, { nullable: true, description: "Of regression, the mean of the values; else null." })
  meanValue!: number | null;

  @Field(() => LiveMetricsType, {
    nullable: true,
    description: "Judged by the labels; null where no snapshot has any.",
  })
  live!: monitoring.LiveMetrics | null;
}
