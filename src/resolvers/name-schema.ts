import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLObjectType,
  GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isObjectType,
} from "graphql";
import { defaultModelOf } from "../definitions/language/default-model.js";
import type { Deployment, Entity } from "../definitions/language/deployment.js";
import { defaultEntityOf } from "../definitions/language/entities.js";
import { entityNames, plural } from "../definitions/language/entity-names.js";
import { DEFAULT_MODEL } from "../schema/default-model.js";
import { OTHER } from "../schema/entity-rows.type.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { keyInputName, withKeyInput } from "./key-input.js";
import { nameOtherEntities } from "./several-entities.js";

/** Resolvers and types are written for an entity `user` with the key `user_id`; these of their names follow the entity. */
const WRITTEN = {
  ...{ type: "User", one: "user", many: "users", field: "userId", fields: "userIds" },
  erase: "eraseUser",
} as const;

/** Holds the deployment's features, each by its own name. */
const FEATURES = "Features";

type Names = Readonly<Record<keyof typeof WRITTEN, string>> & { readonly words: string };
type Values = Readonly<Record<string, unknown>>;

/**
 * The schema in the words of its deployment, in place of those it is written in: types (`Customer`, `CustomerFeatures`),
 * root fields (`customer`, `customers`), arguments and fields (`customerId`, `customerIds`), descriptions, and the
 * default of every `model`. Resolvers get their arguments and values under the names they were written for.
 * @throws {Error} a name of the entity is another's already
 */
export function nameSchema(schema: GraphQLSchema, definitions: Deployment): GraphQLSchema {
  fillDefaultModel(schema, defaultModelOf(definitions));
  readKeys(schema);
  const entity = defaultEntityOf(definitions);
  const keyed = withKeyInput(schema, entity);
  const names = entityNames(entity);
  const isWritten = Object.entries(WRITTEN).every(
    ([name, written]) => names[name as keyof typeof WRITTEN] === written,
  );
  const named = isWritten ? keyed : renameEntity(keyed, names);
  if (definitions.entities.length < 2) return named;
  nameOtherEntities(named, definitions);
  return new GraphQLSchema(named.toConfig());
}

/** What a root field is called that was written for an entity `user`. */
export const nameInSchema = (written: string, entity: Entity): string =>
  newName(written, entityNames(entity));

function fillDefaultModel(schema: GraphQLSchema, model: string | undefined): void {
  for (const { args } of fieldsOf(schema)) for (const argument of args) fill(argument);
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) fill(field);
  }
  function fill(input: GraphQLArgument | GraphQLInputField): void {
    // Without a default it has to be named.
    if (input.defaultValue === DEFAULT_MODEL) input.defaultValue = model;
  }
}

/** What a service answers about an entity has its key as `key`. */
function readKeys(schema: GraphQLSchema): void {
  for (const field of fieldsOf(schema)) {
    if (field.name !== WRITTEN.field || field.resolve) continue;
    field.resolve = (root) => (root as Values).key;
    field.extensions = { ...field.extensions, complexity: IN_MEMORY };
  }
}

function renameEntity(schema: GraphQLSchema, names: Names): GraphQLSchema {
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith("__"));
  // The columns of a key are named by the definitions, whatever they are called.
  const inputs = types.filter(isInputObjectType).filter(({ name }) => name !== keyInputName(names));
  const renamed = renamedInputs(inputs, names);
  // Arguments are given back their written names before any input is renamed.
  for (const field of fieldsOf(schema)) passWritten(field, names, renamed);
  for (const type of inputs) renameKeys(type, names);
  for (const type of types) {
    // The fields of rows are columns, whatever they are called.
    const isRows = [FEATURES, WRITTEN.type].includes(type.name) || type.name.startsWith(OTHER);
    if (isObjectType(type) && !isRows) renameKeys(type, names);
  }
  const taken = new Set(types.map(({ name }) => name));
  for (const type of types) {
    if (!new RegExp(`^${WRITTEN.type}(?![a-z])`).test(type.name)) continue;
    taken.delete(type.name);
    type.name = names.type + type.name.slice(WRITTEN.type.length);
    if (taken.has(type.name)) refuse(names, `the type ${type.name}`);
    taken.add(type.name);
  }
  for (const part of [
    ...types,
    ...fieldsOf(schema),
    ...fieldsOf(schema).flatMap(({ args }) => args),
    ...inputs.flatMap((type) => Object.values(type.getFields())),
    ...types.filter(isEnumType).flatMap((type) => type.getValues()),
  ])
    describe(part, names);
  return new GraphQLSchema(schema.toConfig());
}

/** The fields of each input, by the names they will have, and the names they were written with. */
type Renamed = ReadonlyMap<GraphQLInputObjectType, ReadonlyMap<string, Written>>;
type Written = Pick<GraphQLInputField, "name" | "type">;

function renamedInputs(inputs: readonly GraphQLInputObjectType[], names: Names): Renamed {
  return new Map(
    inputs.map((type) => [
      type,
      new Map(
        Object.values(type.getFields()).map(({ name, type }) => [newName(name, names), { name, type }]),
      ),
    ]),
  );
}

/** Calls the resolver with the arguments under the names it was written for. */
function passWritten(field: GraphQLField<unknown, unknown>, names: Names, renamed: Renamed): void {
  const translates = field.args.some(
    ({ name, type }) => newName(name, names) !== name || holdsRenamed(getNamedType(type), renamed),
  );
  const written = new Map(field.args.map((argument) => [newName(argument.name, names), { ...argument }]));
  for (const argument of field.args) {
    const name = newName(argument.name, names);
    if (name === argument.name) continue;
    if (field.args.some((other) => other.name === name))
      refuse(names, `the argument ${name} of ${field.name}`);
    argument.name = name;
  }
  if (!translates) return;
  for (const entrance of ["subscribe", "resolve"] as const) {
    const enter = field[entrance];
    if (!enter) continue;
    field[entrance] = (root, args, context, info) =>
      enter(root, asWritten(args, written, renamed), context, info);
  }
}

const holdsRenamed = (type: unknown, renamed: Renamed): boolean =>
  isInputObjectType(type) &&
  [...(renamed.get(type) ?? [])].some(
    ([name, field]) => name !== field.name || holdsRenamed(getNamedType(field.type), renamed),
  );

function asWritten(values: Values, written: ReadonlyMap<string, Written>, renamed: Renamed): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const field = written.get(name)!;
      const fields = renamed.get(getNamedType(field.type) as GraphQLInputObjectType);
      const inside = (each: unknown): unknown => {
        if (Array.isArray(each)) return each.map(inside);
        return fields && each ? asWritten(each as Values, fields, renamed) : each;
      };
      return [field.name, inside(value)];
    }),
  );
}

/** The key's field and lists of keys, of an input or an object. */
function renameKeys(type: GraphQLInputObjectType | GraphQLObjectType, names: Names): void {
  const fields = type.getFields() as Record<string, GraphQLField<unknown, unknown>>;
  const old = Object.values(fields);
  if (old.every(({ name }) => newName(name, names) === name)) return;
  for (const { name } of old) delete fields[name];
  for (const field of old) {
    const written = field.name;
    field.name = newName(written, names);
    if (fields[field.name]) refuse(names, `the field ${field.name} of ${type.name}`);
    fields[field.name] = field;
    // Without a resolver a field's value is looked up by its name.
    if (isObjectType(type) && field.name !== written && !field.resolve) {
      field.resolve = (root) => (root as Values)[written];
      field.extensions = { ...field.extensions, complexity: IN_MEMORY };
    }
  }
}

function newName(name: string, names: Names): string {
  const [part] = Object.entries(WRITTEN).find(([, written]) => written === name) ?? [];
  return part ? names[part as keyof typeof WRITTEN] : name;
}

function describe(part: { description?: string | null }, { words }: Names): void {
  part.description = part.description?.replace(/\b([Uu])ser(s?)\b/g, (_, first: string, many: string) => {
    const noun = many ? plural(words) : words;
    return first === "U" ? noun.charAt(0).toUpperCase() + noun.slice(1) : noun;
  });
}

function fieldsOf(schema: GraphQLSchema): GraphQLField<unknown, unknown>[] {
  return Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) && !type.name.startsWith("__") ? Object.values(type.getFields()) : [],
  );
}

function refuse({ type, words }: Names, what: string): never {
  throw new Error(
    `entity ${words}: ${what} is asof's own; call the entity (GraphQL: ${type}) or its key otherwise`,
  );
}
