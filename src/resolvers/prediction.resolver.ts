import { Arg, Ctx, FieldResolver, Float, ID, Int, Query, Resolver, Root } from "type-graphql";
import type { Entity } from "../definitions/language/deployment.js";
import { defaultEntityOf, entityOfModel, entityOfService } from "../definitions/language/entities.js";
import { entityNames } from "../definitions/language/entity-names.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { deliveredKey, isKeyProblem, type KeyProblem, keyObject } from "../definitions/language/key-form.js";
import { BadUserInputError } from "../errors/errors.js";
import type { UserFeatures } from "../features/types.js";
import { batch, parseName } from "../inputs/arguments.js";
import { askedKey, parseAsked, requireModelOf } from "../inputs/asked-key.js";
import { argumentKey, parseEntityKey, requireService } from "../inputs/entity-key.js";
import { ContributionType } from "../schema/contribution.type.js";
import { DateScalar } from "../schema/date.scalar.js";
import { DEFAULT_MODEL } from "../schema/default-model.js";
import { FeaturesType } from "../schema/features.type.js";
import { EXPLANATION, IN_MEMORY } from "../schema/field-costs.js";
import { JsonScalar } from "../schema/json.scalar.js";
import { PredictionOutcomeType, PredictionType } from "../schema/prediction.type.js";
import { UserFeaturesType } from "../schema/user-features.type.js";
import type { PredictionService } from "../services/data-services.js";
import type { Services } from "../services/services.js";
import type { Prediction, PredictionOutcome, PredictRequest } from "../serving/types.js";
import type { GraphQLContext } from "./context.js";
import { Needs, OfModel } from "./needs.js";

const REQUEST =
  "What the request brings, by feature, where the service declares it: each value as a delivery would have it.";

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
    @Arg("userId", () => ID) given: unknown,
    @Arg("model", () => String, { defaultValue: DEFAULT_MODEL }) model: string,
    @Arg("version", () => Int, { nullable: true }) version: number | null | undefined,
    @Arg("asOf", () => DateScalar, { nullable: true }) asOf: string | null | undefined,
    @Arg("alias", () => String, { nullable: true })
    alias: string | null | undefined,
    @Arg("request", () => JsonScalar, { nullable: true, description: REQUEST })
    request: unknown,
    @Ctx() { loaders, services }: GraphQLContext,
  ): Promise<Prediction> {
    const asked = await namedRequest(services, { model, version, asOf, request }, alias);
    const { entity, key } = parseAsked(services.definitions, given);
    requireModelOf(services.definitions, asked.model, entity);
    return loaders.predictions.load({ key, ...asked });
  }

  @Needs("viewer")
  @Query(() => [PredictionOutcomeType], {
    description: "Up to 10 000 users; an outcome per id, in the input's order; one bad id fails alone.",
  })
  async predictMany(
    @Arg("userIds", () => [ID]) given: unknown[],
    @Arg("model", () => String, { defaultValue: DEFAULT_MODEL }) model: string,
    @Arg("version", () => Int, { nullable: true }) version: number | null | undefined,
    @Arg("asOf", () => DateScalar, { nullable: true }) asOf: string | null | undefined,
    @Arg("alias", () => String, { nullable: true })
    alias: string | null | undefined,
    @Arg("request", () => JsonScalar, { nullable: true, description: `${REQUEST} The same for all.` })
    request: unknown,
    @Arg("requests", () => [JsonScalar], {
      nullable: true,
      description: "Instead of `request`: one for each id, in their order.",
    })
    requests: unknown[] | null | undefined,
    @Ctx() { services }: GraphQLContext,
  ): Promise<OutcomeOf[]> {
    const named = await namedRequest(services, { model, version, asOf, request }, alias);
    const asked = given.map((each) => askedKey(services.definitions, each));
    const entity = asked[0]?.entity ?? defaultEntityOf(services.definitions);
    if (asked.length > 0) requireModelOf(services.definitions, named.model, entity);
    const keys = batch(
      entityNames(entity).fields,
      asked.map((each) => each.given),
    );
    const all = withRequests(named, keys.length, requests);
    return predictUsable(services.predictor, entity, keys, all);
  }

  @Needs("viewer")
  @OfModel("service")
  @Query(() => PredictionType, {
    nullable: true,
    description:
      "`predict`, the same in every deployment: with the model of a feature service, and a key that is an object by column.\n" +
      "Without a key, a cold start: `features` gives every stored feature that the version takes, or computes from, each\n" +
      "as a delivery would have it.",
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
    const of = requireService(services.definitions, service);
    const { name: model } = of;
    const asked = await namedRequest(services, { model, version, asOf, request, unlogged: !log }, alias);
    if (isGiven(features)) {
      refuseColdStart(key, asOf);
      return services.predictor.predictCold({ ...asked, features });
    }
    const parsed = parseEntityKey(entityOfService(services.definitions, of), key, "key");
    return loaders.predictions.load({ key: parsed, ...asked });
  }

  @FieldResolver(() => JsonScalar, {
    nullable: true,
    complexity: IN_MEMORY,
    description: "The key, an object by column. Null for a cold start.",
  })
  key(@Root() { key, modelVersion }: Prediction, @Ctx() { services }: GraphQLContext) {
    return key === null ? null : keyObject(entityOfModel(services.definitions, modelVersion.model), key);
  }

  @FieldResolver(() => UserFeaturesType, {
    complexity: IN_MEMORY,
    description:
      "What was read, given and computed, with a status each. For a cold start its key is empty, which nobody's is.",
  })
  features(
    @Root() { key, features, modelVersion }: Prediction,
    @Ctx() { services }: GraphQLContext,
  ): UserFeatures {
    return { entity: entityOfModel(services.definitions, modelVersion.model), key: key ?? "", ...features };
  }

  @FieldResolver(() => [ContributionType], {
    complexity: EXPLANATION,
    nullable: true,
    description:
      "What each feature adds, the greatest first: with baseValue they sum to the margin. Exact TreeSHAP for trees,\n" +
      "linear terms for linear models, interventional TreeSHAP beside stored rows for tree ensembles that were made elsewhere.\n" +
      "Null for a model that cannot be explained.",
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

/** With whose key it is. */
type OutcomeOf = GivenOutcome & { entity: Entity };

@Resolver(() => PredictionOutcomeType)
export class PredictionOutcomeResolver {
  @FieldResolver(() => JsonScalar, {
    nullable: true,
    complexity: IN_MEMORY,
    description: "The key, an object by column.",
  })
  key(@Root() { key, given, entity }: OutcomeOf) {
    return given ?? keyObject(entity, key);
  }
}

const isGiven = (value: unknown): boolean => value !== null && value !== undefined;

/** Whose features are given has no row, neither now nor as of a date: nothing that a client gives is left out silently. */
function refuseColdStart(key: unknown, asOf: string | null | undefined): void {
  const beside = isGiven(key) ? "key" : isGiven(asOf) ? "asOf" : null;
  if (beside === null) return;
  throw new BadUserInputError(
    `features and ${beside}: features are given for somebody without a row; give a key alone to have them read, ` +
      "or features alone",
    { argument: "features" },
  );
}

function withRequests(
  request: PredictRequest,
  count: number,
  requests: readonly unknown[] | null | undefined,
): PredictRequest {
  if (!requests) return request;
  if (isGiven(request.request))
    throw new BadUserInputError("request and requests: name one of them, they are two ways to say the same");
  if (requests.length !== count)
    throw new BadUserInputError(
      `requests: one for each of the ${count} ids was expected; got ${requests.length}`,
    );
  return { ...request, requests };
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

/** The outcome of what is no key: `given` is what was asked, by column. */
type GivenOutcome = PredictionOutcome & { given?: Readonly<Record<string, unknown>> };

/** Keys that no entity can have are answered here, in their places; the predictor gets the others. */
async function predictUsable(
  predictor: PredictionService,
  entity: Entity,
  given: readonly unknown[],
  request: PredictRequest,
): Promise<OutcomeOf[]> {
  const keys = given.map((each) => argumentKey(entity, each));
  const usable = keys.filter((key): key is string => !isKeyProblem(key));
  const requests = request.requests?.filter((_, index) => !isKeyProblem(keys[index]!));
  const outcomes = (
    await predictor.predictMany(usable, requests ? { ...request, requests } : request)
  ).values();
  return keys.map((key, index): OutcomeOf => {
    if (isKeyProblem(key)) {
      const error = { code: "BAD_USER_INPUT", message: unusable(entity, key), missingFeatures: [] };
      return { ...asGiven(entity, given[index]), prediction: null, error, entity };
    }
    const { key: of, prediction, error } = outcomes.next().value!;
    return { key: of, prediction, error, entity };
  });
}

function unusable(entity: Entity, { column, problem }: KeyProblem): string {
  const { column: called } = entityNames(entity);
  const of = called === column.column ? "" : `${column.column}: `;
  return `the ${called.replaceAll("_", " ")} cannot be used: ${of}${problem}`;
}

function asGiven(entity: Entity, given: unknown): Pick<GivenOutcome, "key" | "given"> {
  const columns = keyColumnsOf(entity);
  const values = columns.length === 1 ? [given] : columns.map(({ field }) => (given as Values)[field]);
  return {
    key: deliveredKey(entity, values.map(String)) ?? "",
    given: Object.fromEntries(columns.map(({ column }, place) => [column, values[place]])),
  };
}
type Values = Readonly<Record<string, unknown>>;
