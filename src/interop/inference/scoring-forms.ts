import { z } from "zod";
import { BadUserInputError } from "../../errors/errors.js";
import { csvRecords } from "../../ingest/formats/csv/csv-records.js";
import { FileUnreadableError } from "../../ingest/formats/file-format.js";
import { maxBatchRows } from "../../inputs/arguments.js";
import { InferenceError } from "./inference-error.js";
import type { ModelInput, ModelInputs } from "./model-inputs.js";
import type { Frame } from "./scored-frame.js";

type Columns = Map<string, readonly unknown[]>;
type Form = (value: unknown) => Columns;

/** Bodies that MLflow's scoring protocol takes, each by its name: the columns of each. */
const forms = {
  dataframe_split: (value) => {
    const { columns, data } = Object(value) as { columns?: unknown; data?: unknown };
    if (!isTexts(columns) || !isLists(data))
      throw badForm("dataframe_split: columns, a list of names, and data, a list of rows, were expected");
    const row = data.findIndex(({ length }) => length !== columns.length);
    if (row >= 0)
      throw badForm(
        `dataframe_split: row ${row} has ${data[row]!.length} values; there are ${columns.length} columns`,
      );
    requireFew(data.length);
    return byName(columns.map((name, place) => [name, data.map((values) => values[place])]));
  },
  dataframe_records: (value) => {
    if (isObjects(value)) return ofRecords(value);
    throw badForm("dataframe_records: a list of objects was expected");
  },
  inputs: (value) => ofTensors("inputs", value),
  instances: (value) => ofTensors("instances", value),
} as const satisfies Readonly<Record<string, Form>>;
const NAMES = Object.keys(forms) as (keyof typeof forms)[];

/** Exactly one of the forms; what is in it is read by the form itself. */
export const scoringRequestShape = z
  .looseObject({
    dataframe_split: z.object({
      columns: z.array(z.string()),
      index: z.array(z.unknown()).optional(),
      data: z.array(z.array(z.unknown())),
    }),
    dataframe_records: z.array(z.looseObject({})),
    inputs: z.union([z.looseObject({}), z.array(z.looseObject({}))]),
    instances: z.union([z.looseObject({}), z.array(z.looseObject({}))]),
    params: z.looseObject({ proba: z.boolean().optional() }),
  } satisfies Record<keyof typeof forms | "params", z.ZodType>)
  .partial()
  .describe("One of dataframe_split, dataframe_records, inputs and instances.");

const badForm = (problem: string): InferenceError => new InferenceError(400, problem);

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === "string");
const isLists = (value: unknown): value is unknown[][] => Array.isArray(value) && value.every(Array.isArray);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isObjects = (value: unknown): value is Record<string, unknown>[] =>
  Array.isArray(value) && value.every(isObject);

/** Of records that share few names: a body of little JSON could ask for a table of billions. */
const MOST_CELLS = 4_000_000;

function byName(columns: readonly (readonly [string, readonly unknown[]])[]): Columns {
  const named: Columns = new Map();
  for (const [name, values] of columns) {
    if (named.has(name)) throw badForm(`the column ${JSON.stringify(name.slice(0, 60))} is there twice`);
    named.set(name, values);
  }
  return named;
}

/** Columns that some record has; in others they are missing. */
function ofRecords(records: readonly Record<string, unknown>[]): Columns {
  requireFew(records.length);
  const names = new Set<string>();
  for (const record of records) for (const name of Object.keys(record)) names.add(name);
  if (names.size * records.length > MOST_CELLS)
    throw badForm(
      `${records.length} records name ${names.size} columns: at most ${MOST_CELLS} values were expected`,
    );
  return new Map(
    [...names].map((name) => [
      name,
      records.map((record) => (Object.hasOwn(record, name) ? record[name] : null)),
    ]),
  );
}

/** Lists by name, or records; rows without names say nothing of which feature is which. */
function ofTensors(form: string, value: unknown): Columns {
  if (isObjects(value) && value.length > 0) return ofRecords(value);
  if (isObject(value))
    return new Map(
      Object.entries(value).map(([name, values]) => [
        name,
        Array.isArray(values) ? values.map(inner) : [values],
      ]),
    );
  throw new BadUserInputError(
    `${form}: lists by name, or objects, were expected: the model's inputs have names; rows without names say not which value is whose`,
  );
}

/** Of a tensor of one column each row is a list. */
const inner = (value: unknown): unknown => (Array.isArray(value) && value.length === 1 ? value[0] : value);

/** What a body asks for. */
export interface ScoringRequest {
  frame(inputs: ModelInputs): Frame;
  /** Every column of the answer is wanted, not the prediction alone. */
  readonly everyColumn: boolean;
}

/** @throws {InferenceError} not exactly one of the forms */
export function readScoringJson(body: unknown): ScoringRequest {
  const sent = isObject(body) ? body : {};
  const given = NAMES.filter((name) => Object.hasOwn(sent, name));
  const [name] = given;
  if (name === undefined || given.length > 1)
    throw badForm(
      `an object with exactly one of ${NAMES.join(", ")} was expected; got ${given.length > 0 ? given.join(", ") : "none of them"}`,
    );
  const params = isObject(sent.params) ? sent.params : {};
  return { frame: () => frameOf(forms[name]!(sent[name])), everyColumn: params.proba === true };
}

function frameOf(columns: Columns): Frame {
  const [first] = columns;
  const rows = first?.[1].length ?? 0;
  requireFew(rows);
  const other = [...columns].find(([, values]) => values.length !== rows);
  if (other) throw badForm(`${first![0]} has ${rows} values, ${other[0].slice(0, 60)} ${other[1].length}`);
  return { rows, columns };
}

function requireFew(rows: number): void {
  if (rows > maxBatchRows)
    throw badForm(`at most ${maxBatchRows} rows were expected; got ${rows}; split the request`);
}

/** A header and rows; texts are read as what the model takes. @throws {InferenceError} it is no table */
export async function readScoringCsv(body: Buffer): Promise<ScoringRequest> {
  const records: (readonly string[])[] = [];
  try {
    for await (const block of csvRecords(onlyOne(body))) {
      for (const { fields } of block) records.push(fields);
      requireFew(records.length - 1);
    }
  } catch (error) {
    throw error instanceof FileUnreadableError ? badForm(`the CSV cannot be read: ${error.message}`) : error;
  }
  const [header, ...rows] = records;
  if (!header) throw badForm("a header and rows were expected; the body is empty");
  const row = rows.findIndex(({ length }) => length !== header.length);
  if (row >= 0)
    throw badForm(`row ${row} has ${rows[row]!.length} values; there are ${header.length} columns`);
  const frame = ({ stored, request }: ModelInputs): Frame => {
    const inputs = new Map([...stored, ...request].map((input) => [input.name, input]));
    const columns = header.map((name, place) => {
      const read = cellReaderOf(inputs.get(name));
      return [name, rows.map((fields) => read(fields[place]!))] as const;
    });
    return { rows: rows.length, columns: byName(columns) };
  };
  return { frame, everyColumn: false };
}

async function* onlyOne(body: Buffer): AsyncGenerator<Buffer> {
  yield body;
}

const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;

/** A cell's text as JSON would have it; keys and texts stay as they are. */
function cellReaderOf(input: ModelInput | undefined): (text: string) => unknown {
  if (!input || input.datatype === "BYTES") return (text) => text;
  return (text) => {
    if (text === "" || /^nan$/i.test(text)) return null;
    if (input.datatype === "BOOL") {
      const lower = text.toLowerCase();
      if (lower === "true" || lower === "false") return lower === "true";
    }
    return NUMBER.test(text) ? Number(text) : text;
  };
}
