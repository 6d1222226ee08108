import { GraphQLError, GraphQLScalarType, Kind, print, type ValueNode } from "graphql";
import { GraphQLDateTime } from "graphql-scalars";
import { instantExpected, parseInstant } from "../values/instant.js";

function parse(value: unknown, nodes?: ValueNode): Date {
  const instant = typeof value === "string" ? parseInstant(value) : null;
  if (instant) return instant;
  throw new GraphQLError(`DateTime: ${instantExpected(value)}`, {
    nodes,
    extensions: { code: "BAD_USER_INPUT" },
  });
}

export const DateTimeScalar = new GraphQLScalarType<Date, Date>({
  ...GraphQLDateTime.toConfig(),
  name: "DateTime",
  description: "Instant, ISO 8601 in UTC: 2024-02-01T00:00:00.000Z.",
  parseValue: (value) => parse(value),
  parseLiteral: (node: ValueNode) => parse(node.kind === Kind.STRING ? node.value : print(node), node),
});
