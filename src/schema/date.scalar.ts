import { GraphQLError, GraphQLScalarType, Kind, print, type ValueNode } from "graphql";
import { calendarDateExpected, parseCalendarDate } from "../values/calendar-date.js";

function parse(value: unknown, nodes?: ValueNode): string {
  const date = parseCalendarDate(value);
  if (date === null) {
    throw new GraphQLError(calendarDateExpected(value), { nodes, extensions: { code: "BAD_USER_INPUT" } });
  }
  return date;
}

/** A date is a string all through asof: a JavaScript `Date` would bring a time zone into it. */
export const DateScalar = new GraphQLScalarType<string, string>({
  name: "Date",
  description: "Calendar date, ISO 8601: 2024-01-31.",
  serialize: (value) => parse(value),
  parseValue: (value) => parse(value),
  parseLiteral: (node) =>
    parse("value" in node && node.kind === Kind.STRING ? node.value : print(node), node),
});
