import type { FastifyInstance } from "fastify";
import { BadUserInputError, FeaturesMissingError } from "../errors/errors.js";
import { parseUserId } from "../resolvers/arguments.js";
import type { Services } from "../services.js";

export function registerFeatures(app: FastifyInstance, { features }: Services): void {
  app.get<{ Params: { userId: string } }>(
    "/features/:userId",
    { config: { detached: true } },
    async ({ params, query }) => {
      refuseQuery(query as object);
      const userId = parseUserId(params.userId, "user_id");
      const [answer] = await features.read([{ userId }]);
      const { values, statuses } = answer!;
      if (statuses.every(({ status }) => status === "NOT_FOUND")) {
        throw new FeaturesMissingError(userId, Object.keys(values));
      }
      return { user_id: userId, features: values };
    },
  );
}

/** A date that nobody heeds would be answered with the values of now. */
function refuseQuery(query: object): void {
  const [name] = Object.keys(query);
  if (name === undefined) return;
  throw new BadUserInputError(
    `no query parameter was expected; got ${JSON.stringify(name)}; values of a past date are in query { features(userId: "…", asOf: "…") }`,
  );
}
