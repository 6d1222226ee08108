import { GraphQLScalarType } from "graphql";
import { GraphQLJSON } from "graphql-scalars";

export const JsonScalar = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  name: "JSON",
  description: "Any JSON value.",
  specifiedByURL: null,
});
