import { readFileSync } from "node:fs";
import {
  type GraphQLObjectType,
  type GraphQLSchema,
  parse,
  print,
  printSchema,
  validate,
  validateSchema,
  visit,
} from "graphql";
import { beforeAll, expect, test } from "vitest";
import { buildAsofSchema } from "../../src/resolvers/build-schema.js";
import { testing as definitions } from "../support/deployment/testing.js";

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = await buildAsofSchema(definitions);
});

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");

test("the schema is valid", () => {
  expect(validateSchema(schema)).toEqual([]);
});

test("every example is named and validates", () => {
  const document = parse(read("examples/main-job.graphql"));
  expect(validate(schema, document)).toEqual([]);
  const names = document.definitions.map((each) => each.kind === "OperationDefinition" && each.name?.value);
  expect(names).not.toContain(undefined);
  expect(names.length).toBeGreaterThanOrEqual(17);
});

test("the contract's defaults are in the schema", () => {
  const described = parse(printSchema(schema));
  const sdl = print(
    visit(described, {
      enter: (node) => ("description" in node ? { ...node, description: undefined } : undefined),
    }),
  );
  for (const line of [
    'predict(userId: ID!, model: String! = "churn", version: Int, asOf: Date, alias: String, request: JSON): Prediction',
    "runs(where: RunFilter, orderBy: RunOrder! = CREATED_DESC, first: Int! = 50, after: String, orderByMetric: MetricOrder): RunConnection!",
    "algorithm: Algorithm! = GRADIENT_BOOSTING",
    "testFraction: Float! = 0.25",
    "stage: Stage! = PRODUCTION",
    "events(after: ID, first: Int! = 200): [RunEvent!]!",
    "shape: [Int]!",
  ]) {
    expect(sdl).toContain(line);
  }
});

test("every feature and every column of the entity is a field", () => {
  const fieldsOf = (type: string) => Object.keys((schema.getType(type) as GraphQLObjectType).getFields());
  expect(fieldsOf("Features")).toHaveLength(14);
  expect(fieldsOf("Features")).toContain("ticketAvgResolutionHrs90d");
  expect(fieldsOf("User").sort()).toEqual([
    "features",
    "hasDependents",
    "hasFamily",
    "id",
    "prediction",
    "signupDate",
    "userGender",
    "userId",
    "userIsSenior",
  ]);
});
