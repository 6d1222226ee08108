import { Arg, Ctx, FieldResolver, Float, ID, Int, Query, Resolver, Root } from "type-graphql";
import type { EntityNames } from "../definitions/language/entity-names.js";
import { BadUserInputError } from "../errors/errors.js";
import type { UserFeatures } from "../features/types.js";
import { batch, keyProblem, parseKey, parseName } from "../inputs/arguments.js";
import { type EntityKeyObject, keyObject, parseEntityKey, requireService } from "../inputs/entity-key.js";
import { ContributionType } from "../schema/contribution.type.js";
import { DateScalar } from "../schema/date.scalar.js";
import { DEFAULT_MODEL } from "../schema/default-model.js";
import { FeaturesType } from "../schema/features.type.js";
import { EXPLANATION, IN_MEMORY } from "../schema/field-costs.js";
import { JsonScalar } from "../schema/json.scalar.js";
import { PredictionOutcomeType, PredictionType } from "../schema/prediction.type.js";
import type { PredictionService, Services } from "../services/services.js";
import type { Prediction, PredictionOutcome, PredictRequest } from "../serving/types.js";
import type { GraphQLContext } from "./context.js";
import { Needs } from "./needs.js";

@Resolver(() => PredictionType)
export class PredictionResolver {
  @Needs("viewer")
  @Query(() => PredictionType, {
    nullable: true,
    description:
      "Scores one user with the Production version, or with `version`, or with the one that has the `alias`. With asOf: the features\n" +
      "that held on that date and, unless a version is named, the version that was in Production then.",
  })
  async predict(
    @Arg("userId", () => ID) userId: string,
    @Arg("model", () => String, { defaultValue: DEFAULT_MODEL }) model: string,
    @Arg("version", () => Int, { nullable: true }) version: number | null | undefined,
    @Arg("asOf", () => DateScalar, { nullable: true }) asOf: string | null | undefined,
    @Arg("alias", () => String, { nullable: true })
    alias: string | null | undefined,
    @Ctx() { loaders, services, names }: GraphQLContext,
  ): Promise<Prediction> {
    const request = await namedRequest(services, { model, version, asOf }, alias);
    return loaders.predictions.load({ userId: parseKey(userId, names.field), ...request });
  }

  @Needs("viewer")
  @Query(() => [PredictionOutcomeType], {
    description: "Up to 10 000 users; an outcome per id, in the input's order; one bad id fails alone.",
  })
  async predictMany(
    @Arg("userIds", () => [ID]) userIds: string[],
    @Arg("model", () => String, { defaultValue: DEFAULT_MODEL }) model: string,
    @Arg("version", () => Int, { nullable: true }) version: number | null | undefined,
    @Arg("asOf", () => DateScalar, { nullable: true }) asOf: string | null | undefined,
    @Arg("alias", () => String, { nullable: true })
    alias: string | null | undefined,
    @Ctx() { services, names }: GraphQLContext,
  ): Promise<PredictionOutcome[]> {
    const request = await namedRequest(services, { model, version, asOf }, alias);
    return predictUsable(services.predictor, batch(names.fields, userIds), request, names);
  }

  @Needs("viewer")
  @Query(() => PredictionType, {
    nullable: true,
    description:
      "`predict`, the same in every deployment: with the model of a feature service, and a key that is an object by column.\n" +
      "Feature values of the request's own are refused: this deployment declares no request-time features, and\n" +
      "features are read from the feature store.",
  })
  async predictFor(
    @Arg("service", () => String) service: string,
    @Arg("key", () => JsonScalar, { nullable: true }) key: unknown,
    @Arg("features", () => JsonScalar, { nullable: true }) features: unknown,
    @Arg("request", () => JsonScalar, { nullable: true }) request: unknown,
    @Arg("version", () => Int, { nullable: true }) version: number | null | undefined,
    @Arg("alias", () => String, { nullable: true })
    alias: string | null | undefined,
    @Arg("asOf", () => DateScalar, { nullable: true }) asOf: string | null | undefined,
    @Arg("log", () => Boolean, { defaultValue: true }) log: boolean,
    @Ctx() { loaders, services }: GraphQLContext,
  ): Promise<Prediction> {
    const { name: model } = requireService(services.definitions, service);
    refuseValues(model, features, request);
    const userId = parseEntityKey(services.definitions.entity, key, "key");
    const asked = await namedRequest(services, { model, version, asOf, unlogged: !log }, alias);
    return loaders.predictions.load({ userId, ...asked });
  }

  @FieldResolver(() => JsonScalar, {
    nullable: true,
    complexity: IN_MEMORY,
    description: "The key, an object by column. Null for a cold start.",
  })
  key(@Root() { userId }: Prediction, @Ctx() { services }: GraphQLContext): EntityKeyObject {
    return keyObject(services.definitions.entity, userId);
  }

  @FieldResolver(() => [ContributionType], {
    complexity: EXPLANATION,
    nullable: true,
    description:
      "What each feature adds, the greatest first: with baseValue they sum to the margin. Exact TreeSHAP for trees,\n" +
      "linear terms for logistic regression. Null for a model that asof did not train.",
  })
  async contributions(@Root() prediction: Prediction, @Ctx() { loaders }: GraphQLContext) {
    return (await loaders.explanations.load(prediction))?.contributions ?? null;
  }

  @FieldResolver(() => Float, {
    complexity: EXPLANATION,
    nullable: true,
    description: "The margin when no feature is known.",
  })
  async baseValue(@Root() prediction: Prediction, @Ctx() { loaders }: GraphQLContext) {
    return (await loaders.explanations.load(prediction))?.baseValue ?? null;
  }

  @FieldResolver(() => FeaturesType, {
    complexity: IN_MEMORY,
    description: "What the version was given; the other features are null.",
  })
  featuresUsed(@Root() { features }: Prediction): UserFeatures["values"] {
    return features.values;
  }
}

@Resolver(() => PredictionOutcomeType)
export class PredictionOutcomeResolver {
  @FieldResolver(() => JsonScalar, {
    nullable: true,
    complexity: IN_MEMORY,
    description: "The key, an object by column.",
  })
  key(@Root() { userId }: PredictionOutcome, @Ctx() { services }: GraphQLContext): EntityKeyObject {
    return keyObject(services.definitions.entity, userId);
  }
}

/**
 * Nothing that a client gives is left out silently. No service takes values of a request yet: its features are columns of
 * sources, read from the feature store by key.
 */
function refuseValues(service: string, features: unknown, request: unknown): void {
  if (request !== null && request !== undefined)
    throw new BadUserInputError(
      `request: the service ${service} declares no request-time feature, so it takes no values of a request; leave it out`,
      { argument: "request" },
    );
  if (features !== null && features !== undefined)
    throw new BadUserInputError(
      `features: the service ${service} takes its features from the feature store, by key; scoring given values is not ` +
        "supported; leave it out and give a key, or push the values first",
      { argument: "features" },
    );
}

/** An alias is looked up for each request: once it moves, the next request gets the other version. */
async function namedRequest(
  { catalogue }: Services,
  request: PredictRequest,
  alias: string | null | undefined,
): Promise<PredictRequest> {
  const model = parseName(request.model, "model");
  if (alias === null || alias === undefined) return { ...request, model };
  if (request.version !== null && request.version !== undefined)
    throw new BadUserInputError("alias and version: name one of them, they are two ways to say the same");
  const { version } = await catalogue.requireByAlias(model, parseName(alias, "alias"));
  return { ...request, model, version };
}

/** Ids that no user can have are answered here, in their places; the predictor gets the others. */
async function predictUsable(
  predictor: PredictionService,
  userIds: readonly string[],
  request: PredictRequest,
  { column }: EntityNames,
): Promise<PredictionOutcome[]> {
  const problems = userIds.map(keyProblem);
  const usable = userIds.filter((_, index) => problems[index] === null);
  const outcomes = (await predictor.predictMany(usable, request)).values();
  return problems.map((problem, index) =>
    problem === null
      ? outcomes.next().value!
      : {
          userId: userIds[index]!,
          prediction: null,
          error: {
            code: "BAD_USER_INPUT",
            message: `the ${column.replaceAll("_", " ")} cannot be used: ${problem}`,
            missingFeatures: [],
          },
        },
  );
}
