import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type Deployment, type Entity, featuresOf } from "../definitions/language/deployment.js";
import { defaultEntityOf, viewsOf } from "../definitions/language/entities.js";
import { type EntityNames, entityNames } from "../definitions/language/entity-names.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { keyObject } from "../definitions/language/key-form.js";
import { BadUserInputError, FeaturesMissingError } from "../errors/errors.js";
import { everyFeature } from "../features/feature-selection.js";
import { unknownEntities } from "../features/unknown-entities.js";
import { parseKeyPath } from "../inputs/entity-key.js";
import type { CommonServices } from "../services/services.js";
import type { RouteApi } from "./openapi/route-api.js";
import { maskedShape, servedKeyColumns, servedValue } from "./openapi/value-shapes.js";
import { maskedNames } from "./own-services.js";

/** `/features/:userId`, and in a deployment of several entities `/features/<entity>/:key` of each. */
export function registerFeatures(app: FastifyInstance, services: CommonServices): void {
  const { definitions } = services;
  const entity = defaultEntityOf(definitions);
  registerOf(app, definitions, entity, `/features/:${entityNames(entity).field}`);
  if (definitions.entities.length < 2) return;
  for (const { entity } of definitions.entities) {
    registerOf(app, definitions, entity, `/features/${entity.name}/:${entityNames(entity).field}`);
  }
}

function registerOf(app: FastifyInstance, definitions: Deployment, entity: Entity, path: string): void {
  const names = entityNames(entity);
  const selection = everyFeature(definitions, entity);
  const config = { rule: "viewer", detached: true, api: described(definitions, entity) } as const;
  app.get(path, { config }, async ({ raw, query, services }) => {
    refuseQuery(query as object, names);
    // As it was sent: a decoded one no longer tells a ":" of a value from one between values.
    const [path] = raw.url!.split("?", 1);
    const sent = path!.slice(path!.lastIndexOf("/") + 1);
    const key = parseKeyPath(entity, sent, names.column);
    const { entities, features } = services;
    const [answer] = await features.read([{ key }], selection);
    const { values, statuses } = answer!;
    if (statuses.every(({ status }) => status === "NOT_FOUND")) {
      const isUnknown = (await unknownEntities(entities, entity, [answer!])).has(key);
      throw new FeaturesMissingError(names, key, Object.keys(values), { isUnknown });
    }
    return { ...keyObject(entity, key), features: values, ...maskedNames(services, Object.keys(values)) };
  });
}

/** Refused: ignoring the date would answer with the values of now. */
function refuseQuery(query: object, { field }: EntityNames): void {
  const [name] = Object.keys(query);
  if (name === undefined) return;
  throw new BadUserInputError(
    `no query parameter was expected; got ${JSON.stringify(name)}; values of a past date are in query { features(${field}: "…", asOf: "…") }`,
  );
}

function described(definitions: Deployment, entity: Entity): RouteApi {
  const { field, words, aWord } = entityNames(entity);
  const features = featuresOf(viewsOf(definitions, entity));
  const columns = keyColumnsOf(entity);
  const form =
    columns.length === 1
      ? `The key of the ${words}, percent-encoded.`
      : `${columns.map(({ column }) => column).join(":")}, each percent-encoded.`;
  return {
    tag: "Features",
    summary: `The features of ${aWord}, as they are now`,
    params: { [field]: { description: form } },
    answers: {
      200: {
        description:
          "Every feature of every view; null where there is no value, or one past its time to live.",
        content: z.object({
          ...servedKeyColumns(entity),
          ...maskedShape,
          features: z.object(
            Object.fromEntries(features.map(({ name, column }) => [name, servedValue(column)])),
          ),
        }),
      },
    },
    errors: ["FEATURES_MISSING"],
  };
}
