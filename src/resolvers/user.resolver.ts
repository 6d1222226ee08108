import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import type { EntityRecord, UserFeatures } from "../features/types.js";
import { pageSize, parseKey, parseName } from "../inputs/arguments.js";
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
  String(record[services.definitions.entity.key]);

@Resolver(() => UserType)
export class UserResolver {
  @Needs("viewer")
  @Query(() => UserType, { nullable: true })
  user(
    @Arg("userId", () => ID) userId: string,
    @Ctx() { loaders, names }: GraphQLContext,
  ): Promise<EntityRecord | null> {
    return loaders.users.load(parseKey(userId, names.field));
  }

  @Needs("viewer")
  @Query(() => UserConnection)
  async users(
    @Arg("first", () => Int, { defaultValue: 50 }) first: number,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() { services }: GraphQLContext,
  ) {
    const users = await services.entities.list({ first: pageSize(first), after });
    return toConnection(users, () => services.entities.count());
  }

  @FieldResolver(() => UserFeaturesType)
  features(
    @Root() user: EntityRecord,
    @Arg("asOf", () => DateScalar, { nullable: true }) asOf: string | null | undefined,
    @Arg("knownAt", () => DateTimeScalar, { nullable: true }) knownAt: Date | null | undefined,
    @Ctx() context: GraphQLContext,
  ): Promise<UserFeatures> {
    return context.loaders.features.load({ userId: keyOf(user, context), asOf, knownAt });
  }

  @FieldResolver(() => PredictionType, { nullable: true })
  prediction(
    @Root() user: EntityRecord,
    @Arg("model", () => String, { defaultValue: DEFAULT_MODEL }) model: string,
    @Arg("asOf", () => DateScalar, { nullable: true }) asOf: string | null | undefined,
    @Ctx() context: GraphQLContext,
  ): Promise<Prediction> {
    const userId = keyOf(user, context);
    return context.loaders.predictions.load({ userId, model: parseName(model, "model"), asOf });
  }
}
