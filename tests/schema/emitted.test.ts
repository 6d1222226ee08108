import { readFileSync } from "node:fs";
import { buildSchema, type GraphQLSchema, lexicographicSortSchema, printSchema } from "graphql";
import { expect, test } from "vitest";
import { definitions } from "../../src/definitions/index.js";
import { buildAsofSchema } from "../../src/resolvers/build-schema.js";

test("schema.graphql is what the code says", async () => {
  const sorted = (each: GraphQLSchema) => printSchema(lexicographicSortSchema(each));
  const emitted = buildSchema(readFileSync("schema.graphql", "utf8"));
  expect(sorted(emitted)).toBe(sorted(await buildAsofSchema(definitions)));
});
