import { AsofClient } from "../client.js";
import { type Command, type ExitCode, type Given, labelOf, type Parameter } from "../command.js";
import { CommandError, UsageError } from "../errors.js";
import { report } from "../follow.js";
import { flag, keyKind } from "../kinds.js";
import { outputFormat } from "../output/format.js";
import { entriesOf, restOf, type View } from "../output/view.js";
import { SERVER_OPTIONS } from "../server-options.js";
import { type ApiParameter, type Differences, flagsOf, inWords, parametersOf } from "./parameters.js";
import {
  type ApiSchema,
  type KeyInput,
  type Names,
  printed,
  type RootField,
  type RootPath,
  rename,
  WRITTEN,
} from "./schema.js";
import { explained } from "./server-error.js";

/** A command that is one root field of the API; the schema says what it takes. */
export interface ApiCommand extends Partial<Differences> {
  readonly name: string;
  readonly group: Command["group"];
  readonly field: RootPath;
  /** One line, for `asof --help`; the first sentence of the field's description unless given. */
  readonly summary?: string;
  /** What is given without an option's name, in this order. */
  readonly positionals?: readonly string[];
  readonly view: View;
  /** It starts a run, which `--follow` follows to its end. */
  readonly follow?: true;
  /** What cannot be taken back: done with `--yes` alone. */
  readonly confirmed?: string;
}

export const FOLLOW: Parameter = {
  name: "follow",
  short: "f",
  kind: flag,
  description: "Prints what happens until the run has ended; exit code 1 unless it succeeded",
  required: false,
  many: false,
};

const YES: Parameter = {
  name: "yes",
  kind: flag,
  description: "Does it: it cannot be taken back",
  required: false,
  many: false,
};

/** @throws {Error} the record does not fit the schema */
export function commandOf(record: ApiCommand, schema: ApiSchema): Command {
  const field = schema.root(record.field);
  const differences = { names: {}, without: {}, files: [], ...record };
  const parameters = parametersOf(field, schema, differences);
  const positionals = (record.positionals ?? []).map((written) => {
    const name = rename(written, WRITTEN, schema.names);
    const found = parameters.find(({ path }) => path.at(-1) === name);
    if (!found) throw new Error(`asof ${record.name}: ${field.name} takes no ${name}`);
    return found;
  });
  const description = inWords(field.description, flagsOf(parameters));
  return {
    name: record.name,
    group: record.group,
    summary: record.summary ?? /^.*?\.(?= |$)/.exec(description)?.[0] ?? description,
    description,
    positionals,
    options: [
      ...parameters.filter((parameter) => !positionals.includes(parameter)),
      ...(record.follow ? [FOLLOW] : []),
      ...(record.confirmed ? [YES] : []),
      ...SERVER_OPTIONS,
    ],
    run: (given, env) => ask(record, field, parameters, schema, given, env),
  };
}

async function ask(
  record: ApiCommand,
  field: RootField,
  parameters: readonly ApiParameter[],
  schema: ApiSchema,
  given: Given,
  env: NodeJS.ProcessEnv,
): Promise<ExitCode> {
  if (record.confirmed && !given.flag("yes"))
    throw new UsageError(`${record.confirmed} cannot be taken back; say --yes to do it`);
  const client = clientOf(given, env);
  const document = documentOf(field, parameters, given, record.view, schema.names);
  const names = nameEntity(document.text, schema.names)
    ? await client.names()
    : { ...schema, ...schema.names };
  const { text, variables } = withKeyInput(document, schema, names.keyInput, (name) => {
    const parameter = parameters.find(({ path }) => path.at(-1) === name);
    return parameter ? labelIn(given.command, parameter) : name;
  });
  const data = await client.query<Record<string, unknown>>(
    rename(text, schema.names, names),
    Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [rename(name, schema.names, names), value]),
    ),
    (error) => explained(error, parameters, (parameter) => labelIn(given.command, parameter)),
  );
  const [answer] = Object.values(data);
  if (answer === null || answer === undefined) throw new CommandError(notFound(field, given));
  if (record.follow) return report(client, answer, given);
  if (given.flag("json")) for (const each of entriesOf(answer)) given.print(JSON.stringify(each));
  else
    for (const line of record.view.lines(renameKeys(answer, names), outputFormat(given))) given.print(line);
  const rest = restOf(answer);
  if (rest) given.note(rest);
  return 0;
}

interface Document {
  text: string;
  variables: Record<string, unknown>;
}

/** One operation for what was given; what was not given is left to the server's defaults. */
export function documentOf(
  field: RootField,
  parameters: readonly ApiParameter[],
  given: Pick<Given, "has" | "value">,
  view: View,
  names: Names,
): Document {
  const variables: Record<string, unknown> = {};
  for (const { name, path } of parameters) if (given.has(name)) setAt(variables, path, given.value(name));
  // An input that is required may have nothing that is.
  for (const { name, type, defaultValue } of field.arguments)
    if (type.kind === "NonNullType" && !defaultValue) variables[name.value] ??= {};
  const used = field.arguments.filter(({ name }) => name.value in variables);
  const list = (part: (argument: RootField["arguments"][number]) => string) =>
    used.length === 0 ? "" : `(${used.map(part).join(", ")})`;
  const declared = list(({ name, type }) => `$${name.value}: ${printed(type)}`);
  const passed = list(({ name }) => `${name.value}: $${name.value}`);
  const fields = rename(view.fields, WRITTEN, names);
  const selection = field.isConnection
    ? `nodes { ${fields} } ${view.uncounted ? "" : "totalCount "}pageInfo { hasNextPage endCursor }`
    : fields;
  return { text: `${field.operation} ${declared} { ${field.name}${passed} { ${selection} } }`, variables };
}

function setAt(holder: Record<string, unknown>, [first, ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) holder[first!] = value;
  else {
    holder[first!] ??= {};
    setAt(holder[first!] as Record<string, unknown>, rest, value);
  }
}

/** The same for a server whose key has several columns, where the schema at hand knows one value. */
function withKeyInput(
  { text, variables }: Document,
  { names: { field, fields }, keyInput: known }: Pick<ApiSchema, "names" | "keyInput">,
  keyInput: KeyInput | null,
  labelOf: (name: string) => string,
): Document {
  if (!keyInput || known) return { text, variables };
  const { parse } = keyKind(keyInput.fields);
  return {
    text: text.replace(new RegExp(`\\$(${field}|${fields}): (\\[?)ID\\b`, "g"), `$$$1: $2${keyInput.type}`),
    variables: Object.fromEntries(
      Object.entries(variables).map(([name, value]) => {
        if (name === field) return [name, parse(labelOf(name), String(value))];
        if (name !== fields) return [name, value];
        return [name, (value as unknown[]).map((each) => parse(labelOf(name), String(each)))];
      }),
    ),
  };
}

const nameEntity = (text: string, names: Names): boolean => rename(text, names, NOBODY) !== text;
const NOBODY: Names = { one: "", many: "", field: "", fields: "", erase: "" };

/** Views are written for StreamFlow's names. */
function renameKeys(value: unknown, names: Names): unknown {
  if (Array.isArray(value)) return value.map((each) => renameKeys(each, names));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [rename(key, names, WRITTEN), renameKeys(each, names)]),
  );
}

function labelIn({ positionals }: Command, parameter: ApiParameter): string {
  return positionals.includes(parameter) ? `<${parameter.name}>` : labelOf(parameter);
}

/** `RUN_NOT_FOUND: there is no run 5` */
function notFound({ type }: RootField, given: Given): string {
  const words = type.replace(/\B[A-Z]/g, (letter) => `_${letter}`);
  const key = given.command.positionals.map(({ name }) => asText(given.value(name))).join(" ");
  return `${words.toUpperCase()}_NOT_FOUND: there is no ${words.toLowerCase().replaceAll("_", " ")} ${key}`;
}

const asText = (value: unknown): string =>
  typeof value === "object" ? JSON.stringify(value) : String(value);

export const clientOf = (given: Given, env: NodeJS.ProcessEnv): AsofClient =>
  new AsofClient({ url: given.text("url"), token: given.text("token"), actor: given.text("actor") }, env);
