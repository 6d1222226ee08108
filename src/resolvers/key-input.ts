import {
  GraphQLID,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLOutputType,
  GraphQLSchema,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import type { Entity } from "../definitions/language/deployment.js";
import { type EntityNames, entityNames } from "../definitions/language/entity-names.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { JsonScalar } from "../schema/json.scalar.js";

/** As the key and a list of keys are written in resolvers and types. */
const WRITTEN = ["userId", "userIds"];

export const keyInputName = ({ type }: Pick<EntityNames, "type">): string => `${type}Key`;

/**
 * A key of several columns is one input, `AccountKey`, wherever a key is given, and JSON by column wherever one is answered.
 * Of one column the schema stays as it is.
 * @throws {Error} a type of asof's own is called like the input
 */
export function withKeyInput(schema: GraphQLSchema, entity: Entity): GraphQLSchema {
  if (keyColumnsOf(entity).length === 1) return schema;
  const names = entityNames(entity);
  if (schema.getType(keyInputName(names)))
    throw new Error(
      `entity ${names.words}: the type ${keyInputName(names)} is asof's own; call the entity otherwise`,
    );
  const key = keyInput(entity, names);
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith("__")) continue;
    if (isInputObjectType(type)) takeKey(Object.values(type.getFields()), key);
    if (!isObjectType(type)) continue;
    const fields = type.getFields();
    for (const field of Object.values(fields)) takeKey(field.args, key);
    const { userId } = fields;
    if (!userId) continue;
    // It has the same by its own name.
    if (fields.key) delete fields.userId;
    else {
      userId.type = like(userId.type, JsonScalar) as GraphQLOutputType;
      userId.resolve = (root) => names.keyInJson((root as { key: string }).key);
      userId.extensions = { ...userId.extensions, complexity: IN_MEMORY };
    }
  }
  return new GraphQLSchema(schema.toConfig());
}

export function keyInput(entity: Entity, names: EntityNames): GraphQLInputObjectType {
  return new GraphQLInputObjectType({
    name: keyInputName(names),
    description: `The key of ${names.aWord}.`,
    fields: Object.fromEntries(
      keyColumnsOf(entity).map(({ field, type, description }) => [
        field,
        {
          type: new GraphQLNonNull(GraphQLID),
          description: description ?? `A column of its key: ${type}.`,
        },
      ]),
    ),
  });
}

function takeKey(inputs: readonly { name: string; type: GraphQLInputType }[], key: GraphQLInputObjectType) {
  for (const input of inputs) {
    if (!WRITTEN.includes(input.name) || getNamedType(input.type) !== GraphQLID) continue;
    input.type = like(input.type, key) as GraphQLInputType;
  }
}

/** The type with the lists and non-nulls of another. */
// biome-ignore lint/suspicious/noExplicitAny: of inputs and outputs alike
export function like(type: GraphQLInputType | GraphQLOutputType, named: any): unknown {
  const inner = getNullableType(type);
  const nullable = isListType(inner) ? new GraphQLList(like(inner.ofType, named) as never) : named;
  return isNonNullType(type) ? new GraphQLNonNull(nullable) : nullable;
}
