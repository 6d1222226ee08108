import { parse } from "graphql";
import { expect, it } from "vitest";
import { isDetached } from "../../src/http/detached-query.js";
import { buildAsofSchema } from "../../src/resolvers/build-schema.js";
import { testing as definitions } from "../support/deployment/testing.js";

const schema = await buildAsofSchema(definitions);

it.each([
  "{ predict(userId: 1) { userId prediction probability threshold } }",
  'query($id: ID!) { predict(userId: $id, model: "churn") { modelVersion { model version stage } __typename } }',
  "{ predict(userId: 1) { featuresUsed { watchHours30d } features { values { monthlyFee } statuses { name status } } } }",
  "{ predictMany(userIds: [1]) { prediction { ...P } error { code } } } fragment P on Prediction { probability }",
  "{ features(userId: 1) { values { monthlyFee } json } }",
])("needs no context of its request: %s", (query) => {
  expect(isDetached(schema, parse(query))).toBe(true);
});

it.each([
  ["a date", '{ predict(userId: 1, asOf: "2024-01-31") { probability } }'],
  ["a version", "query($v: Int) { predict(userId: 1, version: $v) { probability } }"],
  ["an alias", '{ predictMany(userIds: [1], alias: "champion") { prediction { probability } } }'],
  ["what its version was trained from", "{ predict(userId: 1) { modelVersion { snapshot { asOf } } } }"],
  [
    "the same in a fragment",
    "{ predict(userId: 1) { ...P } } fragment P on Prediction { modelVersion { run { id } } }",
  ],
  ["an explanation", "{ predict(userId: 1) { contributions { value } } }"],
  ["another root field", "{ predict(userId: 1) { probability } runs(first: 1) { nodes { id } } }"],
  ["features of a date", '{ features(userId: 1, asOf: "2024-01-31") { json } }'],
  ["features as they were known", "query($at: DateTime) { features(userId: 1, knownAt: $at) { json } }"],
  [
    "many users' features of dates",
    "query($r: [EntityRowInput!]!) { historicalFeatures(rows: $r) { json } }",
  ],
])("has statements of its own for %s", (_what, query) => {
  expect(isDetached(schema, parse(query))).toBe(false);
});
