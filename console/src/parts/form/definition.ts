import {
  type DefinitionNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  Kind,
  parse,
  type TypeNode,
  type ValueNode,
  valueFromASTUntyped,
} from "graphql";

/** What a form asks for one argument, or for one field of an input. */
export interface FormField {
  /** `input.asOf`, as the server names it in errors. */
  path: string;
  name: string;
  description: string | undefined;
  /** As in the schema: `[Algorithm!]`. */
  type: string;
  required: boolean;
  control: Control;
  /** What the server takes where nothing is said. */
  standard: unknown;
}

export type Control =
  | { kind: "text" | "date" | "instant" | "integer" | "number" | "boolean" | "json" }
  | { kind: "choice" | "choices"; values: readonly { name: string; description: string | undefined }[] }
  | { kind: "texts"; of: "text" | "integer" | "number" }
  | { kind: "group"; fields: readonly FormField[] };

/** A mutation as a form shows it, and as it is sent. */
export interface FormDefinition {
  name: string;
  description: string | undefined;
  fields: readonly FormField[];
  /** The operation, each argument a variable. */
  document: string;
  /** The type it answers. */
  answers: string;
}

type Types = ReadonlyMap<string, DefinitionNode>;

const SCALARS: Readonly<
  Record<string, "text" | "date" | "instant" | "integer" | "number" | "boolean" | "json">
> = {
  String: "text",
  ID: "text",
  Int: "integer",
  Float: "number",
  Boolean: "boolean",
  Date: "date",
  DateTime: "instant",
  JSON: "json",
};

/** Inputs within inputs are asked for as groups up to here; below, and in lists, as JSON. */
const DEEPEST = 3;

/** Reads what `mutationDefinitions { definition }` answers. */
export function formOf(definition: string): FormDefinition {
  const { definitions } = parse(definition, { noLocation: true });
  const types: Types = new Map(
    definitions.flatMap((type) => ("name" in type && type.name ? [[type.name.value, type]] : [])),
  );
  const mutation = types.get("Mutation");
  const field = mutation?.kind === Kind.OBJECT_TYPE_DEFINITION ? mutation.fields?.[0] : undefined;
  if (!field) throw new Error(`no mutation is defined in ${definition.slice(0, 100)}`);
  const args = field.arguments ?? [];
  return {
    name: field.name.value,
    description: field.description?.value,
    fields: args.map((argument) => fieldOf(argument, "", types, 0)),
    document: documentOf(field, types),
    answers: nameOf(field.type),
  };
}

function fieldOf(node: InputValueDefinitionNode, parent: string, types: Types, depth: number): FormField {
  const path = parent + node.name.value;
  const standard = node.defaultValue ? plain(node.defaultValue) : undefined;
  return {
    path,
    name: node.name.value,
    description: node.description?.value,
    type: print(node.type),
    required: node.type.kind === Kind.NON_NULL_TYPE && standard === undefined,
    control: controlOf(node.type, path, types, depth),
    standard,
  };
}

function controlOf(type: TypeNode, path: string, types: Types, depth: number): Control {
  const inner = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
  if (inner.kind === Kind.LIST_TYPE) return listOf(inner.type, types);
  const name = nameOf(inner);
  const scalar = SCALARS[name];
  if (scalar) return { kind: scalar };
  const declared = types.get(name);
  if (declared?.kind === Kind.ENUM_TYPE_DEFINITION) return { kind: "choice", values: valuesOf(declared) };
  if (declared?.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION && depth < DEEPEST) {
    const fields = (declared.fields ?? []).map((field) => fieldOf(field, `${path}.`, types, depth + 1));
    return { kind: "group", fields };
  }
  return { kind: "json" };
}

function listOf(element: TypeNode, types: Types): Control {
  const inner = element.kind === Kind.NON_NULL_TYPE ? element.type : element;
  if (inner.kind !== Kind.NAMED_TYPE) return { kind: "json" };
  const declared = types.get(inner.name.value);
  if (declared?.kind === Kind.ENUM_TYPE_DEFINITION) return { kind: "choices", values: valuesOf(declared) };
  const scalar = SCALARS[inner.name.value];
  if (scalar === "integer" || scalar === "number") return { kind: "texts", of: scalar };
  return scalar && scalar !== "json" && scalar !== "boolean"
    ? { kind: "texts", of: "text" }
    : { kind: "json" };
}

const valuesOf = (declared: Extract<DefinitionNode, { kind: Kind.ENUM_TYPE_DEFINITION }>) =>
  (declared.values ?? []).map(({ name, description }) => ({
    name: name.value,
    description: description?.value,
  }));

/** Of a run its id leads on; of anything else all that can be asked for as it is. */
function documentOf(field: FieldDefinitionNode, types: Types): string {
  const args = field.arguments ?? [];
  const variables = args.map(({ name, type }) => `$${name.value}: ${print(type)}`).join(", ");
  const given = args.map(({ name }) => `${name.value}: $${name.value}`).join(", ");
  const answer = types.get(nameOf(field.type));
  const leaves = answer?.kind === Kind.OBJECT_TYPE_DEFINITION ? (answer.fields ?? []) : [];
  const names = nameOf(field.type) === "Run" ? ["id"] : leaves.map(({ name }) => name.value);
  const selection = answer ? ` { ${["__typename", ...names].join(" ")} }` : "";
  const call = `${field.name.value}${given && `(${given})`}${selection}`;
  return `mutation Form${variables && `(${variables})`} { ${call} }`;
}

function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}

function print(type: TypeNode): string {
  if (type.kind === Kind.NAMED_TYPE) return type.name.value;
  return type.kind === Kind.LIST_TYPE ? `[${print(type.type)}]` : `${print(type.type)}!`;
}

const plain = (value: ValueNode): unknown => valueFromASTUntyped(value);
