import { FieldResolver, Float, Resolver, Root } from "type-graphql";
import type { Metric } from "../registry/run.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { MetricType } from "../schema/metric.type.js";

@Resolver(() => MetricType)
export class MetricResolver {
  @FieldResolver(() => Float, {
    complexity: IN_MEMORY,
    nullable: true,
    description: "Null where it is NaN or infinite: `text` says which.",
  })
  value(@Root() { value }: Metric): number | null {
    return Number.isFinite(value) ? value : null;
  }

  @FieldResolver(() => String, {
    complexity: IN_MEMORY,
    description: "The value as text, NaN, Infinity and -Infinity among them.",
  })
  text(@Root() { value }: Metric): string {
    return String(value);
  }
}
