import { Field, Float, ObjectType } from "type-graphql";
import type { Metric } from "../registry/run.js";
import { DateTimeScalar } from "./date-time.scalar.js";

@ObjectType("Metric", { simpleResolvers: true })
export class MetricType implements Omit<Metric, "value"> {
  @Field(() => String)
  name!: string;

  @Field(() => Float, { description: "A whole number of up to 53 bits." })
  step!: number;

  @Field(() => DateTimeScalar)
  at!: Date;
}
