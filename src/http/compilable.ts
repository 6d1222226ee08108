import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from "graphql";

/**
 * Whether graphql-jit answers an operation of a valid document as graphql-js does. It does not where there are
 * - directives: a condition in a fragment that is spread twice holds for both places, and null is false;
 * - interfaces, unions and `isTypeOf`: it does not wait for who names the type, and does not catch what that throws;
 * - names that are not its own: an alias `__proto__` sets the prototype of the answer;
 * - names that it takes for one, as it keeps resolvers by type and field, and what it knows of a field by its path, both
 *   without a separator that no name can hold: `A.bc` and `Ab.c`, the paths `a.b_c` and `a_b.c`.
 */
export function isCompilable(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): boolean {
  if (hasDirectives(document)) return false;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const resolvers = new Names("");
  const paths = new Names("_");

  const selections = (
    type: GraphQLObjectType,
    selected: SelectionSetNode,
    path: readonly string[],
  ): boolean =>
    !type.isTypeOf &&
    selected.selections.every((node) => {
      if (node.kind === Kind.FIELD) return field(type, node, path);
      const inside = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value);
      if (!inside) return false;
      const of = inside.typeCondition && schema.getType(inside.typeCondition.name.value);
      return (!of || of === type) && selections(type, inside.selectionSet, path);
    });

  const field = (parent: GraphQLObjectType, node: FieldNode, path: readonly string[]): boolean => {
    const alias = node.alias?.value;
    if (alias?.startsWith("__")) return false;
    if (node.name.value === "__typename") return true;
    const definition = parent.getFields()[node.name.value];
    if (!definition) return false;
    const own = [...path, alias ?? definition.name];
    if (resolvers.areTaken([parent.name, definition.name]) || paths.areTaken(own)) return false;
    const type = getNamedType(definition.type);
    if (isAbstractType(type)) return false;
    return !isObjectType(type) || selections(type, node.selectionSet!, [...own, ...listsOf(definition.type)]);
  };

  return selections(schema.getRootType(operation.operation)!, operation.selectionSet, []);
}

function hasDirectives(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive: () => {
      found = true;
    },
  });
  return found;
}

/** One name for each list around a field's type: items are part of the path. */
function listsOf(type: unknown): string[] {
  const inner = (type as { ofType?: unknown }).ofType;
  if (inner === undefined) return [];
  return isListType(type) ? ["idx", ...listsOf(inner)] : listsOf(inner);
}

class Names {
  readonly #taken = new Map<string, string>();

  constructor(private readonly separator: string) {}

  /** By other parts that make the same name. */
  areTaken(parts: readonly string[]): boolean {
    const name = parts.join(this.separator);
    const exact = parts.join(".");
    const taken = this.#taken.get(name);
    this.#taken.set(name, exact);
    return taken !== undefined && taken !== exact;
  }
}
