import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type GraphQLType,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from "graphql";
import { maxPageSize } from "../../inputs/arguments.js";
import { ASSUMED_LENGTH, IN_MEMORY, LOOK_UP, ROW } from "../../schema/field-costs.js";

/** Arguments whose length is that of the answer. */
const BATCHES = new Set(["ids", "rows"]);

/** Values are a tenth of an object: of what they cost, most is paid for the object. */
const VALUE = 0.1;

/**
 * What an operation makes the database and this process do (src/schema/field-costs.ts). Each field that yields objects
 * counts as many as its page (`first`), its batch (`userIds`, `rows`, `ids`) or, where nothing says so, 10; what is inside
 * counts as often. Beside its objects a field costs what it declares, for each parent, and each row of a list that it
 * reads: under another alias, with other arguments, it is asked again and costs again.
 */
export function operationCost(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  variables: Readonly<Record<string, unknown>>,
): number {
  const values = { ...defaultsOf(operation), ...variables };
  const known = new Map<string, number>();

  const ofFragment = (name: string, page: number | null): number => {
    const key = `${page} ${name}`;
    const measured = known.get(key);
    if (measured !== undefined) return measured;
    known.set(key, 0);
    const fragment = fragments.get(name);
    const type = fragment && schema.getType(fragment.typeCondition.name.value);
    const cost = type ? ofSelections(type, fragment.selectionSet, page) : 0;
    known.set(key, cost);
    return cost;
  };

  /** @param page what `first` of the connection asked for, for its list of nodes */
  const ofSelections = (
    type: GraphQLNamedType,
    { selections }: SelectionSetNode,
    page: number | null,
  ): number => {
    let cost = 0;
    for (const node of selections) {
      if (node.kind === Kind.FRAGMENT_SPREAD) cost += ofFragment(node.name.value, page);
      else if (node.kind === Kind.INLINE_FRAGMENT) {
        const narrowed = node.typeCondition ? schema.getType(node.typeCondition.name.value) : type;
        if (narrowed) cost += ofSelections(narrowed, node.selectionSet, page);
      } else cost += ofField(type, node, page);
    }
    return cost;
  };

  const ofField = (parent: GraphQLNamedType, node: FieldNode, page: number | null): number => {
    if (!(isObjectType(parent) || isInterfaceType(parent))) return 0;
    const field = parent.getFields()[node.name.value];
    if (!field) return 0;
    const work = workOf(field);
    const type = getNamedType(field.type);
    if (!isCompositeType(type) || !node.selectionSet) return work + VALUE;
    const asked = sizeAsked(field, node, values);
    const list = isList(field.type);
    const count = list ? (asked?.size ?? page ?? ASSUMED_LENGTH) : 1;
    const read = asked?.batch || work === 0 ? 0 : (asked?.size ?? (list ? count : 0));
    const inside = ofSelections(type, node.selectionSet, list ? null : (asked?.size ?? null));
    return work + read * ROW + count * (1 + inside);
  };

  const root = schema.getRootType(operation.operation);
  // Tenths do not add up exactly: what is a whole number must not become the next one.
  return root ? Math.ceil(ofSelections(root, operation.selectionSet, null) - 1e-6) : 0;
}

/** What its declaration says; a resolver that says nothing looks something up. */
function workOf({ resolve, extensions }: GraphQLField<unknown, unknown>): number {
  const { complexity } = extensions;
  if (typeof complexity === "number") return complexity;
  return resolve ? LOOK_UP : IN_MEMORY;
}

interface Asked {
  size: number;
  /** Named one by one by the client: the answer is as long as the request. */
  batch: boolean;
}

function sizeAsked(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  values: Readonly<Record<string, unknown>>,
): Asked | null {
  for (const argument of field.args) {
    // The entity's keys, whatever they are called.
    const batch = BATCHES.has(argument.name) || (isList(field.type) && isList(argument.type));
    if (!batch && argument.name !== "first") continue;
    const given = node.arguments?.find(({ name }) => name.value === argument.name)?.value;
    const size = given ? sizeOf(given, values) : undefined;
    // A larger page is refused by its resolver, with a message of its own.
    if (size !== undefined) return { size: Math.max(0, batch ? size : Math.min(size, maxPageSize)), batch };
    // That of a page says how long it will be; what may be null only bounds the list, and is charged as it is read.
    if (typeof argument.defaultValue === "number" && isNonNullType(argument.type)) {
      return { size: argument.defaultValue, batch };
    }
  }
  return null;
}

const isList = (type: GraphQLType): boolean => isListType(getNullableType(type));

/** A number as it is, of a list its length; undefined: neither, which execution will refuse. */
function sizeOf(value: ValueNode, values: Readonly<Record<string, unknown>>): number | undefined {
  if (value.kind === Kind.INT) return Number(value.value);
  if (value.kind === Kind.LIST) return value.values.length;
  const given = value.kind === Kind.VARIABLE ? values[value.name.value] : undefined;
  return typeof given === "number" ? given : Array.isArray(given) ? given.length : undefined;
}

function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Record<string, unknown> {
  const defaults: Record<string, unknown> = {};
  for (const { variable, defaultValue } of variableDefinitions) {
    const size = defaultValue && sizeOf(defaultValue, {});
    if (size !== undefined)
      defaults[variable.name.value] = defaultValue!.kind === Kind.LIST ? new Array(size) : size;
  }
  return defaults;
}
