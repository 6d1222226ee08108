import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { defaultModelOf } from "../definitions/language/default-model.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { entityNames } from "../definitions/language/entity-names.js";
import { BadUserInputError } from "../errors/errors.js";
import { parseKey, parseModel } from "../inputs/arguments.js";
import type { Services } from "../services/services.js";
import type { PredictRequest } from "../serving/types.js";
import { calendarDateExpected, parseCalendarDate } from "../values/calendar-date.js";
import { shapeProblem } from "../values/shape-problem.js";

interface PredictBody {
  key: string;
  request: PredictRequest;
}

/** Reads bodies such as {"user_id": "…"}: the key is called what its column is. */
function bodyReader(definitions: Deployment): (body: unknown) => PredictBody {
  const { column } = entityNames(definitions.entity);
  const shape = z.strictObject({
    model: z.string().nullish(),
    version: z.int32().nullish(),
    as_of: z.string().nullish(),
    [column]: z.string(),
  });
  return (body) => {
    const parsed = shape.safeParse(body);
    if (!parsed.success) {
      const problems = parsed.error.issues.map(
        (issue) => `${issue.path.join(".") || "body"}: ${shapeProblem(issue)}`,
      );
      throw new BadUserInputError(
        `the body cannot be used: ${problems.join("; ")}; {"${column}": "…"} was expected, with "model", "version" and "as_of" if wanted`,
      );
    }
    const {
      model,
      version,
      as_of,
      [column]: key,
    } = parsed.data as {
      model?: string | null;
      version?: number | null;
      as_of?: string | null;
    } & Record<string, unknown>;
    if (as_of != null && parseCalendarDate(as_of) === null) {
      throw new BadUserInputError(`as_of: ${calendarDateExpected(as_of)}`);
    }
    const named = parseModel(model ?? defaultModelOf(definitions), "model");
    return { key: parseKey(key as string, column), request: { model: named, version, asOf: as_of } };
  };
}

export function registerPredict(app: FastifyInstance, { definitions, predictor }: Services): void {
  const read = bodyReader(definitions);
  const { column } = entityNames(definitions.entity);
  app.post("/predict", { config: { rule: "viewer", detached: true } }, async ({ body, scope }) => {
    const { key, request } = read(body);
    const predict = () => predictor.predict(key, request);
    // About now, by Production, its statements are shared with other requests.
    const alone = request.asOf != null || request.version != null;
    const { prediction, probability, modelVersion, features } = await (alone
      ? scope!.run(predict)
      : predict());
    return {
      [column]: key,
      prediction,
      probability,
      model: { name: modelVersion.model, version: modelVersion.version },
      features_used: features.values,
    };
  });
}
