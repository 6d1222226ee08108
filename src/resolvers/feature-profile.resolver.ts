import { Arg, Ctx, FieldResolver, Int, Query, Resolver, Root } from "type-graphql";
import type { FeatureProfile } from "../features/feature-profiles.js";
import type { Snapshot } from "../features/types.js";
import { driftDates, parseName } from "../inputs/arguments.js";
import type { DriftPoint } from "../monitoring/drift-history.js";
import { DateScalar } from "../schema/date.scalar.js";
import { DriftPointType } from "../schema/drift-point.type.js";
import { FeatureProfileType } from "../schema/feature-profile.type.js";
import { FeatureDefinitionType } from "../schema/feature-view.type.js";
import { COMPUTATION, IN_MEMORY } from "../schema/field-costs.js";
import { SnapshotType } from "../schema/snapshot.type.js";
import type { GraphQLContext } from "./context.js";
import { definitionOf } from "./feature-view.resolver.js";
import { Needs } from "./needs.js";

const COMPUTED_ONCE = "Computed when it is first asked for, and stored.";

@Resolver(() => FeatureProfileType)
export class FeatureProfileResolver {
  @Needs("viewer")
  @Query(() => [FeatureProfileType], {
    nullable: true,
    complexity: COMPUTATION,
    description:
      "Per feature of a view: counts, missing share, moments, quantiles and a histogram (or the commonest values) of the\n" +
      `newest revision of a date. ${COMPUTED_ONCE} Null for a view that nobody declared, or that the snapshot was made without.`,
  })
  featureProfile(
    @Arg("view", () => String) view: string,
    @Arg("asOf", () => DateScalar) asOf: string,
    @Ctx() { services }: GraphQLContext,
  ): Promise<FeatureProfile[] | null> {
    return services.snapshots.profile(parseName(view, "view"), asOf);
  }

  @FieldResolver(() => FeatureDefinitionType, {
    complexity: IN_MEMORY,
    description: "The feature, as it is declared now.",
  })
  feature(@Root() { feature }: FeatureProfile): FeatureDefinitionType {
    return definitionOf(feature);
  }
}

@Resolver(() => SnapshotType)
export class SnapshotProfileResolver {
  @FieldResolver(() => [FeatureProfileType], {
    nullable: true,
    complexity: COMPUTATION,
    description: `How the values of a view's features are distributed in it. ${COMPUTED_ONCE} Null where it was made without the view, or its rows were dropped before.`,
  })
  featureProfile(
    @Root() { id }: Snapshot,
    @Arg("view", () => String) view: string,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<FeatureProfile[] | null> {
    return loaders.featureProfiles.with({ view: parseName(view, "view") }).load(id);
  }
}

@Resolver(() => DriftPointType)
export class DriftPointResolver {
  @Needs("viewer")
  @Query(() => [DriftPointType], {
    nullable: true,
    complexity: COMPUTATION,
    description:
      "Drift of each feature of a model's service over its newest `first` dates, oldest first, against the snapshot that the\n" +
      "Production version was trained on: what a heat map shows. Stored; the dates that nobody asked about before are compared\n" +
      "for ten seconds at most, the others are `pending`. Null where no version is in Production.",
  })
  driftHistory(
    @Arg("model", () => String) model: string,
    @Arg("first", () => Int, { defaultValue: 12, description: "How many dates, from 1 to 100." })
    first: number,
    @Ctx() { services }: GraphQLContext,
  ): Promise<DriftPoint[] | null> {
    return services.monitoring.driftHistory(parseName(model, "model"), driftDates(first));
  }
}
