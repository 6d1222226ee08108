import { Field, Float, Int, ObjectType } from "type-graphql";
import type { Metric } from "../registry/run.js";
import { DateTimeScalar } from "./date-time.scalar.js";

@ObjectType("Metric", { simpleResolvers: true })
export class MetricType implements Metric {
  @Field(() => String)
  name!: string;

  @Field(() => Float)
  value!: number;

  @Field(() => Int)
  step!: number;

  @Field(() => DateTimeScalar)
  at!: Date;
}
