import type { FormField } from "./definition.js";

/** What is in a form, by path: texts as they are typed, chosen names, yes and no. The empty text says nothing. */
export type FormValues = Readonly<Record<string, string | readonly string[]>>;
/** What is wrong with a value, by path. */
export type Problems = Readonly<Record<string, string>>;

const leaves = (fields: readonly FormField[]): FormField[] =>
  fields.flatMap((field) => (field.control.kind === "group" ? leaves(field.control.fields) : [field]));

/** Those of what is optional as a whole: it begins empty, since a default of one of them would ask for the whole. */
const ofOptional = (fields: readonly FormField[]): FormField[] =>
  fields.flatMap(({ control, required }) => {
    if (control.kind !== "group") return [];
    return required ? ofOptional(control.fields) : leaves(control.fields);
  });

/**
 * What the form begins with: the defaults, and over them what the address says. A field is named there by its path or, within
 * `input`, by what follows it: `asOf=2024-01-31`.
 */
export function initialValues(fields: readonly FormField[], address: URLSearchParams): FormValues {
  const values: Record<string, string | readonly string[]> = {};
  const empty = new Set(ofOptional(fields));
  for (const field of leaves(fields)) {
    const named = [field.path, field.path.replace(/^input\./, "")].find((name) => address.has(name));
    const many = field.control.kind === "choices" || field.control.kind === "texts";
    const standard = empty.has(field) ? undefined : (field.standard ?? undefined);
    if (many)
      values[field.path] = named
        ? address.getAll(named)
        : ((standard as string[] | undefined)?.map(String) ?? []);
    else if (named) values[field.path] = address.get(named)!;
    else values[field.path] = standard === undefined ? "" : asText(standard);
  }
  return values;
}

const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** The variables to send; what is left empty is left out. Or what is wrong, field by field. */
export function variablesOf(
  fields: readonly FormField[],
  values: FormValues,
): { variables: Record<string, unknown>; problems: Problems } {
  const problems: Record<string, string> = {};
  const read = (of: readonly FormField[]): Record<string, unknown> => {
    const object: Record<string, unknown> = {};
    for (const field of of) {
      const value = sentValue(field, values, read, problems);
      if (value !== undefined) object[field.name] = value;
    }
    return object;
  };
  return { variables: read(fields), problems };
}

function sentValue(
  field: FormField,
  values: FormValues,
  read: (fields: readonly FormField[]) => Record<string, unknown>,
  problems: Record<string, string>,
): unknown {
  const { control, path, required } = field;
  if (control.kind === "group") {
    // What is optional as a whole is asked nothing where it says nothing.
    const isSaid = leaves(control.fields).some((inner) => (values[inner.path] ?? "").length > 0);
    return required || isSaid ? read(control.fields) : undefined;
  }
  const given = values[path] ?? "";
  if (given.length === 0) {
    if (required) problems[path] = "It is required.";
    return undefined;
  }
  if (control.kind === "choices") return given;
  if (control.kind === "texts") {
    return (given as readonly string[]).map((text) =>
      control.of === "text" ? text : numberOf(text, control.of, path, problems),
    );
  }
  return scalarOf(given as string, control.kind, path, problems);
}

function scalarOf(text: string, kind: string, path: string, problems: Record<string, string>): unknown {
  if (kind === "integer" || kind === "number") return numberOf(text, kind, path, problems);
  if (kind === "boolean") return text === "true";
  if (kind !== "json") return text;
  try {
    return JSON.parse(text);
  } catch (error) {
    problems[path] = `This is no JSON: ${(error as Error).message}`;
    return undefined;
  }
}

function numberOf(
  text: string,
  kind: "integer" | "number",
  path: string,
  problems: Record<string, string>,
): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number))
    problems[path] = `A number was expected, not ${JSON.stringify(text)}.`;
  else if (kind === "integer" && !Number.isSafeInteger(number))
    problems[path] = `A whole number was expected, not ${text}.`;
  return number;
}

/** A GraphQL error, as far as it says which field it is about. */
interface InputError {
  message: string;
  extensions?: Record<string, unknown> | undefined;
}

/**
 * Puts each error at the field that it names; the others are left for the form as a whole. asof names the argument, or the
 * parameters; GraphQL's own errors say the path in their words.
 */
export function errorsByField(
  errors: readonly InputError[],
  fields: readonly FormField[],
): { problems: Problems; others: string[] } {
  const known = leaves(fields);
  const find = (name: string) =>
    known.find(({ path }) => path === name) ??
    known.find(({ path }) => path === `input.${name}`) ??
    known.find((field) => field.name === name);
  const problems: Record<string, string> = {};
  const others: string[] = [];
  for (const { message, extensions } of errors) {
    const at = namesIn(message, extensions).flatMap((name) => find(name) ?? []);
    if (at.length === 0) others.push(message);
    // Messages of several fields are joined: each field shows its own part where there is one.
    const parts = message.split(/; (?=[\w.]+: )/);
    for (const { path } of at) problems[path] = parts.find((part) => part.startsWith(`${path}:`)) ?? message;
  }
  return { problems, others };
}

function namesIn(message: string, extensions: Record<string, unknown> | undefined): string[] {
  const { argument, parameters } = extensions ?? {};
  if (typeof argument === "string") return [argument];
  if (Array.isArray(parameters) && parameters.length > 0) return parameters.map(String);
  const variable = /^Variable "\$(\w+)"/.exec(message)?.[1];
  const path = /at "([\w.[\]]+)"/.exec(message)?.[1];
  const field = /Field "(\w+)" (?:of required|is not defined)/.exec(message)?.[1];
  return [path, field, variable].filter((name) => name !== undefined);
}
