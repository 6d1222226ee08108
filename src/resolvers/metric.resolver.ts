import { FieldResolver, Float, Resolver, Root } from "type-graphql";
import type { Metric } from "../registry/run.js";
import { MetricType } from "../schema/metric.type.js";

@Resolver(() => MetricType)
export class MetricResolver {
  @FieldResolver(() => Float, {
    nullable: true,
    description: "Null where it is NaN or infinite: `text` says which.",
  })
  value(@Root() { value }: Metric): number | null {
    return Number.isFinite(value) ? value : null;
  }

  @FieldResolver(() => String, { description: "The value as text, NaN, Infinity and -Infinity among them." })
  text(@Root() { value }: Metric): string {
    return String(value);
  }
}
