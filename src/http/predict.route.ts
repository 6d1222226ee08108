import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { defaultModelOf } from "../definitions/language/default-model.js";
import type { Deployment, Entity } from "../definitions/language/deployment.js";
import { defaultEntityOf, entityOfModel } from "../definitions/language/entities.js";
import { entityNames } from "../definitions/language/entity-names.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { keyObject } from "../definitions/language/key-form.js";
import { BadUserInputError } from "../errors/errors.js";
import { parseModel } from "../inputs/arguments.js";
import { parseKeyColumns, shapeInWords } from "../inputs/entity-key.js";
import type { CommonServices } from "../services/services.js";
import type { PredictRequest } from "../serving/types.js";
import type { AnswerFields } from "../training/tasks/task.js";
import { calendarDateExpected, parseCalendarDate } from "../values/calendar-date.js";
import { shapeProblem } from "../values/shape-problem.js";
import type { ModelsOf } from "./auth.js";
import { predictApi } from "./openapi/predict-api.js";
import { maskedNames } from "./own-services.js";
import { bodyByFeatures, bodyByKey } from "./predict-body.js";

/** Made once: a shape is compiled at its first use, which costs more than a prediction. */
const bodyWithModel = z.looseObject({ model: z.string() });

interface PredictBody {
  /** Whose key it is. */
  entity: Entity;
  /** Null: the features are given. */
  key: string | null;
  features: unknown;
  request: PredictRequest;
}

/** Reads bodies such as {"user_id": "…"}: the key is called what its columns are, those of the model's entity. */
function bodyReader(definitions: Deployment): (body: unknown) => PredictBody {
  const shapes = new Map(definitions.entities.map(({ entity }) => [entity.name, bodyByKey(entity)]));
  return (body) => {
    const named = bodyWithModel.safeParse(body);
    const model = named.success ? named.data.model : defaultModelOf(definitions);
    const entity = model === undefined ? defaultEntityOf(definitions) : entityOfModel(definitions, model);
    const columns = keyColumnsOf(entity);
    const isCold = typeof body === "object" && body !== null && Object.hasOwn(body, "features");
    const parsed = (isCold ? bodyByFeatures : shapes.get(entity.name)!).safeParse(body);
    if (!parsed.success) {
      const problems = parsed.error.issues.map(
        (issue) => `${issue.path.join(".") || "body"}: ${shapeProblem(issue)}`,
      );
      throw new BadUserInputError(
        `the body cannot be used: ${problems.join("; ")}; ${shapeInWords(columns)} was expected, with "model", "version", "as_of" and ` +
          `"request" if wanted; or "features" instead of the key`,
      );
    }
    const { version, as_of, request, features, ...key } = parsed.data as {
      model?: string | null;
      version?: number | null;
      as_of?: string | null;
      request?: unknown;
      features?: unknown;
    } & Record<string, unknown>;
    if (as_of != null && parseCalendarDate(as_of) === null) {
      throw new BadUserInputError(`as_of: ${calendarDateExpected(as_of)}`);
    }
    return {
      entity,
      key: isCold ? null : parseKeyColumns(entity, key),
      features,
      request: { model: parseModel(model, "model"), version, asOf: as_of, request },
    };
  };
}

export function registerPredict(app: FastifyInstance, { definitions }: CommonServices): void {
  const read = bodyReader(definitions);
  const models: ModelsOf = ({ body }) => [
    (body as { model?: unknown } | null)?.model ?? defaultModelOf(definitions),
  ];
  const config = { rule: "viewer", models, detached: true, api: predictApi(definitions) } as const;
  app.post("/predict", { config }, async ({ body, scope, services }) => {
    const { entity, key, features: given, request } = read(body);
    const { column } = entityNames(entity);
    const { predictor } = services;
    const predict = () =>
      key === null ? predictor.predictCold({ ...request, features: given }) : predictor.predict(key, request);
    // About now, by Production, its statements are shared with other requests.
    const alone = request.asOf != null || request.version != null;
    const { modelVersion, features, ofCanary, ...said } = await (alone ? scope!.run(predict) : predict());
    return {
      ...(key === null ? { [column]: null } : keyObject(entity, key)),
      ...answerOf(said),
      model: { name: modelVersion.model, version: modelVersion.version },
      ...(ofCanary && { arm: ofCanary.arm }),
      features_used: features.values,
      ...maskedNames(services, Object.keys(features.values)),
    };
  });
}

/** What the version's task says. */
function answerOf({ prediction, probability, value, class: name, classes }: AnswerFields): object {
  if (classes) return { class: name, classes };
  return value === null ? { prediction, probability } : { value };
}
