import type { FastifyInstance } from "fastify";
import { FeaturesMissingError } from "../errors/errors.js";
import { parseUserId } from "../resolvers/arguments.js";
import type { Services } from "../services.js";

export function registerFeatures(app: FastifyInstance, { features }: Services): void {
  app.get<{ Params: { userId: string } }>(
    "/features/:userId",
    { config: { detached: true } },
    async ({ params }) => {
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
