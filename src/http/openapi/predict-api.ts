import { z } from "zod";
import type { Column } from "../../definitions/language/column.js";
import {
  type Deployment,
  type FeatureService,
  taskOfService,
} from "../../definitions/language/deployment.js";
import { entityOfService } from "../../definitions/language/entities.js";
import { entityNames } from "../../definitions/language/entity-names.js";
import {
  requestedFeatures,
  serviceFeatures,
  storedInputs,
} from "../../definitions/language/service-features.js";
import { CANARY_ARMS } from "../../values/canary.js";
import type { TaskName } from "../../values/task.js";
import { bodyByFeatures, bodyByKey } from "../predict-body.js";
import type { RouteApi } from "./route-api.js";
import { eitherOf, givenValue, maskedShape, servedKeyColumns, servedValue } from "./value-shapes.js";

/** `POST /predict`, in the words of the deployment: each service has a form by key and one by features. */
export function predictApi(definitions: Deployment): RouteApi {
  const { services } = definitions;
  return {
    tag: "Predictions",
    summary: "Predict for one key, or for features that are given",
    description:
      "By the version in Production, from the features as they are now; or by another version, or as of a past date.",
    body: eitherOf(services.flatMap((service) => bodiesOf(definitions, service))),
    answers: {
      200: {
        description: "The prediction.",
        content: eitherOf(services.map((each) => answerOf(definitions, each))),
      },
    },
    errors: [
      ...(["FEATURES_MISSING", "MODEL_NOT_FOUND", "SNAPSHOT_NOT_FOUND", "PREDICTION_FAILED"] as const),
      ...(["NO_PRODUCTION_MODEL", "MODEL_NOT_SERVABLE", "DROPPED", "ERASED"] as const),
    ],
    // Of a past date.
    errorsAt: { 404: ["NO_PRODUCTION_MODEL"] },
  };
}

/** The shapes that read the body, and in them what is checked once it is known which service is asked. */
function bodiesOf(definitions: Deployment, service: FeatureService): z.ZodType[] {
  const entity = entityOfService(definitions, service);
  const requested = requestedFeatures(service);
  const isOnly = definitions.services.length === 1;
  const model = z.literal(service.name);
  const named = {
    ...(!isOnly && { model: service === definitions.services[0] ? model.nullish() : model }),
    ...(requested.length > 0 && { request: z.strictObject(given(requested)).partial() }),
  };
  const features = [...storedInputs(serviceFeatures(service))].map(([name, column]) => ({ name, column }));
  return [
    bodyByKey(entity).extend(named),
    bodyByFeatures.extend({ ...named, features: z.strictObject(given(features)) }),
  ];
}

const given = (features: readonly { name: string; column: Column }[]): Record<string, z.ZodType> =>
  Object.fromEntries(features.map(({ name, column }) => [name, givenValue(column)]));

/** What an answer says, by the service's task. */
const ANSWERS: Record<TaskName, z.ZodRawShape> = {
  BINARY: {
    prediction: z.int().describe("The class: 1 where the probability reaches the threshold."),
    probability: z.number(),
  },
  REGRESSION: { value: z.number().describe("In the label's unit.") },
  MULTICLASS: {
    class: z.string().describe("The likeliest."),
    classes: z
      .array(z.object({ class: z.string(), probability: z.number() }))
      .describe("Each class with its probability, in the order of the version's."),
  },
};

function answerOf(definitions: Deployment, service: FeatureService): z.ZodType {
  const entity = entityOfService(definitions, service);
  const keys = Object.entries(servedKeyColumns(entity)).map(
    ([name, shape]) => [name, shape.nullable().optional()] as const,
  );
  const used = serviceFeatures(service).map(
    ({ name, column }) => [name, servedValue(column).optional()] as const,
  );
  return z.object({
    ...Object.fromEntries(keys),
    ...maskedShape,
    // Of a cold start by a key of several columns.
    ...(keys.length > 1 && { [entityNames(entity).column]: z.null().optional() }),
    ...ANSWERS[taskOfService(service)!.name as TaskName],
    model: z.object({ name: z.string(), version: z.int() }),
    arm: z.enum(CANARY_ARMS).optional().describe("While a canary runs: which version answered."),
    features_used: z.object(Object.fromEntries(used)).describe("What the model was given."),
  });
}
