import type { InputValueDefinitionNode } from "graphql";
import type { Parameter } from "../command.js";
import {
  base64File,
  enumKind,
  flag,
  flagOff,
  jsonKind,
  type Kind,
  keyKind,
  numberKind,
  text,
  typed,
  wholeNumberKind,
} from "../kinds.js";
import { type ApiSchema, isList, namedType, printed, type RootField } from "./schema.js";

/** A value that a root field takes, and where its arguments hold it: `["input", "asOf"]`. */
export interface ApiParameter extends Parameter {
  readonly path: readonly string[];
}

/** How one field's parameters differ from what follows from the schema; by the parameter's name there. */
export interface Differences {
  /** Other names on the command line. */
  readonly names: Readonly<Record<string, string>>;
  /** Enum values of the type that this field does not take. */
  readonly without: Readonly<Record<string, readonly string[]>>;
  /** Base64 in the API, a file here. */
  readonly files: readonly string[];
}

/** Inputs of these names hold nothing but the field's own parameters. */
const ENVELOPES = ["input", "where"];

/**
 * The arguments of a field as options: fields of an input object are options of their own (`served.since` becomes
 * `--served-since`), lists of objects are JSON.
 */
export function parametersOf(field: RootField, schema: ApiSchema, differences: Differences): ApiParameter[] {
  const flat = field.arguments.flatMap((argument) => flatten(argument, schema, [], true));
  const flags = new Map(flat.map(({ name }) => [name, `--${nameOf(name, differences)}`]));
  return flat.map(({ name, path, node, required }) => ({
    name: nameOf(name, differences),
    path,
    description: inWords(node.description?.value ?? "", flags),
    kind: kindOf(name, node, schema, differences),
    required,
    many: isList(node.type) && !isJson(node, schema),
    ...fallbackOf(name, node),
  }));
}

interface Flat {
  name: string;
  path: string[];
  node: InputValueDefinitionNode;
  required: boolean;
}

function flatten(
  node: InputValueDefinitionNode,
  schema: ApiSchema,
  outer: readonly string[],
  outerRequired: boolean,
): Flat[] {
  const path = [...outer, node.name.value];
  const required = outerRequired && node.type.kind === "NonNullType" && !node.defaultValue;
  const isWhole = isList(node.type) || isKey(node, schema);
  const inner = isWhole ? undefined : schema.inputFields(namedType(node.type));
  if (inner) return inner.flatMap((field) => flatten(field, schema, path, required));
  const name = path.filter((part, at) => at > 0 || !ENVELOPES.includes(part)).join(".");
  return [{ name, path, node, required }];
}

const nameOf = (name: string, { names }: Differences): string => names[name] ?? inKebabCase(name);

/** `served.labelAsOf` is `served-label-as-of`. */
export const inKebabCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll(".", "-");

const isKey = (node: InputValueDefinitionNode, { keyInput }: ApiSchema): boolean =>
  namedType(node.type) === keyInput?.type;

const isJson = (node: InputValueDefinitionNode, schema: ApiSchema): boolean =>
  namedType(node.type) === "JSON" ||
  (!isKey(node, schema) && schema.inputFields(namedType(node.type)) !== undefined);

const PLACEHOLDERS: Readonly<Record<string, Kind>> = {
  Int: wholeNumberKind,
  Float: numberKind,
  Date: text("2024-01-31"),
  DateTime: text("2024-01-31T12:00:00Z"),
};

function kindOf(
  name: string,
  node: InputValueDefinitionNode,
  schema: ApiSchema,
  { without, files }: Differences,
): Kind {
  const type = namedType(node.type);
  if (files.includes(name)) return base64File;
  if (isKey(node, schema)) return keyKind(schema.keyInput!.fields);
  if (isJson(node, schema)) return jsonKind;
  if (type === "Boolean") return isOn(node) ? flagOff : flag;
  const values = schema.enumValues(type);
  if (values) return enumKind(values.filter((value) => !without[name]?.includes(value)));
  return PLACEHOLDERS[type] ?? text("text");
}

const isOn = ({ defaultValue }: InputValueDefinitionNode): boolean =>
  defaultValue?.kind === "BooleanValue" && defaultValue.value;

function fallbackOf(name: string, node: InputValueDefinitionNode): Pick<Parameter, "fallback"> {
  const { defaultValue } = node;
  // Which one that is, is the server's to know: it may be of another deployment.
  if (name === "model" && defaultValue) return { fallback: "the deployment's first feature service" };
  if (!defaultValue || defaultValue.kind === "BooleanValue") return {};
  if (defaultValue.kind === "EnumValue") return { fallback: typed(defaultValue.value) };
  if (defaultValue.kind === "ListValue")
    return { fallback: defaultValue.values.map((value) => typed(printed(value))).join(",") };
  return { fallback: defaultValue.kind === "StringValue" ? defaultValue.value : printed(defaultValue) };
}

/** What each parameter is called on the command line, by its name in the API. */
export const flagsOf = (parameters: readonly ApiParameter[]): ReadonlyMap<string, string> =>
  new Map(parameters.map(({ name, path }) => [path.at(-1)!, `--${name}`]));

/** Descriptions speak of arguments (`labelAsOf`); the command line has options (`--label-as-of`). */
export const inWords = (description: string, flags: ReadonlyMap<string, string>): string =>
  description
    .replace(/\s+/g, " ")
    .replace(/`(\w+)`|\b[a-z]+[A-Z]\w*/g, (word, quoted: string | undefined) => {
      return flags.get(quoted ?? word) ?? quoted ?? word;
    })
    .trim();
