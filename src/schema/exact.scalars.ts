import { GraphQLError, GraphQLScalarType, Kind, print, type ValueNode } from "graphql";

/** Of values that a number of JSON does not hold: text going out, and text or digits coming in. */
function exactScalar(name: string, description: string, shape: RegExp, example: string) {
  const parse = (value: unknown, nodes?: ValueNode): string => {
    const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
    if (typeof text === "string" && shape.test(text)) return text;
    throw new GraphQLError(
      `${name}: ${JSON.stringify(example)} was expected or the like; got ${JSON.stringify(value)}`,
      {
        nodes,
        extensions: { code: "BAD_USER_INPUT" },
      },
    );
  };
  return new GraphQLScalarType<string, string>({
    name,
    description,
    serialize: String,
    parseValue: (value) => parse(value),
    parseLiteral: (node) =>
      parse(node.kind === Kind.STRING || node.kind === Kind.INT ? node.value : print(node), node),
  });
}

export const BigIntScalar = exactScalar(
  "BigInt",
  'Whole number of 64 bits, as text: "9007199254740993".',
  /^-?\d{1,19}$/,
  "9007199254740993",
);

export const DecimalScalar = exactScalar(
  "Decimal",
  'Decimal number with every digit, as text: "12.50".',
  /^-?\d+(\.\d+)?$/,
  "12.50",
);

export const TimestampScalar = exactScalar(
  "Timestamp",
  'Instant in UTC, to the microsecond, as text: "2024-01-31T10:00:00.000000Z".',
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$/,
  "2024-01-31T10:00:00.000000Z",
);
