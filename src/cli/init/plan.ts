import { TAKEN_COLUMNS } from "../../definitions/language/checks/reserved.js";
import { factsOf } from "../../definitions/language/column-types/registry.js";
import { entityNames } from "../../definitions/language/entity-names.js";
import type { KeyType } from "../../definitions/language/key.js";
import { keyPart } from "../../definitions/language/key-form.js";
import { type TaskName, taskOfLabel } from "../../values/task.js";
import { CommandError } from "../errors.js";
import type { InferredColumn } from "./infer-column.js";
import { type InferredEvents, inferEvents, timesOf, type WindowText, windowsOf } from "./infer-events.js";
import { type InferredSource, type Keys, keysOf, snakeCase } from "./infer-source.js";
import { asLabel } from "./label.js";

/** A deployment as its files suggest it. */
export interface Plan {
  readonly name: string;
  readonly entity: string;
  readonly key: string;
  readonly keyType: KeyType;
  readonly sources: readonly PlannedSource[];
  /** The one that has a row for every key. */
  readonly entitySource: PlannedSource;
  /** Null: nothing is learnt. */
  readonly label: {
    readonly source: PlannedSource;
    readonly column: string;
    readonly task: TaskName;
  } | null;
  /** What the files do not say, each in a sentence. */
  readonly unknown: readonly string[];
}

export interface PlannedSource {
  readonly name: string;
  readonly from: InferredSource;
  /** What the header calls the key; null: its own name. */
  readonly keyFrom: string | null;
  readonly empty: readonly string[];
  /** Whether deliveries beside this one lack it. */
  readonly isSometimes: boolean;
  readonly columns: readonly PlannedColumn[];
  /** Of a file with many rows for a key, and what is computed of them; null: it has one row for each. */
  readonly events: (InferredEvents & { readonly windows: readonly WindowText[] }) | null;
}

export interface PlannedColumn extends Omit<InferredColumn, "words"> {
  readonly name: string;
  readonly words: InferredColumn["words"];
  readonly required: boolean;
  readonly isFeature: boolean;
}

interface Asked {
  readonly name: string;
  readonly key: string | null;
  /** `source.column` */
  readonly label: string | null;
  /** Names of sources that deliveries beside this one lack. */
  readonly sometimes: readonly string[];
}

const MOST_TEXTS = 50;

/** @throws {CommandError} no key tells the rows apart, or what was asked for is not in the files */
export async function planDeployment(files: readonly InferredSource[], asked: Asked): Promise<Plan> {
  const keyColumn = chooseKey(files, asked.key);
  const unknown: string[] = [];
  const rowsOf = new Map<InferredSource, Keys>();
  const eventsOf = new Map<InferredSource, InferredEvents>();
  for (const file of files) {
    const keys = await keysOf(file, [keyColumn]);
    rowsOf.set(file, keys);
    if (keys.repeated === null) continue;
    const note = (what: string) => unknown.push(`${file.name}: ${what}`);
    eventsOf.set(file, await inferEvents(file, keyColumn, keys, note));
  }
  const entityFile = findEntityFile(rowsOf);
  // GraphQL has an `id` of its own.
  const key = keyColumn === "id" ? `${singular(entityFile.name)}_id` : keyColumn;
  const entity = key.replace(/_?(id|no|key|code)$/, "") || "row";
  const label = asked.label === null ? null : findLabel(files, asked.label);
  if (label && eventsOf.has(label.file))
    throw new CommandError(
      `--label ${asked.label}: ${label.file.file}${label.file.extension} has many rows for a key; a label has one row for each`,
    );
  const taken = new Set([key, ...TAKEN_COLUMNS, "features", "prediction"]);
  const sources = files.map((file): PlannedSource => {
    const events = eventsOf.get(file);
    const columns = [...file.columns]
      .filter(([name]) => name !== keyColumn)
      .map(([name, column]) => {
        const isLabel = label?.file === file && label.column === name;
        const unique = taken.has(name) ? `${file.name}_${name}`.slice(0, 41) : name;
        taken.add(unique);
        const note = (what: string) => unknown.push(`${file.name}.${unique}: ${what}`);
        return planColumn(unique, column, isLabel ? "label" : events ? "event" : "state", note);
      });
    const { header } = file.columns.get(keyColumn)!;
    return {
      ...{ name: file.name, from: file, columns },
      keyFrom: header === key ? null : header,
      empty: [...new Set(columns.flatMap(({ empty }) => empty))],
      isSometimes: asked.sometimes.includes(file.name),
      events: events ? plannedEvents(file, events, columns, keyColumn, key, taken) : null,
    };
  });
  for (const { name, empty, columns } of sources) noteLostCategories(name, empty, columns, unknown);
  const planned = (file: InferredSource) => sources[files.indexOf(file)]!;
  const labelColumn = label && planned(label.file).columns.find(({ header }) => header === label.header);
  if (label === null) unknown.push("no --label was given: nothing is learnt; add a featureService for it");
  const keyType = keyTypeOf([...rowsOf.values()].flatMap(({ values }) => [...values]));
  const all = keyType === "string" ? "a text" : `a ${keyType}, as all of its values are`;
  unknown.push(`one row is about ${entityNames({ name: entity, key }).aWord}, found by ${key}, ${all}`);
  return {
    ...{ name: asked.name, entity, key, keyType, sources, unknown },
    entitySource: planned(entityFile),
    label: label && {
      source: planned(label.file),
      column: labelColumn!.name,
      task: taskOfLabel(labelColumn!.type)!.name as TaskName,
    },
  };
}

/** By the names that the definitions give its columns. */
function plannedEvents(
  file: InferredSource,
  { time, eventKey }: InferredEvents,
  columns: readonly PlannedColumn[],
  keyColumn: string,
  key: string,
  taken: Set<string>,
): NonNullable<PlannedSource["events"]> {
  const named = (name: string) =>
    name === keyColumn ? key : columns.find(({ header }) => header === file.columns.get(name)!.header)!.name;
  const events = { time: named(time), eventKey: eventKey?.map(named) ?? null };
  return { ...events, windows: windowsOf(file.name, events, columns, taken) };
}

function planColumn(
  name: string,
  column: InferredColumn,
  as: "label" | "state" | "event",
  note: (what: string) => void,
): PlannedColumn {
  if (as === "label") return { ...asLabel(name, column, note), name, required: true, isFeature: false };
  const { type, distinct, oneOf, missing, rows, zone } = column;
  let isFeature = true;
  if (zone !== null) note(`times without an offset were taken for ${zone}; write the zone of their clocks`);
  if (as === "event") return { ...column, name, required: false, isFeature: false };
  const leaveOut = (why: string) => {
    isFeature = false;
    note(`no feature, because ${why}`);
  };
  if (missing === rows) leaveOut("it has no values");
  else if (distinct === 1) leaveOut("it has one value in all rows");
  else if (factsOf(type).feature === null) leaveOut(`it is a ${type}; give the model a number made of it`);
  else if (type === "string" && !oneOf && (distinct === null || distinct > MOST_TEXTS))
    leaveOut(`it has ${distinct ?? "more than 1000"} different texts`);
  return { ...column, name, required: false, isFeature };
}

function noteLostCategories(
  source: string,
  empty: readonly string[],
  columns: readonly PlannedColumn[],
  unknown: string[],
): void {
  for (const { name, oneOf } of columns) {
    for (const value of oneOf ?? [])
      if (empty.includes(value))
        unknown.push(
          `${source}.${name}: ${JSON.stringify(value)} is read as no value, as elsewhere in the file`,
        );
  }
}

function chooseKey(files: readonly InferredSource[], asked: string | null): string {
  const everywhere = [...files[0]!.columns.keys()].filter((name) =>
    files.every(({ columns }) => columns.has(name)),
  );
  if (asked !== null) {
    const name = snakeCase(asked);
    const without = files.find(({ columns }) => !columns.has(name));
    if (!without) return name;
    throw new CommandError(
      `${without.file}${without.extension} has no column ${JSON.stringify(asked)}; --key is in every file: ${everywhere.join(", ") || "no column is"}`,
    );
  }
  const tells = (name: string) => (file: InferredSource) => file.keys.includes(name);
  const candidates = everywhere.filter(
    (name) => files.some(tells(name)) && files.every((file) => tells(name)(file) || timesOf(file).length > 0),
  );
  if (candidates.length === 1) return candidates[0]!;
  throw new CommandError(
    candidates.length === 0
      ? "no column tells the rows of every file apart; add one, and name it with --key"
      : `any of ${candidates.join(", ")} may be the key; choose one with --key`,
  );
}

/** Values of more than one form, such as codes with zeros before them, are texts: nothing is made one that was two. */
function keyTypeOf(values: readonly string[]): KeyType {
  const are = (type: KeyType, form: (text: string) => string) => {
    const column = { type, column: "key", field: "key" };
    return values.every((text) => form(text) === text && keyPart(column, text) === text.toLowerCase());
  };
  if (are("bigint", (text) => text)) return "bigint";
  const isUuid = are("uuid", (text) => text.toLowerCase()) || are("uuid", (text) => text.toUpperCase());
  return isUuid ? "uuid" : "string";
}

function findEntityFile(rowsOf: ReadonlyMap<InferredSource, Keys>): InferredSource {
  const states = [...rowsOf].filter(([, { repeated }]) => repeated === null);
  if (states.length === 0)
    throw new CommandError(
      `${[...rowsOf.values()][0]!.repeated}; one file must have one row for every key: add one, or name another --key`,
    );
  const [largest, { values: keys }] = states.reduce((most, each) =>
    each[1].values.size > most[1].values.size ? each : most,
  );
  for (const [file, { values }] of rowsOf) {
    for (const key of values)
      if (!keys.has(key))
        throw new CommandError(
          `${file.file}${file.extension} has the key ${JSON.stringify(key)}, which ${largest.file}${largest.extension} lacks; one file must have a row for every key`,
        );
  }
  // Of files with the same keys, the first by name.
  return states.find(([, { values }]) => values.size === keys.size)![0];
}

function findLabel(files: readonly InferredSource[], asked: string) {
  const [of, ...rest] = asked.split(".");
  const [file, column] =
    rest.length > 0
      ? [files.find(({ name, file: given }) => name === of || given === of), snakeCase(rest.join("."))]
      : [files.find(({ columns }) => columns.has(snakeCase(asked))), snakeCase(asked)];
  const found = file?.columns.get(column);
  if (file && found) return { file, column, header: found.header };
  throw new CommandError(
    `--label ${asked}: there is no such column; name one as <file>.<column>, such as ${files[0]!.name}.${[...files[0]!.columns.keys()].at(-1)}`,
  );
}

const singular = (noun: string): string =>
  noun
    .replace(/ies$/, "y")
    .replace(/([^s])s$/, "$1")
    .slice(0, 38);
