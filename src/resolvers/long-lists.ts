import {
  defaultFieldResolver,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from "graphql";
import { IN_MEMORY } from "../schema/field-costs.js";
import type { GraphQLContext } from "./context.js";

type Fragments = Readonly<Record<string, FragmentDefinitionNode>>;

/** A page's nodes, and every other list of objects that a resolver answers, are handed on in turns (src/resolvers/list-pacer.ts). */
export function handOnLongLists(schema: GraphQLSchema): void {
  const subscription = schema.getSubscriptionType();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type) || type === subscription) continue;
    for (const field of Object.values(type.getFields())) {
      // In nullable lists the order in which failures occur decides which is reported: they stay as they are.
      if (!isNonNullType(field.type) || !isListType(field.type.ofType)) continue;
      if (!isObjectType(getNamedType(field.type))) continue;
      if (field.resolve || type.name.endsWith("Connection")) inTurns(field);
    }
  }
}

function inTurns(field: GraphQLField<unknown, GraphQLContext>): void {
  // What is read off its parent costs nothing, as before.
  if (!field.resolve) field.extensions = { ...field.extensions, complexity: IN_MEMORY };
  const resolve = field.resolve ?? defaultFieldResolver;
  const handOn = (
    rows: unknown,
    { loaders }: GraphQLContext,
    { fieldNodes, fragments }: GraphQLResolveInfo,
  ) => {
    if (!Array.isArray(rows) || rows.length < 2 || rows[0] instanceof Promise) return rows;
    const fields = fieldsOf(fieldNodes, fragments);
    return loaders.turns.handOn<unknown>(rows, () => fields);
  };
  field.resolve = (root, args, context, info) => {
    const rows = resolve(root, args, context, info);
    return rows instanceof Promise
      ? rows.then((read: unknown) => handOn(read, context, info))
      : handOn(rows, context, info);
  };
}

/** Selected of one object, and of what is in it, each once. */
function fieldsOf(nodes: readonly FieldNode[], fragments: Fragments): number {
  const known = new Map<string, number>();
  const ofFragment = (name: string): number => {
    let count = known.get(name);
    if (count === undefined) {
      known.set(name, 0);
      count = of(fragments[name]?.selectionSet);
      known.set(name, count);
    }
    return count;
  };
  const of = (selected: SelectionSetNode | undefined): number => {
    let count = 0;
    for (const node of selected?.selections ?? []) {
      if (node.kind === Kind.FRAGMENT_SPREAD) count += ofFragment(node.name.value);
      else count += of(node.selectionSet) + (node.kind === Kind.FIELD ? 1 : 0);
    }
    return count;
  };
  return nodes.reduce((count, { selectionSet }) => count + of(selectionSet), 0);
}
