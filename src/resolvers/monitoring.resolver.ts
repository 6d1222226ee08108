import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from "type-graphql";
import { livePoints } from "../inputs/arguments.js";
import type { LivePoint } from "../monitoring/live-history.js";
import type { LiveMetrics } from "../monitoring/live-metrics.js";
import type { ShadowComparison } from "../monitoring/shadow-comparison.js";
import { type RegisteredModel, requireJudged, type VersionEntry } from "../registry/model.js";
import { DateScalar } from "../schema/date.scalar.js";
import { DateTimeScalar } from "../schema/date-time.scalar.js";
import { COMPUTATION } from "../schema/field-costs.js";
import { LiveMetricsType, LivePointType } from "../schema/live-metrics.type.js";
import { ModelVersionType } from "../schema/model-version.type.js";
import { RegisteredModelType } from "../schema/registered-model.type.js";
import { ShadowComparisonType } from "../schema/shadow-comparison.type.js";
import type { GraphQLContext } from "./context.js";

@Resolver(() => RegisteredModelType)
export class LiveHistoryResolver {
  @FieldResolver(() => [LivePointType], {
    nullable: true,
    complexity: COMPUTATION,
    description:
      "What it answered day by day, each version by itself, oldest first, as far as the prediction log goes back: the newest\n" +
      "`first` points, 1 to 90. Judged as `live` is, one at a time a process.",
  })
  liveHistory(
    @Root() { name }: RegisteredModel,
    @Arg("first", () => Int, { defaultValue: 30 }) first: number,
    @Arg("labelAsOf", () => DateScalar, {
      nullable: true,
      description: "The date of the snapshot that has the labels; absent: the newest.",
    })
    labelAsOf: string | null | undefined,
    @Ctx() { services }: GraphQLContext,
  ): Promise<LivePoint[]> {
    return services.monitoring.liveHistory(name, livePoints(first), labelAsOf ?? null);
  }
}

@Resolver(() => ModelVersionType)
export class MonitoringResolver {
  @FieldResolver(() => LiveMetricsType, {
    complexity: COMPUTATION,
    description: "Its logged predictions against the labels of a snapshot, which is later than they are.",
  })
  live(
    @Root() version: VersionEntry,
    @Arg("labelAsOf", () => DateScalar, { nullable: true }) labelAsOf: string | null | undefined,
    @Arg("since", () => DateTimeScalar, { nullable: true }) since: Date | null | undefined,
    @Arg("until", () => DateTimeScalar, { nullable: true }) until: Date | null | undefined,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<LiveMetrics> {
    return loaders.live
      .with({ labelAsOf: labelAsOf ?? null, window: { since, until } })
      .load(requireJudged(version));
  }

  @FieldResolver(() => ShadowComparisonType, {
    complexity: COMPUTATION,
    description: "How it did while the alias `shadow` pointed to it.",
  })
  shadowComparison(
    @Root() version: VersionEntry,
    @Arg("since", () => DateTimeScalar, { nullable: true }) since: Date | null | undefined,
    @Arg("until", () => DateTimeScalar, { nullable: true }) until: Date | null | undefined,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<ShadowComparison> {
    return loaders.shadow.with({ since, until }).load(requireJudged(version));
  }
}
