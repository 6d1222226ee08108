import { Field, Float, Int, ObjectType } from "type-graphql";
import type * as monitoring from "../monitoring/live-metrics.js";

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
