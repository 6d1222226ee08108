import { Arg, Ctx, FieldResolver, Float, Query, Resolver, Root } from "type-graphql";
import { type Feature, type FeatureView, featuresOf } from "../definitions/language/deployment.js";
import { entityOf } from "../definitions/language/entities.js";
import type { ServiceFeature } from "../definitions/language/service-features.js";
import { deliveredSourceOf } from "../definitions/language/windows/sources-of.js";
import type { ViewFreshness } from "../features/types.js";
import { FeatureDefinitionType, FeatureViewType, ViewFreshnessType } from "../schema/feature-view.type.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

const secondsPerDay = 86_400;

@Resolver(() => FeatureViewType)
export class FeatureViewResolver {
  @Needs("viewer")
  @Query(() => [FeatureViewType])
  featureViews(@Ctx() { services }: GraphQLContext): readonly FeatureView[] {
    return services.definitions.views;
  }

  @Needs("viewer")
  @Query(() => FeatureViewType, { nullable: true })
  featureView(
    @Arg("name", () => String) name: string,
    @Ctx() { services }: GraphQLContext,
  ): FeatureView | undefined {
    return services.definitions.views.find((view) => view.name === name);
  }

  @FieldResolver(() => String, { complexity: IN_MEMORY })
  entity(@Root() view: FeatureView, @Ctx() { services }: GraphQLContext): string {
    return entityOf(services.definitions, view.source).name;
  }

  @FieldResolver(() => String, { complexity: IN_MEMORY })
  source(@Root() view: FeatureView): string {
    return deliveredSourceOf(view).name;
  }

  @FieldResolver(() => Float, {
    complexity: IN_MEMORY,
    nullable: true,
    description: "Values older than this are not served; null: they do not expire.",
  })
  ttlSeconds(@Root() { ttlDays }: FeatureView): number | null {
    return ttlDays === undefined ? null : ttlDays * secondsPerDay;
  }

  @FieldResolver(() => [FeatureDefinitionType], { complexity: IN_MEMORY })
  features(@Root() view: FeatureView): FeatureDefinitionType[] {
    return definitionsOf(featuresOf([view]));
  }

  @FieldResolver(() => ViewFreshnessType, {
    nullable: true,
    description: "How new the online values are; null before the first materialization.",
  })
  freshness(
    @Root() { name }: FeatureView,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<ViewFreshness | null> {
    return loaders.freshness.load(name);
  }
}

export const definitionsOf = (features: readonly (Feature | ServiceFeature)[]): FeatureDefinitionType[] =>
  features.map(definitionOf);

/** Of what a request brings, or of what is computed, there is no view. */
export function definitionOf(feature: Feature | ServiceFeature): FeatureDefinitionType {
  const { name, field, column } = feature;
  const { type, description } = column;
  const kind = "kind" in feature ? feature.kind : "stored";
  return {
    ...{ name, field, type, description },
    personal: column.personal ?? false,
    kind: FEATURE_KINDS[kind],
    view: "view" in feature ? feature.view.name : null,
    expression: "expression" in feature ? feature.expression : null,
  };
}

const FEATURE_KINDS = { stored: "STORED", request: "REQUEST", derived: "DERIVED" } as const;
