import { Arg, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { LiveMetrics } from "../monitoring/live-metrics.js";
import type { ShadowComparison } from "../monitoring/shadow-comparison.js";
import type { ModelVersion } from "../registry/model.js";
import { DateScalar } from "../schema/date.scalar.js";
import { DateTimeScalar } from "../schema/date-time.scalar.js";
import { COMPUTATION } from "../schema/field-costs.js";
import { LiveMetricsType } from "../schema/live-metrics.type.js";
import { ModelVersionType } from "../schema/model-version.type.js";
import { ShadowComparisonType } from "../schema/shadow-comparison.type.js";
import type { GraphQLContext } from "./context.js";

@Resolver(() => ModelVersionType)
export class MonitoringResolver {
  @FieldResolver(() => LiveMetricsType, {
    complexity: COMPUTATION,
    description: "Its logged predictions against the labels of a later snapshot.",
  })
  live(
    @Root() version: ModelVersion,
    @Arg("labelAsOf", () => DateScalar) labelAsOf: string,
    @Arg("since", () => DateTimeScalar, { nullable: true }) since: Date | null | undefined,
    @Arg("until", () => DateTimeScalar, { nullable: true }) until: Date | null | undefined,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<LiveMetrics> {
    return loaders.live.with({ labelAsOf, window: { since, until } }).load(version);
  }

  @FieldResolver(() => ShadowComparisonType, {
    complexity: COMPUTATION,
    description: "How it did while the alias `shadow` pointed to it.",
  })
  shadowComparison(
    @Root() version: ModelVersion,
    @Arg("since", () => DateTimeScalar, { nullable: true }) since: Date | null | undefined,
    @Arg("until", () => DateTimeScalar, { nullable: true }) until: Date | null | undefined,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<ShadowComparison> {
    return loaders.shadow.with({ since, until }).load(version);
  }
}
