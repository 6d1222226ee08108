import {
  GraphQLError,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  type GraphQLScalarType,
  GraphQLString,
  Kind,
  type ValueNode,
} from "graphql";
import { notGivenBack } from "../values/exact-json.js";
import { numberProblem } from "../values/exact-number.js";
import { textProblem } from "../values/text.js";

const refuse = (problem: string, nodes?: ValueNode): never => {
  throw new GraphQLError(problem, { nodes, extensions: { code: "BAD_USER_INPUT" } });
};

let isExact = false;

/**
 * GraphQL's own scalars take what they cannot give back: halves of surrogate pairs as text, numbers beyond a double in a
 * document, integers beyond 2^53 as ids. graphql-js has one object of each, which every schema and the validation of
 * documents use; so their readers are wrapped, once. Safe to call again.
 */
export function makeScalarsExact(): void {
  if (isExact) return;
  isExact = true;
  wrap(GraphQLString, requireText, requireText);
  wrap(GraphQLFloat, null, requireExact);
  wrap(GraphQLInt, null, requireExact);
  wrap(GraphQLID, requireExactId, null);
}

/** @param onValue asked before a variable's value is read, `onLiteral` before the text of a literal is */
function wrap(
  scalar: GraphQLScalarType,
  onValue: ((value: unknown) => void) | null,
  onLiteral: ((value: string, node: ValueNode) => void) | null,
): void {
  const { parseValue, parseLiteral } = scalar;
  if (onValue) {
    scalar.parseValue = (value) => {
      onValue(value);
      return parseValue(value);
    };
  }
  if (onLiteral) {
    scalar.parseLiteral = (node, variables) => {
      if (node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT) {
        onLiteral(node.value, node);
      }
      return parseLiteral(node, variables);
    };
  }
}

/** A NUL character is each argument's own to refuse, by its name. */
function requireText(value: unknown, node?: ValueNode): void {
  if (typeof value !== "string" || value.includes("\0")) return;
  const problem = textProblem(value);
  if (problem) refuse(`the text cannot be used: ${problem}`, node);
}

function requireExact(literal: string, node: ValueNode): void {
  if (node.kind === Kind.STRING) return;
  const problem = numberProblem(literal);
  if (problem) refuse(notGivenBack(literal, problem), node);
}

function requireExactId(value: unknown): void {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return;
  refuse(`the number ${value} is no exact id; send it as text`);
}
