import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from "graphql";
import { GraphQLJSON } from "graphql-scalars";
import { notGivenBack } from "../values/exact-json.js";
import { numberProblem } from "../values/exact-number.js";
import { textProblem } from "../values/text.js";

const refuse = (problem: string, nodes?: ValueNode): never => {
  throw new GraphQLError(`JSON cannot be used: ${problem}`, {
    nodes,
    extensions: { code: "BAD_USER_INPUT" },
  });
};

/** What is given is what is given back, or it is refused. */
export const JsonScalar = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  name: "JSON",
  description:
    "Any JSON value. It comes back as the same value; numbers that a double does not give back are refused.",
  specifiedByURL: null,
  parseValue: (value) => {
    requireText(value);
    return value;
  },
  parseLiteral: (node, variables) => {
    requireExact(node);
    return GraphQLJSON.parseLiteral(node, variables);
  },
});

/** A NUL character is each argument's own to refuse, by its name. */
function requireText(value: unknown, node?: ValueNode): void {
  if (typeof value === "string") {
    const problem = value.includes("\0") ? null : textProblem(value);
    if (problem) refuse(problem, node);
  } else if (typeof value === "number") {
    if (!Number.isFinite(value)) refuse(`${value} is no number of JSON`, node);
  } else if (Array.isArray(value)) {
    for (const each of value) requireText(each, node);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, each] of Object.entries(value)) {
      requireText(name, node);
      requireText(each, node);
    }
  }
}

function requireExact(node: ValueNode): void {
  switch (node.kind) {
    case Kind.INT:
    case Kind.FLOAT: {
      const problem = numberProblem(node.value);
      if (problem) refuse(notGivenBack(node.value, problem), node);
      break;
    }
    case Kind.STRING:
      requireText(node.value, node);
      break;
    case Kind.LIST:
      node.values.forEach(requireExact);
      break;
    case Kind.OBJECT:
      for (const { value } of node.fields) requireExact(value);
      break;
    case Kind.ENUM:
      refuse(`${node.value} is no JSON; write it in quotes`, node);
      break;
    case Kind.BOOLEAN:
    case Kind.NULL:
    case Kind.VARIABLE:
      break;
    default:
      node satisfies never;
  }
}
