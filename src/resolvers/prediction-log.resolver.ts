import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import type { Deployment, Entity } from "../definitions/language/deployment.js";
import { defaultEntityOf, entityOfModel, entityOfService } from "../definitions/language/entities.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { keyObject } from "../definitions/language/key-form.js";
import { BadUserInputError } from "../errors/errors.js";
import { listSize, pageSize, parseName } from "../inputs/arguments.js";
import { parseAsked, requireModelOf } from "../inputs/asked-key.js";
import { parseEntityKey } from "../inputs/entity-key.js";
import type { LoggedPrediction } from "../monitoring/logged-prediction.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { JsonScalar } from "../schema/json.scalar.js";
import { LoggedPredictionType, PredictionLogConnectionType } from "../schema/logged-prediction.type.js";
import { toConnection } from "../schema/page-info.type.js";
import type { GraphQLContext } from "./context.js";
import { ListSize } from "./list-size.js";
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
    @Arg("userId", () => ID, { nullable: true }) key: unknown,
    @Arg("entityKey", () => JsonScalar, { nullable: true }) entityKey: unknown,
    @Arg("first", () => Int, { defaultValue: 50 }) first: number,
    @Arg("after", () => String, { nullable: true }) after: string | null | undefined,
    @Ctx() context: GraphQLContext,
  ) {
    const ofModel = model !== null && model !== undefined;
    const ofVersion = version !== null && version !== undefined;
    if (ofVersion && !ofModel) throw new BadUserInputError("version: name the model that it is a version of");
    const asked = keyAsked(key, entityKey, context, ofModel ? model : null);
    const filter = {
      model: ofModel ? parseName(model, "model") : null,
      version: version ?? null,
      key: asked?.key ?? null,
      models: asked && modelsAbout(context.services.definitions, asked.entity),
    };
    const logged = await context.services.monitoring.predictions(filter, { first: pageSize(first), after });
    return toConnection(logged, null);
  }

  @FieldResolver(() => JsonScalar, {
    nullable: true,
    complexity: IN_MEMORY,
    description: "The key, an object by column. Null for a cold start.",
  })
  key(
    @Root() { key, model }: LoggedPrediction,
    @Ctx() { services }: GraphQLContext,
  ): ReturnType<typeof keyObject> | null {
    return key === null ? null : keyObject(entityOfModel(services.definitions, model), key);
  }

  @FieldResolver(() => [String], {
    complexity: IN_MEMORY,
    description:
      "Of `features` and `request` those whose values the caller may not see; they are null there.",
  })
  masked(
    @Root() { features, request }: LoggedPrediction,
    @ListSize() first: number | null,
    @Ctx() { services: { masked } }: GraphQLContext,
  ): string[] {
    const names = [...new Set([...Object.keys(features), ...Object.keys(request ?? {})])];
    return names.filter((name) => masked?.hasFeature(name)).slice(0, listSize(first));
  }
}

function keyAsked(
  given: unknown,
  entityKey: unknown,
  { services: { definitions }, names }: GraphQLContext,
  model: string | null,
): { entity: Entity; key: string } | null {
  const byId = given !== null && given !== undefined;
  const byKey = entityKey !== null && entityKey !== undefined;
  if (byId && byKey)
    throw new BadUserInputError(
      `${names.field} and entityKey: name one of them, they are two ways to say the same`,
    );
  if (byKey) {
    const entity = model === null ? entityWithKey(definitions, entityKey) : entityOfModel(definitions, model);
    return { entity, key: parseEntityKey(entity, entityKey, "entityKey") };
  }
  if (!byId) return null;
  const asked = parseAsked(definitions, given);
  if (model !== null) requireModelOf(definitions, model, asked.entity);
  return asked;
}

/** The entity whose key has such a column; of none the default one, which says what was expected. */
function entityWithKey(definitions: Deployment, given: unknown): Entity {
  const columns = Object.keys(Object(given));
  const found = definitions.entities.find(({ entity }) =>
    keyColumnsOf(entity).every(({ column }) => columns.includes(column)),
  );
  return found?.entity ?? defaultEntityOf(definitions);
}

/** Two entities may have the same key; null where every model is about the only one. */
const modelsAbout = (definitions: Deployment, { name }: Entity): string[] | null =>
  definitions.entities.length === 1
    ? null
    : definitions.services.flatMap((service) =>
        entityOfService(definitions, service).name === name ? [service.name] : [],
      );
