import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import type { EntityRow, UserFeatures } from "../features/types.js";
import { batch, maxHistoricalRows, parseKey } from "../inputs/arguments.js";
import { DateScalar } from "../schema/date.scalar.js";
import { DateTimeScalar } from "../schema/date-time.scalar.js";
import { EntityRowInput } from "../schema/entity-row.input.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { JsonScalar } from "../schema/json.scalar.js";
import { UserFeaturesType } from "../schema/user-features.type.js";
import type { GraphQLContext } from "./context.js";
import { inChunks } from "./in-chunks.js";
import { Needs } from "./needs.js";

@Resolver(() => UserFeaturesType)
export class FeaturesResolver {
  @Needs("viewer")
  @Query(() => UserFeaturesType, {
    nullable: true,
    description:
      "Without asOf: the online values served right now. With asOf: what held on that date\n" +
      "(point-in-time). knownAt narrows it to what had been recorded by that instant, so that a\n" +
      "later correction of an old month does not leak into the answer. A user nobody knows gets\n" +
      "NOT_FOUND for every value, not an error.",
  })
  features(
    @Arg("userId", () => ID) userId: string,
    @Arg("asOf", () => DateScalar, { nullable: true }) asOf: string | null | undefined,
    @Arg("knownAt", () => DateTimeScalar, { nullable: true }) knownAt: Date | null | undefined,
    @Ctx() { loaders, names }: GraphQLContext,
  ): Promise<UserFeatures> {
    return loaders.features.load({ userId: parseKey(userId, names.field), asOf, knownAt });
  }

  @Needs("viewer")
  @Query(() => [UserFeaturesType], {
    description:
      "Point-in-time join: one row per input row, in the input's order. At most 100 000 rows; for more, and for\n" +
      "files, there is exportTrainingSet.",
  })
  historicalFeatures(
    @Arg("rows", () => [EntityRowInput]) rows: EntityRow[],
    @Ctx() { services, names }: GraphQLContext,
  ): Promise<UserFeatures>[] {
    batch("rows", rows, maxHistoricalRows).forEach(({ userId }, index) => {
      parseKey(userId, `rows[${index}].${names.field}`);
    });
    return inChunks(rows, (chunk) => services.features.read(chunk));
  }

  @FieldResolver(() => JsonScalar, {
    complexity: IN_MEMORY,
    description: "The same values as one JSON object, keyed by the feature's snake_case name.",
  })
  json(@Root() { values }: UserFeatures): UserFeatures["values"] {
    return values;
  }
}
