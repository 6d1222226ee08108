import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isObjectType,
  printType,
} from "graphql";
import type { Role } from "../auth/identity.js";
import type { Entity } from "../definitions/language/deployment.js";
import type { RunKind } from "../jobs/run-kind.js";
import type { MutationDefinitionType } from "../schema/mutation-definition.type.js";
import { nameInSchema } from "./name-schema.js";

/**
 * Every mutation of the schema, in its order, with all that a form for it needs. Introspection says as much, but it may be
 * switched off, and knows neither roles nor which kind of run is started.
 */
export function mutationDefinitions(
  schema: GraphQLSchema,
  kinds: Iterable<RunKind>,
  entity: Entity,
): MutationDefinitionType[] {
  const startedBy = new Map<string, string>();
  for (const kind of kinds)
    if (kind.executed === "here" && kind.mutation)
      startedBy.set(nameInSchema(kind.mutation.name, entity), kind.name);
  return Object.values(schema.getMutationType()?.getFields() ?? {}).map((field) => ({
    name: field.name,
    description: field.description ?? null,
    role: (field.extensions as { role: Role }).role,
    kind: startedBy.get(field.name) ?? null,
    answers: getNamedType(field.type).name,
    definition: definitionOf(field),
  }));
}

function definitionOf(field: GraphQLField<unknown, unknown>): string {
  const inputs = new Set<GraphQLNamedType>();
  for (const { type } of field.args) collect(type, inputs);
  const { name, type, description, args } = field;
  const mutation = new GraphQLObjectType({
    name: "Mutation",
    fields: {
      [name]: {
        type,
        description: description ?? null,
        args: Object.fromEntries(args.map(({ name: argument, ...config }) => [argument, config])),
      },
    },
  });
  const answer = getNamedType(type);
  return [mutation, ...inputs, ...(isObjectType(answer) ? [leavesOf(answer)] : [])]
    .map(printType)
    .join("\n\n");
}

function collect(type: GraphQLInputType, found: Set<GraphQLNamedType>): void {
  const named = getNamedType(type);
  if (found.has(named) || !(isEnumType(named) || isInputObjectType(named))) return;
  found.add(named);
  if (isInputObjectType(named))
    for (const field of Object.values(named.getFields())) collect(field.type, found);
}

/** The type with the fields that can be asked for as they are. */
function leavesOf(type: GraphQLObjectType): GraphQLObjectType {
  const leaves = Object.values(type.getFields()).filter(
    (field) => isLeafType(getNamedType(field.type)) && field.args.length === 0 && !field.deprecationReason,
  );
  const fields = Object.fromEntries(
    leaves.map(({ name, type: leaf, description }) => [
      name,
      { type: leaf, description: description ?? null },
    ]),
  );
  return new GraphQLObjectType({ name: type.name, description: type.description ?? null, fields });
}
