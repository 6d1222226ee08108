import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import { BadUserInputError } from "../errors/errors.js";
import { pageSize, parseKey, parseName } from "../inputs/arguments.js";
import { type EntityKeyObject, keyObject, parseEntityKey } from "../inputs/entity-key.js";
import type { LoggedPrediction } from "../monitoring/prediction-log.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { JsonScalar } from "../schema/json.scalar.js";
import { LoggedPredictionType, PredictionLogConnectionType } from "../schema/logged-prediction.type.js";
import { toConnection } from "../schema/page-info.type.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

/** What was answered. */
@Resolver(() => LoggedPredictionType)
export class PredictionLogResolver {
  @Needs("viewer")
  @Query(() => PredictionLogConnectionType, {
    description:
      "What was answered about now, the newest first, as far as the prediction log keeps it: a share of it where\n" +
      "PREDICTION_LOG_SAMPLE says so, some seconds later. Of one user by the key or by `entityKey`, not by both.",
  })
  async predictions(
    @Arg("model", () => String, { nullable: true }) model: string | null | undefined,
    @Arg("version", () => Int, { nullable: true, description: "Only of this version of the model." })
    version: number | null | undefined,
    @Arg("userId", () => ID, { nullable: true }) userId: string | null | undefined,
    @Arg("entityKey", () => JsonScalar, { nullable: true }) entityKey: unknown,
    @Arg("first", () => Int, { defaultValue: 50 }) first: number,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() context: GraphQLContext,
  ) {
    const ofModel = model !== null && model !== undefined;
    const ofVersion = version !== null && version !== undefined;
    if (ofVersion && !ofModel) throw new BadUserInputError("version: name the model that it is a version of");
    const filter = {
      model: ofModel ? parseName(model, "model") : null,
      version: version ?? null,
      userId: keyAsked(userId, entityKey, context),
    };
    const logged = await context.services.monitoring.predictions(filter, { first: pageSize(first), after });
    return toConnection(logged, null);
  }

  @FieldResolver(() => JsonScalar, {
    nullable: true,
    complexity: IN_MEMORY,
    description: "The key, an object by column. Null for a cold start.",
  })
  key(@Root() { userId }: LoggedPrediction, @Ctx() { services }: GraphQLContext): EntityKeyObject {
    return keyObject(services.definitions.entity, userId);
  }
}

function keyAsked(
  userId: string | null | undefined,
  entityKey: unknown,
  { services, names }: GraphQLContext,
): string | null {
  const byId = userId !== null && userId !== undefined;
  const byKey = entityKey !== null && entityKey !== undefined;
  if (byId && byKey)
    throw new BadUserInputError(
      `${names.field} and entityKey: name one of them, they are two ways to say the same`,
    );
  if (byKey) return parseEntityKey(services.definitions.entity, entityKey, "entityKey");
  return byId ? parseKey(userId, names.field) : null;
}
