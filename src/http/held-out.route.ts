import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { defaultModelOf } from "../definitions/language/default-model.js";
import { entityNames } from "../definitions/language/entity-names.js";
import { BadUserInputError } from "../errors/errors.js";
import { parseModel } from "../inputs/arguments.js";
import { calendarDate, fromText, seed, testFraction } from "../inputs/fields.js";
import type { Services } from "../services/services.js";
import { shapeProblem } from "../values/shape-problem.js";

const queryShape = z.strictObject({
  model: z.string().optional(),
  as_of: calendarDate(),
  label_as_of: calendarDate().optional(),
  seed: fromText(seed()),
  test_fraction: fromText(testFraction()),
});

/** `GET /held-out?as_of=…`: {"user_ids": […]}, those that registerModel with the same words measures on. */
export function registerHeldOut(app: FastifyInstance, { definitions, tracking }: Services): void {
  const { columns } = entityNames(definitions.entity);
  app.get("/held-out", { config: { rule: "viewer" } }, async ({ query }) => {
    const parsed = queryShape.safeParse(query);
    if (!parsed.success) {
      const problems = parsed.error.issues.map(
        (issue) => `${issue.path.join(".") || "query"}: ${shapeProblem(issue)}`,
      );
      throw new BadUserInputError(`the query cannot be used: ${problems.join("; ")}`);
    }
    const { model, as_of, label_as_of, seed, test_fraction } = parsed.data;
    const keys = await tracking.heldOut({
      model: parseModel(model ?? defaultModelOf(definitions), "model"),
      asOf: as_of,
      labelAsOf: label_as_of,
      seed,
      testFraction: test_fraction,
    });
    return { [columns]: keys };
  });
}
