import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from "graphql";
import { ASSUMED_LENGTH, IN_MEMORY } from "../schema/field-costs.js";
import type { GraphQLContext } from "./context.js";

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
  const handOn = (rows: unknown, { loaders }: GraphQLContext, info: GraphQLResolveInfo) => {
    if (!Array.isArray(rows) || rows.length < 2 || rows[0] instanceof Promise) return rows;
    const fields = fieldsOf(info);
    return loaders.turns.handOn<unknown>(rows, () => fields);
  };
  field.resolve = (root, args, context, info) => {
    const rows = resolve(root, args, context, info);
    return rows instanceof Promise
      ? rows.then((read: unknown) => handOn(read, context, info))
      : handOn(rows, context, info);
  };
}

/** What is read off its object costs a tenth of what is resolved, or less. */
const READ_OFF = 0.1;

/** What is selected of one of the objects in a list, and of what is in it, in fields that are resolved. */
function fieldsOf({ fieldNodes, fragments, schema, returnType }: GraphQLResolveInfo): number {
  const known = new Map<string, number>();
  const ofFragment = (name: string): number => {
    let count = known.get(name);
    if (count === undefined) {
      known.set(name, 0);
      const fragment = fragments[name];
      count = fragment ? of(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value)) : 0;
      known.set(name, count);
    }
    return count;
  };
  const of = (selected: SelectionSetNode | undefined, type: GraphQLNamedType | undefined): number => {
    let count = 0;
    for (const node of selected?.selections ?? []) {
      if (node.kind === Kind.FRAGMENT_SPREAD) count += ofFragment(node.name.value);
      else if (node.kind === Kind.INLINE_FRAGMENT)
        count += of(
          node.selectionSet,
          node.typeCondition ? schema.getType(node.typeCondition.name.value) : type,
        );
      else {
        const field = isObjectType(type) ? type.getFields()[node.name.value] : undefined;
        const isReadOff = field && (!field.resolve || field.resolve === defaultFieldResolver);
        const times = field && isListType(getNullableType(field.type)) ? ASSUMED_LENGTH : 1;
        count +=
          (isReadOff ? READ_OFF : 1) + times * of(node.selectionSet, field && getNamedType(field.type));
      }
    }
    return count;
  };
  const type = getNamedType(returnType);
  return fieldNodes.reduce((count, { selectionSet }) => count + of(selectionSet, type), 0);
}
