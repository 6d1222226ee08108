import { type GraphQLObjectType, type GraphQLSchema, isInterfaceType, isObjectType } from "graphql";
import type { Deployment } from "../definitions/language/deployment.js";
import { OTHER } from "../schema/entity-rows.type.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { globalId } from "./global-id.js";
import { type NodeKind, nodeKinds } from "./node-kinds.js";

/** Of which kind what was found by its id is: services answer rows, which do not say it. */
const kinds = new WeakMap<object, NodeKind>();

export function rememberKind(value: object, kind: NodeKind): void {
  kinds.set(value, kind);
}

/**
 * Gives each type that implements Node its `id`, and Node a `resolveType` that answers at once: type-graphql's do so
 * later, at a promise for each object.
 * @throws {Error} the entity's ids would begin as another type's, or one of its columns is called `id`
 */
export function declareNodes(schema: GraphQLSchema, definitions: Deployment): void {
  const all = nodeKinds(definitions);
  const taken = all.flatMap(({ type, prefix }) =>
    type === "User" || type.startsWith(OTHER) || prefix === null ? [] : [prefix],
  );
  for (const { entity, source } of definitions.entities) {
    if (taken.includes(entity.name)) {
      throw new Error(
        `entity ${entity.name}: ids of that type are there already (${taken.join(", ")}); name the entity otherwise`,
      );
    }
    const column = [entity.key, ...Object.keys(source.columns)].find((name) => name === "id");
    if (column) {
      throw new Error(
        `entity ${entity.name}: a column ${column} would be the field id, which is every object's global id; name it otherwise`,
      );
    }
  }
  const types = new Map<NodeKind["type"], GraphQLObjectType>();
  for (const kind of all) {
    const type = schema.getType(kind.type);
    if (!isObjectType(type)) throw new Error(`${kind.type} is no object type of the schema`);
    types.set(kind.type, type);
    const { id } = type.getFields();
    if (!id) throw new Error(`${kind.type} does not implement Node`);
    id.resolve = (value) => globalId(kind, value);
    id.extensions = { ...id.extensions, complexity: IN_MEMORY };
  }
  const node = schema.getType("Node");
  if (!isInterfaceType(node)) throw new Error("Node is no interface of the schema");
  // The type's name of now: the entity's follows the deployment.
  node.resolveType = (value: object) => types.get(kinds.get(value)!.type)!.name;
}
