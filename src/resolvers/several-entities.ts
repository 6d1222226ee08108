import {
  type GraphQLArgument,
  type GraphQLField,
  GraphQLID,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import type { Deployment, Entity } from "../definitions/language/deployment.js";
import { defaultEntityOf, entityOf, entityOfModel } from "../definitions/language/entities.js";
import { type EntityNames, entityNames } from "../definitions/language/entity-names.js";
import { keyColumnsOf } from "../definitions/language/key.js";
import { BadUserInputError } from "../errors/errors.js";
import { AskedKey } from "../inputs/asked-key.js";
import { OTHER } from "../schema/entity-rows.type.js";
import { IN_MEMORY } from "../schema/field-costs.js";
import { keyInput, keyInputName, like } from "./key-input.js";

type Values = Readonly<Record<string, unknown>>;
/** An entity, what it is called, and what its key is given as. */
type Named = { readonly entity: Entity; readonly names: EntityNames; readonly key: GraphQLInputType };

/**
 * In a deployment of several entities whatever takes a key takes one of any of them, each by an argument of its own, of which
 * exactly one is given; whatever answers with a key has a field for each, of which one is not null. Resolvers get an
 * `AskedKey` where they would get the key.
 * @param schema in the words of the default entity
 */
export function nameOtherEntities(schema: GraphQLSchema, definitions: Deployment): void {
  const entities = definitions.entities.map(({ entity }): Named => {
    const names = entityNames(entity);
    if (keyColumnsOf(entity).length === 1) return { entity, names, key: GraphQLID };
    const known = schema.getType(keyInputName(names));
    return { entity, names, key: isInputObjectType(known) ? known : keyInput(entity, names) };
  });
  const { name } = defaultEntityOf(definitions);
  const all = [
    ...entities.filter(({ entity }) => entity.name === name),
    ...entities.filter(({ entity }) => entity.name !== name),
  ];
  const types = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith("__"));
  // The fields of these are columns, whatever they are called.
  const rowTypes = new Set(["Features", ...all.map(({ names }) => names.type)]);
  const inputs = new Map<GraphQLInputObjectType, Taken>();
  for (const type of types.filter(isInputObjectType)) takeKeys(type, all, inputs);
  for (const type of types.filter(isObjectType)) {
    const isRows = rowTypes.has(type.name) || type.name.startsWith(OTHER);
    for (const field of Object.values(type.getFields())) {
      const isLookUp = all.some(({ names }) => [names.one, OTHER + names.one].includes(field.name));
      if (!isLookUp) takeArguments(field, all, inputs);
    }
    if (!isRows) giveKeys(type, all, definitions);
  }
  sayTheSource(schema.getType("ExpectationResult"));
  withoutPrefix(types);
}

/** Which of a list of inputs are keys, and of which entity; `expected` says it in words. */
interface Taken {
  byName: ReadonlyMap<string, Entity>;
  written: string;
  required: boolean;
  isList: boolean;
}

type Input = Pick<GraphQLArgument | GraphQLInputField, "name" | "type">;

function takenOf(inputs: readonly Input[], all: readonly Named[]): Taken | null {
  const [{ names }] = all as [Named];
  const key = inputs.find(({ name }) => name === names.field || name === names.fields);
  // One that is JSON by column says itself of which entity it is.
  if (!key || getNamedType(key.type).name === "JSON") return null;
  const part = key.name === names.field ? "field" : "fields";
  return {
    byName: new Map(all.map(({ entity, names }) => [names[part], entity])),
    written: key.name,
    required: isNonNullType(key.type),
    isList: part === "fields" && isListType(nullable(key.type)),
  };
}

function takeKeys(
  type: GraphQLInputObjectType,
  all: readonly Named[],
  inputs: Map<GraphQLInputObjectType, Taken>,
): void {
  const fields = type.getFields();
  const taken = takenOf(Object.values(fields), all);
  if (!taken) return;
  inputs.set(type, taken);
  const own = fields[taken.written]!;
  own.type = nullable(own.type);
  for (const [name, entity] of taken.byName) {
    if (name === taken.written) continue;
    if (fields[name]) refuse(entity, `the field ${name} of ${type.name}`);
    fields[name] = {
      ...own,
      name,
      type: keyLike(own.type, all, entity),
      description: describedFor(own.description, all, entity),
    };
  }
}

function takeArguments(
  field: GraphQLField<unknown, unknown>,
  all: readonly Named[],
  inputs: ReadonlyMap<GraphQLInputObjectType, Taken>,
): void {
  const taken = takenOf(field.args, all);
  if (taken) {
    const place = field.args.findIndex(({ name }) => name === taken.written);
    const own = { ...field.args[place]!, type: nullable(field.args[place]!.type) };
    const others = [...taken.byName].filter(([name]) => name !== taken.written);
    const clash = others.find(([name]) => field.args.some((argument) => argument.name === name));
    if (clash) refuse(clash[1], `the argument ${clash[0]} of ${field.name}`);
    const added = others.map(([name, entity]) => ({
      ...own,
      name,
      type: keyLike(own.type, all, entity),
      description: describedFor(own.description, all, entity),
    }));
    field.args = field.args.toSpliced(place, 1, own, ...added);
  }
  if (!taken && !field.args.some(({ type }) => holdsKeys(getNamedType(type), inputs))) return;
  const types = new Map(field.args.map(({ name, type }) => [name, type]));
  for (const entrance of ["subscribe", "resolve"] as const) {
    const enter = field[entrance];
    if (!enter) continue;
    field[entrance] = (root, args, context, info) =>
      enter(root, withAsked(args, taken, types, inputs, field.name), context, info);
  }
}

const keyLike = (type: GraphQLInputType, all: readonly Named[], entity: Entity): GraphQLInputType =>
  like(type, all.find((each) => each.entity.name === entity.name)!.key) as GraphQLInputType;

const holdsKeys = (type: unknown, inputs: ReadonlyMap<GraphQLInputObjectType, Taken>): boolean =>
  isInputObjectType(type) &&
  (inputs.has(type) ||
    Object.values(type.getFields()).some((field) => holdsKeys(getNamedType(field.type), inputs)));

/** One key in place of those that could be given. @throws {BadUserInputError} none, or more than one, is given */
function withAsked(
  values: Values,
  taken: Taken | null,
  types: ReadonlyMap<string, GraphQLInputType>,
  inputs: ReadonlyMap<GraphQLInputObjectType, Taken>,
  path: string,
): Values {
  const made: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (taken?.byName.has(name)) continue;
    const type = getNamedType(types.get(name));
    made[name] = isInputObjectType(type) ? within(value, type, inputs, `${path}.${name}`) : value;
  }
  if (!taken) return made;
  const given = [...taken.byName].filter(([name]) => values[name] !== undefined && values[name] !== null);
  if (given.length > 1 || (given.length === 0 && taken.required)) {
    const names = [...taken.byName.keys()].join(", ");
    const got = given.length === 0 ? "none" : given.map(([name]) => name).join(" and ");
    throw new BadUserInputError(`${path}: one of ${names} was expected; got ${got}`, {
      argument: taken.written,
    });
  }
  const [asked] = given;
  if (!asked) return made;
  const [name, entity] = asked;
  const key = values[name];
  made[taken.written] = taken.isList
    ? (key as unknown[]).map((each) => new AskedKey(entity, each))
    : new AskedKey(entity, key);
  return made;
}

function within(
  value: unknown,
  type: GraphQLInputObjectType,
  inputs: ReadonlyMap<GraphQLInputObjectType, Taken>,
  path: string,
): unknown {
  if (Array.isArray(value))
    return value.map((each, index) => within(each, type, inputs, `${path}[${index}]`));
  if (value === null || value === undefined) return value;
  const fields = Object.values(type.getFields());
  const types = new Map(fields.map((field) => [field.name, field.type]));
  return withAsked(value as Values, inputs.get(type) ?? null, types, inputs, path);
}

/** A field for each entity's key: null where the answer is about another one. */
function giveKeys(type: GraphQLObjectType, all: readonly Named[], definitions: Deployment): void {
  const [{ names }] = all as [Named];
  const fields = type.getFields();
  const own = fields[names.field];
  // A key of several columns is `key` alone, which every answer has.
  const single = all.filter(({ entity }) => keyColumnsOf(entity).length === 1);
  if (!own?.resolve || !single.includes(all[0]!)) return;
  const keyOf = own.resolve;
  const given = ({ entity }: Named): GraphQLField<unknown, unknown>["resolve"] => {
    return (root, args, context, info) =>
      subjectOf(root as Values, definitions).name === entity.name ? keyOf(root, args, context, info) : null;
  };
  for (const each of single) {
    const name = each.names.field;
    if (each !== all[0] && fields[name]) refuse(each.entity, `the field ${name} of ${type.name}`);
    fields[name] = {
      ...own,
      name,
      type: nullable(own.type),
      description: `${describedFor(own.description, all, each.entity)} Null where it is about something else.`,
      resolve: given(each),
      extensions: { ...own.extensions, complexity: IN_MEMORY },
    };
  }
}

/** Rows of a report do not say what they are of. */
function sayTheSource(type: unknown): void {
  if (!isObjectType(type)) throw new Error("the schema has no ExpectationResult");
  const { sample } = type.getFields();
  sample!.resolve = (root) => {
    const { source, sample } = root as { source: string; sample: readonly object[] };
    return sample.map((row) => ({ ...row, source }));
  };
  sample!.extensions = { ...sample!.extensions, complexity: IN_MEMORY };
}

/** What an answer is about, by whatever it says of itself. */
export function subjectOf(answer: Values, definitions: Deployment): Entity {
  const { entity, model, modelVersion, view, source } = answer;
  if (typeof entity === "object" && entity !== null) return entity as Entity;
  if (modelVersion) return entityOfModel(definitions, (modelVersion as { model: string }).model);
  if (typeof model === "string") return entityOfModel(definitions, model);
  const of =
    definitions.views.find(({ name }) => name === view)?.source ??
    definitions.sources.find(({ name }) => name === source);
  return of ? entityOf(definitions, of) : defaultEntityOf(definitions);
}

const nullable = <T extends GraphQLInputType | GraphQLOutputType>(type: T): T =>
  (isNonNullType(type) ? type.ofType : type) as T;

/** "The key of the customer." */
function describedFor(text: string | null | undefined, all: readonly Named[], entity: Entity): string {
  const [{ names: from }] = all as [Named];
  const to = entityNames(entity);
  return (text ?? "").replaceAll(from.manyWords, to.manyWords).replaceAll(from.words, to.words);
}

/** The words of the other entities as they are meant. */
function withoutPrefix(types: readonly { name: string }[]): void {
  const taken = new Set(types.map(({ name }) => name));
  for (const type of types) {
    if (isObjectType(type)) {
      const fields = type.getFields();
      for (const field of Object.values(fields)) {
        for (const argument of field.args) {
          if (!argument.name.startsWith(OTHER)) continue;
          const written = argument.name;
          argument.name = written.slice(OTHER.length);
          passUnder(field, argument.name, written);
        }
        if (!field.name.startsWith(OTHER)) continue;
        const written = field.name;
        field.name = written.slice(OTHER.length);
        if (fields[field.name])
          throw new Error(
            `entity ${field.name}: the field ${field.name} of ${type.name} is asof's own; call the entity or its key otherwise`,
          );
      }
      const named = Object.values(fields);
      for (const name of Object.keys(fields)) delete fields[name];
      for (const field of named) fields[field.name] = field;
    }
    if (!type.name.startsWith(OTHER)) continue;
    const name = type.name.slice(OTHER.length);
    if (taken.has(name))
      throw new Error(`entity ${name}: the type ${name} is asof's own; call the entity otherwise`);
    taken.add(name);
    type.name = name;
  }
}

function passUnder(field: GraphQLField<unknown, unknown>, name: string, written: string): void {
  const { resolve } = field;
  if (resolve)
    field.resolve = (root, { [name]: value, ...args }, context, info) =>
      resolve(root, { ...args, [written]: value }, context, info);
}

function refuse({ name }: Entity, what: string): never {
  throw new Error(`entity ${name}: ${what} is asof's own; call the entity or its key otherwise`);
}
