import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { BadUserInputError } from "../errors/errors.js";
import { parseName, parseUserId } from "../resolvers/arguments.js";
import { calendarDateExpected, parseCalendarDate } from "../schema/date.scalar.js";
import { defaultModel } from "../schema/default-model.js";
import type { Services } from "../services.js";
import type { PredictRequest } from "../serving/types.js";

const bodyShape = z.strictObject({
  user_id: z.string(),
  model: z.string().nullish(),
  version: z.int32().nullish(),
  as_of: z.string().nullish(),
});

/** @throws {BadUserInputError} the message names every field that cannot be used */
function parseBody(body: unknown): { userId: string; request: PredictRequest } {
  const parsed = bodyShape.safeParse(body);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.join(".") || "body"}: ${message}`,
    );
    throw new BadUserInputError(
      `the body cannot be used: ${problems.join("; ")}; {"user_id": "…"} was expected, with "model", "version" and "as_of" if wanted`,
    );
  }
  const { user_id, model, version, as_of } = parsed.data;
  if (as_of != null && parseCalendarDate(as_of) === null) {
    throw new BadUserInputError(`as_of: ${calendarDateExpected(as_of)}`);
  }
  const request = { model: parseName(model ?? defaultModel, "model"), version, asOf: as_of };
  return { userId: parseUserId(user_id, "user_id"), request };
}

export function registerPredict(app: FastifyInstance, { predictor }: Services): void {
  app.post("/predict", { config: { detached: true } }, async ({ body, scope }) => {
    const { userId, request } = parseBody(body);
    const predict = () => predictor.predict(userId, request);
    // About now, by Production, its statements are shared with other requests.
    const alone = request.asOf != null || request.version != null;
    const { prediction, probability, modelVersion, features } = await (alone
      ? scope!.run(predict)
      : predict());
    return {
      user_id: userId,
      prediction,
      probability,
      model: { name: modelVersion.model, version: modelVersion.version },
      features_used: features.values,
    };
  });
}
