import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import { defaultEntityOf } from "../definitions/language/entities.js";
import type { EntityRecord, UserFeatures } from "../features/types.js";
import { pageSize, parseName } from "../inputs/arguments.js";
import { requireModelOf } from "../inputs/asked-key.js";
import { parseKey } from "../inputs/entity-key.js";
import { DateScalar } from "../schema/date.scalar.js";
import { DateTimeScalar } from "../schema/date-time.scalar.js";
import { DEFAULT_MODEL } from "../schema/default-model.js";
import { toConnection } from "../schema/page-info.type.js";
import { PredictionType } from "../schema/prediction.type.js";
import { UserConnection, UserType } from "../schema/user.type.js";
import { UserFeaturesType } from "../schema/user-features.type.js";
import type { Prediction } from "../serving/types.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

const keyOf = (record: EntityRecord, { services }: GraphQLContext): string =>
  String(record[defaultEntityOf(services.definitions).key]);

@Resolver(() => UserType)
export class UserResolver {
  @Needs("viewer")
  @Query(() => UserType, { nullable: true })
  user(
    @Arg("userId", () => ID) key: unknown,
    @Ctx() { loaders, names, services }: GraphQLContext,
  ): Promise<EntityRecord | null> {
    const entity = defaultEntityOf(services.definitions);
    return loaders.users.with({ entity: entity.name }).load(parseKey(entity, key, names.field));
  }

  @Needs("viewer")
  @Query(() => UserConnection)
  async users(
    @Arg("first", () => Int, { defaultValue: 50 }) first: number,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() { services }: GraphQLContext,
  ) {
    const users = await services.entities.list(defaultEntityOf(services.definitions), {
      first: pageSize(first),
      after,
    });
    return toConnection(users, () => services.entities.count(defaultEntityOf(services.definitions)));
  }

  @FieldResolver(() => UserFeaturesType)
  features(
    @Root() user: EntityRecord,
    @Arg("asOf", () => DateScalar, { nullable: true }) asOf: string | null | undefined,
    @Arg("knownAt", () => DateTimeScalar, { nullable: true }) knownAt: Date | null | undefined,
    @Ctx() context: GraphQLContext,
  ): Promise<UserFeatures> {
    return context.loaders.features
      .with({ entity: defaultEntityOf(context.services.definitions).name })
      .load({ key: keyOf(user, context), asOf, knownAt });
  }

  @FieldResolver(() => PredictionType, { nullable: true })
  async prediction(
    @Root() user: EntityRecord,
    @Arg("model", () => String, { defaultValue: DEFAULT_MODEL }) model: string,
    @Arg("asOf", () => DateScalar, { nullable: true }) asOf: string | null | undefined,
    @Ctx() context: GraphQLContext,
  ): Promise<Prediction> {
    const key = keyOf(user, context);
    const { definitions } = context.services;
    requireModelOf(definitions, model, defaultEntityOf(definitions));
    return context.loaders.predictions.load({ key, model: parseName(model, "model"), asOf });
  }
}
