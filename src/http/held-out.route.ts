import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { BadUserInputError } from "../errors/errors.js";
import { parseName } from "../resolvers/arguments.js";
import { parseCalendarDate } from "../schema/date.scalar.js";
import { defaultModel } from "../schema/default-model.js";
import type { Services } from "../services.js";

const calendarDate = z
  .string()
  .refine((text) => parseCalendarDate(text) !== null, "a date such as 2024-01-31");
const queryShape = z.strictObject({
  model: z.string().default(defaultModel),
  as_of: calendarDate,
  label_as_of: calendarDate.optional(),
  seed: z.coerce.number().int().default(42),
  test_fraction: z.coerce.number().default(0.25),
});

/** `GET /held-out?as_of=…`: {"user_ids": […]}, those that registerModel with the same words measures on. */
export function registerHeldOut(app: FastifyInstance, { tracking }: Services): void {
  app.get("/held-out", async ({ query }) => {
    const parsed = queryShape.safeParse(query);
    if (!parsed.success) {
      const problems = parsed.error.issues.map(
        ({ path, message }) => `${path.join(".") || "query"}: ${message}`,
      );
      throw new BadUserInputError(`the query cannot be used: ${problems.join("; ")}`);
    }
    const { model, as_of, label_as_of, seed, test_fraction } = parsed.data;
    const userIds = await tracking.heldOut({
      model: parseName(model, "model"),
      asOf: as_of,
      labelAsOf: label_as_of,
      seed,
      testFraction: test_fraction,
    });
    return { user_ids: userIds };
  });
}
