import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { defaultModelOf } from "../definitions/language/default-model.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { entityOfService } from "../definitions/language/entities.js";
import { entityNames } from "../definitions/language/entity-names.js";
import { BadUserInputError } from "../errors/errors.js";
import { parseModel } from "../inputs/arguments.js";
import { requireService } from "../inputs/entity-key.js";
import { calendarDate, fromText, seed, testFraction } from "../inputs/fields.js";
import type { CommonServices } from "../services/services.js";
import { shapeProblem } from "../values/shape-problem.js";
import type { ModelsOf } from "./auth.js";
import type { RouteApi } from "./openapi/route-api.js";
import { eitherOf, servedKeyValue } from "./openapi/value-shapes.js";

const queryShape = z.strictObject({
  model: z.string().optional().describe("The feature service; that of the deployment unless given."),
  as_of: calendarDate().describe("Of the snapshot whose features are taken."),
  label_as_of: calendarDate()
    .optional()
    .describe("Of the snapshot whose labels are taken; the same unless given."),
  seed: fromText(seed()),
  test_fraction: fromText(testFraction()),
});

/** `GET /held-out?as_of=…`: {"user_ids": […]}, those that registerModel with the same words measures on. */
export function registerHeldOut(app: FastifyInstance, { definitions }: CommonServices): void {
  const models: ModelsOf = ({ query }) => [
    (query as { model?: unknown }).model ?? defaultModelOf(definitions),
  ];
  const config = { rule: "viewer", models, api: described(definitions) } as const;
  app.get("/held-out", { config }, async ({ query, services }) => {
    const parsed = queryShape.safeParse(query);
    if (!parsed.success) {
      const problems = parsed.error.issues.map(
        (issue) => `${issue.path.join(".") || "query"}: ${shapeProblem(issue)}`,
      );
      throw new BadUserInputError(`the query cannot be used: ${problems.join("; ")}`);
    }
    const { model, as_of, label_as_of, seed, test_fraction } = parsed.data;
    const named = parseModel(model ?? defaultModelOf(definitions), "model");
    const keys = await services.tracking.heldOut({
      model: named,
      asOf: as_of,
      labelAsOf: label_as_of,
      seed,
      testFraction: test_fraction,
    });
    const service = requireService(definitions, named);
    const { columns, keyInJson } = entityNames(entityOfService(definitions, service));
    return { [columns]: keys.map(keyInJson) };
  });
}

function described({ services, entities }: Deployment): RouteApi {
  const answers = entities
    .filter(({ entity }) => services.some((service) => entityOfService({ entities }, service) === entity))
    .map(({ entity }) => z.object({ [entityNames(entity).columns]: z.array(servedKeyValue(entity)) }));
  return {
    tag: "Training",
    summary: "Who is held out of a training",
    description:
      "The keys of those that a version registered with the same words is measured on: train without them.",
    query: queryShape,
    answers: { 200: { description: "Their keys.", content: eitherOf(answers) } },
    errors: ["MODEL_NOT_FOUND", "SNAPSHOT_NOT_FOUND", "DROPPED", "ERASED"],
  };
}
