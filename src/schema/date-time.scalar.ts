import { GraphQLError, GraphQLScalarType, type ValueNode } from "graphql";
import { GraphQLDateTime } from "graphql-scalars";

/** Instants graphql-scalars lets through and neither `Date` nor PostgreSQL can hold: second 60, year 0. */
function usable(instant: Date, got: unknown, nodes?: ValueNode): Date {
  if (Number.isNaN(instant.getTime()) || instant.getUTCFullYear() < 1) {
    throw new GraphQLError(`DateTime cannot represent the instant ${JSON.stringify(got)}`, {
      nodes,
      extensions: { code: "BAD_USER_INPUT" },
    });
  }
  return instant;
}

export const DateTimeScalar = new GraphQLScalarType<Date, Date>({
  ...GraphQLDateTime.toConfig(),
  name: "DateTime",
  description: "Instant, ISO 8601 in UTC: 2024-02-01T00:00:00.000Z.",
  parseValue: (value) => usable(GraphQLDateTime.parseValue(value), value),
  parseLiteral: (node: ValueNode) =>
    usable(GraphQLDateTime.parseLiteral(node, {}), "value" in node ? node.value : null, node),
});
