import type { FastifyInstance } from "fastify";
import { BadUserInputError } from "../errors/errors.js";
import { jsonProblem } from "../values/exact-json.js";

/** @throws {BadUserInputError} JSON that reading it would change */
export function requireExactJson(text: string): void {
  const problem = jsonProblem(text);
  if (problem) throw new BadUserInputError(`the JSON cannot be used: ${problem}`);
}

/** Bodies as Fastify reads JSON, except for what that would silently change. */
export function registerExactBodies(app: FastifyInstance): void {
  // Names such as __proto__ are looked up by own properties alone.
  const parse = app.getDefaultJsonParser("ignore", "ignore");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    void parse(request, body as string, (error, value) => {
      if (error) return done(error, undefined);
      try {
        requireExactJson(body as string);
      } catch (inexact) {
        return done(inexact as Error, undefined);
      }
      done(null, value);
    });
  });
}
