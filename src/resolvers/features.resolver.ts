import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import type { Entity } from "../definitions/language/deployment.js";
import { keyObject } from "../definitions/language/key-form.js";
import { everyFeature } from "../features/feature-selection.js";
import type { EntityRow, UserFeatures } from "../features/types.js";
import { batch, maxHistoricalRows } from "../inputs/arguments.js";
import { parseAsked } from "../inputs/asked-key.js";
import { DateScalar } from "../schema/date.scalar.js";
import { DateTimeScalar } from "../schema/date-time.scalar.js";
import { EntityRowInput } from "../schema/entity-row.input.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { JsonScalar } from "../schema/json.scalar.js";
import { UserFeaturesType } from "../schema/user-features.type.js";
import type { Services } from "../services/services.js";
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
    @Arg("userId", () => ID) given: unknown,
    @Arg("asOf", () => DateScalar, { nullable: true }) asOf: string | null | undefined,
    @Arg("knownAt", () => DateTimeScalar, { nullable: true }) knownAt: Date | null | undefined,
    @Ctx() { loaders, services }: GraphQLContext,
  ): Promise<UserFeatures> {
    const { entity, key } = parseAsked(services.definitions, given);
    return loaders.features.with({ entity: entity.name }).load({ key, asOf, knownAt });
  }

  @Needs("viewer")
  @Query(() => [UserFeaturesType], {
    description:
      "Point-in-time join: one row per input row, in the input's order. At most 100 000 rows; for more, and for\n" +
      "files, there is exportTrainingSet.",
  })
  historicalFeatures(
    @Arg("rows", () => [EntityRowInput]) rows: EntityRowInput[],
    @Ctx() { services }: GraphQLContext,
  ): Promise<UserFeatures>[] {
    const asked = batch("rows", rows, maxHistoricalRows).map(({ userId, ...clocks }, index) => ({
      ...parseAsked(services.definitions, userId, (field) => `rows[${index}].${field}`),
      ...clocks,
    }));
    return inChunks(asked, (chunk) => readEach(services, chunk));
  }

  @FieldResolver(() => String, {
    complexity: IN_MEMORY,
    description: "Whose key it is: the entity's name, as `deployment` has it.",
  })
  entity(@Root() { entity }: UserFeatures): string {
    return entity.name;
  }

  @FieldResolver(() => JsonScalar, { complexity: IN_MEMORY, description: "The key, an object by column." })
  key(@Root() { entity, key }: UserFeatures): ReturnType<typeof keyObject> {
    return keyObject(entity, key);
  }

  @FieldResolver(() => JsonScalar, {
    complexity: IN_MEMORY,
    description: "The same values as one JSON object, keyed by the feature's snake_case name.",
  })
  json(@Root() { values }: UserFeatures): UserFeatures["values"] {
    return values;
  }
}

/** The rows of each entity by themselves, each answer in its row's place. */
async function readEach(
  { definitions, features }: Services,
  rows: readonly (EntityRow & { entity: Entity })[],
): Promise<UserFeatures[]> {
  const places = new Map<Entity, number[]>();
  rows.forEach(({ entity }, place) => {
    const known = places.get(entity);
    if (known) known.push(place);
    else places.set(entity, [place]);
  });
  const answers = new Array<UserFeatures>(rows.length);
  for (const [entity, at] of places) {
    const asked = at.map((place) => rows[place]!);
    const read = await features.read(asked, everyFeature(definitions, entity));
    at.forEach((place, i) => {
      answers[place] = read[i]!;
    });
  }
  return answers;
}
