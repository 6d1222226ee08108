import { readFileSync } from "node:fs";
import { buildSchema } from "graphql";

/** Of the test deployment, as `npm run schema:emit` would write it and a client reads it. */
export const emittedSchema = buildSchema(readFileSync(".test-dist/schema.graphql", "utf8"));
