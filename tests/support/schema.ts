import { buildSchema, printSchema } from "graphql";
import { buildAsofSchema } from "../../src/resolvers/build-schema.js";
import { testing } from "./deployment/testing.js";

/** Of the test deployment, as `npm run schema:emit` would print it and a client reads it. */
export const emittedSchema = buildSchema(printSchema(await buildAsofSchema(testing)));
