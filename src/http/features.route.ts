import type { FastifyInstance } from "fastify";
import { type EntityNames, entityNames } from "../definitions/language/entity-names.js";
import { BadUserInputError, FeaturesMissingError } from "../errors/errors.js";
import { unknownEntities } from "../features/unknown-entities.js";
import { parseKey } from "../inputs/arguments.js";
import type { Services } from "../services/services.js";

export function registerFeatures(app: FastifyInstance, { definitions, entities, features }: Services): void {
  const { entity } = definitions;
  const names = entityNames(entity);
  app.get<{ Params: Record<string, string> }>(
    `/features/:${names.field}`,
    { config: { rule: "viewer", detached: true } },
    async ({ params, query }) => {
      refuseQuery(query as object, names);
      const key = parseKey(params[names.field]!, names.column);
      const [answer] = await features.read([{ userId: key }]);
      const { values, statuses } = answer!;
      if (statuses.every(({ status }) => status === "NOT_FOUND")) {
        const isUnknown = (await unknownEntities(entities, [answer!])).has(key);
        throw new FeaturesMissingError(names, key, Object.keys(values), { isUnknown });
      }
      return { [names.column]: key, features: values };
    },
  );
}

/** Refused: ignoring the date would answer with the values of now. */
function refuseQuery(query: object, { field }: EntityNames): void {
  const [name] = Object.keys(query);
  if (name === undefined) return;
  throw new BadUserInputError(
    `no query parameter was expected; got ${JSON.stringify(name)}; values of a past date are in query { features(${field}: "…", asOf: "…") }`,
  );
}
