import { readFileSync } from "node:fs";
import type { FieldDefinitionNode, InputValueDefinitionNode, TypeNode } from "graphql";
// The parser alone: the whole of graphql takes a program three times as long to load.
import { parse } from "graphql/language/parser.js";
import { print } from "graphql/language/printer.js";
import { projectFile } from "../../values/project-root.js";

/** The GraphQL API, as schema.graphql describes it: what commands are derived from. */
export interface ApiSchema {
  /**
   * A root field, by the name that StreamFlow gives it: `Query.user` is `Query.customer` elsewhere.
   * @throws {Error} the schema has none
   */
  root(path: RootPath): RootField;
  /** Of an input object its fields; undefined of another type. */
  inputFields(type: string): readonly InputValueDefinitionNode[] | undefined;
  enumValues(type: string): readonly string[] | undefined;
  /** The paths of all mutations. */
  readonly mutations: readonly RootPath[];
  /** What the deployment calls its entity. */
  readonly names: Names;
  /** Of a key of several columns; null: it is one value. */
  readonly keyInput: KeyInput | null;
}

/** The input that a key of several columns is, with its fields in their order. */
export interface KeyInput {
  readonly type: string;
  readonly fields: readonly string[];
}

export type RootPath = `${"Query" | "Mutation"}.${string}`;

export interface RootField {
  readonly operation: "query" | "mutation";
  readonly name: string;
  readonly description: string;
  readonly arguments: readonly InputValueDefinitionNode[];
  /** The name of the type, without list and non-null. */
  readonly type: string;
  readonly isList: boolean;
  /** Pages of nodes. */
  readonly isConnection: boolean;
}

/** The names that follow the deployment: its entity, and the entity's key. */
export type Names = Readonly<Record<"one" | "many" | "field" | "fields" | "erase", string>>;

/** The commands are written for this entity. */
export const WRITTEN: Names = {
  ...{ one: "user", many: "users", field: "userId", fields: "userIds" },
  erase: "eraseUser",
};

/** Every word of a text that is one of the first names becomes the second's. */
export function rename(text: string, from: Names, to: Names): string {
  return text.replace(/\w+/g, (word) => {
    const part = (Object.keys(from) as (keyof Names)[]).find((each) => from[each] === word);
    return part ? to[part] : word;
  });
}

/**
 * The file that ASOF_SCHEMA names, for a server of another deployment; else of the module that ASOF_DEFINITIONS names; else
 * the one that comes with this program.
 * @throws {Error} there is no such file, or the module cannot be used
 */
export async function readSchema(env: NodeJS.ProcessEnv): Promise<ApiSchema> {
  if (env.ASOF_SCHEMA) return schemaOf(readFileSync(env.ASOF_SCHEMA, "utf8"));
  if (!env.ASOF_DEFINITIONS?.trim()) return shippedSchema();
  // All of the server's own parts, which take a second to load.
  const { deploymentSchema } = await import("./deployment-schema.js");
  return schemaOf(await deploymentSchema(env));
}

export const shippedSchema = (): ApiSchema => schemaOf(readFileSync(projectFile("schema.graphql"), "utf8"));

/** Types of answers: half of the schema, and of the time to read it, that no command asks for. */
const ANSWERED = /^(?:"""(?:(?!""")[\s\S])*"""\n)?type (?!Query\b|Mutation\b)[\s\S]*?^\}\n/gm;

/** @param sdl a schema in GraphQL's own language */
export function schemaOf(sdl: string): ApiSchema {
  const fields = new Map<string, readonly FieldDefinitionNode[]>();
  const inputs = new Map<string, readonly InputValueDefinitionNode[]>();
  const enums = new Map<string, readonly string[]>();
  for (const definition of parse(sdl.replace(ANSWERED, ""), { noLocation: true }).definitions) {
    if (definition.kind === "ObjectTypeDefinition")
      fields.set(definition.name.value, definition.fields ?? []);
    if (definition.kind === "InputObjectTypeDefinition")
      inputs.set(definition.name.value, definition.fields ?? []);
    if (definition.kind === "EnumTypeDefinition")
      enums.set(definition.name.value, definition.values?.map(({ name }) => name.value) ?? []);
  }
  const query = fields.get("Query") ?? [];
  const names = namesIn(query);
  const [key] = query.find(({ name }) => name.value === "predict")?.arguments ?? [];
  const keyFields = key && inputs.get(namedType(key.type));
  return {
    names,
    keyInput:
      key && keyFields
        ? { type: namedType(key.type), fields: keyFields.map(({ name }) => name.value) }
        : null,
    inputFields: (type) => inputs.get(type),
    enumValues: (type) => enums.get(type),
    mutations: fields.get("Mutation")?.map(({ name }): RootPath => `Mutation.${name.value}`) ?? [],
    root(path) {
      const [type, written] = path.split(".") as ["Query" | "Mutation", string];
      const name = rename(written, WRITTEN, names);
      const field = fields.get(type)?.find((each) => each.name.value === name);
      if (!field) throw new Error(`the schema has no ${type}.${name}`);
      const named = namedType(field.type);
      return {
        operation: type === "Query" ? "query" : "mutation",
        name,
        description: field.description?.value ?? "",
        arguments: field.arguments ?? [],
        type: named,
        isList: isList(field.type),
        isConnection: named.endsWith("Connection"),
      };
    },
  };
}

/** The one root field that takes the key and nothing else is the entity's own. */
function namesIn(query: readonly FieldDefinitionNode[]): Names {
  const field = query.find(({ name }) => name.value === "predict")?.arguments?.[0]?.name.value;
  const one = query.find(({ arguments: [first, second] = [] }) => first?.name.value === field && !second);
  const many = one && query.find(({ type }) => namedType(type) === `${namedType(one.type)}Connection`);
  if (!field || !many) return WRITTEN;
  const erase = `erase${namedType(one.type)}`;
  return { one: one.name.value, many: many.name.value, field, fields: `${field}s`, erase };
}

export const namedType = (type: TypeNode): string =>
  type.kind === "NamedType" ? type.name.value : namedType(type.type);

export const isList = (type: TypeNode): boolean =>
  type.kind === "ListType" || (type.kind === "NonNullType" && isList(type.type));

/** As it is written in the schema: `[Algorithm!]!`, `42`. */
export { print as printed };
