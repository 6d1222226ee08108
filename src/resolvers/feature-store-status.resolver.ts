import { Ctx, FieldResolver, Float, Query, Resolver } from "type-graphql";
import type { FeatureView } from "../definitions/language/deployment.js";
import { fillingKinds } from "../jobs/run-kind.js";
import { runKinds } from "../jobs/run-kinds.js";
import type { Run } from "../registry/run.js";
import { FeatureStoreStatusType, FeatureViewType } from "../schema/feature-view.type.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { RunType } from "../schema/run.type.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

@Resolver(() => FeatureStoreStatusType)
export class FeatureStoreStatusResolver {
  @Needs("viewer")
  @Query(() => FeatureStoreStatusType)
  featureStoreStatus(): FeatureStoreStatusType {
    return {};
  }

  @FieldResolver(() => [FeatureViewType], { complexity: IN_MEMORY })
  views(@Ctx() { services }: GraphQLContext): readonly FeatureView[] {
    return services.definitions.views;
  }

  @FieldResolver(() => Float, {
    complexity: IN_MEMORY,
    nullable: true,
    description: "Share of requested feature values found present since the process started.",
  })
  hitRate(@Ctx() { services }: GraphQLContext): number | null {
    return services.features.hitRate();
  }

  @FieldResolver(() => RunType, {
    nullable: true,
    description: "The last materialize or ingest that succeeded; an ingest materializes as its last step.",
  })
  lastMaterialization(@Ctx() { loaders }: GraphQLContext): Promise<Run | null> {
    return loaders.lastSucceeded.load(fillingKinds(runKinds));
  }
}
