import {
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  isScalarType,
  isSpecifiedScalarType,
} from "graphql";
import { expect, test } from "vitest";
import { buildAsofSchema } from "../../src/resolvers/build-schema.js";
import { COMMON } from "../../src/schema/descriptions/common.js";
import { describedPlaces } from "../../src/schema/descriptions/describe-schema.js";
import { ENUM_VALUES } from "../../src/schema/descriptions/enum-values.js";
import { FIELDS } from "../../src/schema/descriptions/fields.js";
import { TYPES } from "../../src/schema/descriptions/types.js";
import { testing as definitions } from "../support/deployment/testing.js";

const schema = await buildAsofSchema(definitions);
const undescribed = (of: GraphQLSchema) =>
  [...describedPlaces(of)]
    .filter(({ part }) => !part.description?.trim())
    .map(({ coordinate }) => coordinate);

test("every type, field, argument and enum value of the schema says what it is", () => {
  expect(undescribed(schema)).toEqual([]);
});

test("one that does not is found", () => {
  const query = new GraphQLObjectType({
    name: "Query",
    description: "described",
    fields: { mute: { type: GraphQLString, args: { a: { type: GraphQLString } } } },
  });
  expect(undescribed(new GraphQLSchema({ query }))).toEqual(["Query.mute", "Query.mute(a)"]);
});

test("no description is kept for what the schema has not", () => {
  const places = [...describedPlaces(schema)];
  const coordinates = new Set(places.map(({ coordinate }) => coordinate));
  const names = new Set(places.map(({ part }) => part.name));
  const kept = [...Object.keys(FIELDS), ...Object.keys(ENUM_VALUES), ...Object.keys(TYPES)];
  expect(kept.filter((coordinate) => !coordinates.has(coordinate))).toEqual([]);
  expect(Object.keys(COMMON).filter((name) => !names.has(name))).toEqual([]);
});

test("every scalar of the schema says what specifies it", () => {
  const scalars = Object.values(schema.getTypeMap()).filter(
    (type) => isScalarType(type) && !isSpecifiedScalarType(type),
  );
  expect(scalars.map((type) => [type.name, "specifiedByURL" in type && type.specifiedByURL]).sort()).toEqual([
    ["Date", "https://www.rfc-editor.org/rfc/rfc3339#section-5.6"],
    ["DateTime", "https://www.rfc-editor.org/rfc/rfc3339#section-5.6"],
    ["JSON", "https://www.rfc-editor.org/rfc/rfc8259"],
  ]);
});
