import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import type { Deployment } from "../definitions/language/deployment.js";
import { entityOfService } from "../definitions/language/entities.js";
import { entityNames } from "../definitions/language/entity-names.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import type { EntityRecord, UserFeatures } from "../features/types.js";
import { pageSize, parseName } from "../inputs/arguments.js";
import { requireModelOf } from "../inputs/asked-key.js";
import { parseEntityKey, parseKey } from "../inputs/entity-key.js";
import { DateScalar } from "../schema/date.scalar.js";
import { DateTimeScalar } from "../schema/date-time.scalar.js";
import type { EntityRowsType } from "../schema/entity-rows.type.js";
import { JsonScalar } from "../schema/json.scalar.js";
import { toConnection } from "../schema/page-info.type.js";
import { PredictionType } from "../schema/prediction.type.js";
import { UserFeaturesType } from "../schema/user-features.type.js";
import type { Prediction } from "../serving/types.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

/** What `UserResolver` is for the default entity: a look-up, a list, features and a prediction of another entity's rows. */
export function otherEntityResolver(definitions: Deployment, rows: EntityRowsType) {
  const { entity } = rows.declared;
  const { one, many, field } = rows.names;
  /** The first that answers about it; none: a model has to be named. */
  const model = definitions.services.find((each) => entityOfService(definitions, each).name === entity.name);
  const keyAsked = (given: unknown): string =>
    keyColumnsOf(entity).length === 1
      ? parseKey(entity, given, entityNames(entity).field)
      : parseEntityKey(entity, given, "key");
  const keyOf = (record: EntityRecord): string => String(record[entity.key]);

  @Resolver(() => rows.type)
  class OtherEntityResolver {
    @Needs("viewer")
    @Query(() => rows.type, {
      name: one,
      nullable: true,
      description: "One by its key. Null where there is none.",
    })
    find(
      @Arg(field, () => (keyColumnsOf(entity).length === 1 ? ID : JsonScalar)) key: unknown,
      @Ctx() { loaders }: GraphQLContext,
    ): Promise<EntityRecord | null> {
      return loaders.users.with({ entity: entity.name }).load(keyAsked(key));
    }

    @Needs("viewer")
    @Query(() => rows.connection, { name: many, description: "All of them, by key." })
    async list(
      @Arg("first", () => Int, { defaultValue: 50 }) first: number,
      @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
      @Ctx() { services: { entities } }: GraphQLContext,
    ) {
      const found = await entities.list(entity, { first: pageSize(first), after });
      return toConnection(found, () => entities.count(entity));
    }

    @FieldResolver(() => UserFeaturesType, {
      description: "Its features, and those of what it belongs to: now, or as of a date.",
    })
    features(
      @Root() row: EntityRecord,
      @Arg("asOf", () => DateScalar, { nullable: true }) asOf: string | null | undefined,
      @Arg("knownAt", () => DateTimeScalar, { nullable: true }) knownAt: Date | null | undefined,
      @Ctx() { loaders }: GraphQLContext,
    ): Promise<UserFeatures> {
      return loaders.features.with({ entity: entity.name }).load({ key: keyOf(row), asOf, knownAt });
    }

    @FieldResolver(() => PredictionType, {
      nullable: true,
      description: "What a model says of it: its Production version, now or as of a date.",
    })
    async prediction(
      @Root() row: EntityRecord,
      @Arg("model", () => String, { defaultValue: model?.name }) named: string,
      @Arg("asOf", () => DateScalar, { nullable: true }) asOf: string | null | undefined,
      @Ctx() { loaders, services }: GraphQLContext,
    ): Promise<Prediction> {
      requireModelOf(services.definitions, named, entity);
      return loaders.predictions.load({ key: keyOf(row), model: parseName(named, "model"), asOf });
    }
  }
  return OtherEntityResolver;
}
