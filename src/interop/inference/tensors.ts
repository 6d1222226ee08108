import { z } from "zod";
import { requireExactJson } from "../../http/exact-body.js";
import { maxBatchRows } from "../../inputs/arguments.js";
import { parsePythonJson } from "../../values/python-json.js";
import { shapeProblem } from "../../values/shape-problem.js";
import { type Datatype, datatypes, type TensorCell } from "./datatypes.js";
import { InferenceError } from "./inference-error.js";

/** Of one request, and of JSON before its tensors: no other body is longer, either. */
export const MOST_JSON_BYTES = 4 * 1024 * 1024;
const MOST_TENSORS = 10_000;

/** One column of rows. */
export interface Tensor {
  readonly name: string;
  readonly values: readonly TensorCell[];
}

/** What `POST …/infer` asks for. */
export interface InferRequest {
  /** The client's, handed back. */
  readonly id: string | undefined;
  readonly inputs: readonly Tensor[];
  /** Null: all of them. */
  readonly outputs: readonly { readonly name: string; readonly binary: boolean }[] | null;
  /** Whether outputs are raw bytes where they do not say it themselves. */
  readonly binary: boolean;
}

const parameters = z.looseObject({}).nullish();
const name = z.string().min(1).max(200);
export const inferRequestShape = z.object({
  id: z.string().max(1_000).nullish(),
  parameters: z.looseObject({ binary_data_output: z.boolean().nullish() }).nullish(),
  inputs: z.array(
    z.object({
      name,
      shape: z.array(z.int().min(0)).max(8),
      datatype: z.string().max(20),
      parameters: z.looseObject({ binary_data_size: z.int().min(0).nullish() }).nullish(),
      data: z.unknown().optional(),
    }),
  ),
  outputs: z.array(z.object({ name, parameters })).nullish(),
});
type Head = z.output<typeof inferRequestShape>;
type SentTensor = Head["inputs"][number];

/**
 * The JSON of a request, and the tensors behind it.
 * @param jsonBytes how much of the body is JSON, as the header says; undefined: all
 * @throws {InferenceError} what is wrong, and of which input
 */
export function readInferRequest(body: Buffer, jsonBytes: string | undefined): InferRequest {
  const length = jsonBytes === undefined ? body.length : lengthOf(jsonBytes, body.length);
  const sent = readHead(body.subarray(0, length));
  const raw = body.subarray(length);
  let at = 0;
  const inputs = sent.inputs.map((tensor) => {
    const size = tensor.parameters?.binary_data_size ?? null;
    if (size === null) return { name: tensor.name, values: ofJson(tensor) };
    if (at + size > raw.length)
      throw refused(tensor, `binary_data_size: ${size} bytes were expected; ${raw.length - at} are left`);
    const values = ofBytes(tensor, raw.subarray(at, at + size));
    at += size;
    return { name: tensor.name, values };
  });
  if (at < raw.length)
    throw bad(`${raw.length - at} bytes follow the last tensor; binary_data_size says which bytes are whose`);
  const binary = sent.parameters?.binary_data_output ?? false;
  const outputs = sent.outputs?.map((output) => ({
    name: output.name,
    binary: askedBinary(output, binary),
  }));
  return { id: sent.id ?? undefined, inputs, outputs: outputs?.length ? outputs : null, binary };
}

const bad = (problem: string): InferenceError => new InferenceError(400, problem);
const refused = ({ name }: { name: string }, problem: string): InferenceError =>
  bad(`${JSON.stringify(name)}: ${problem}`);

function lengthOf(text: string, most: number): number {
  const length = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (length <= most) return length;
  throw bad(
    `inference-header-content-length: a number of bytes up to the body's ${most} was expected; got ${JSON.stringify(text.slice(0, 40))}`,
  );
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** JSON as these clients write it. @throws {InferenceError} */
export function readJson(bytes: Buffer): unknown {
  if (bytes.length > MOST_JSON_BYTES)
    throw new InferenceError(
      413,
      `JSON of at most ${MOST_JSON_BYTES} bytes was expected; got ${bytes.length}`,
    );
  let value: unknown;
  let text: string;
  try {
    text = utf8.decode(bytes);
    value = parsePythonJson(text);
  } catch (error) {
    throw bad(`the body is no JSON in UTF-8: ${(error as Error).message.slice(0, 200)}`);
  }
  requireExactJson(text);
  return value;
}

function readHead(bytes: Buffer): Head {
  const sent = readJson(bytes);
  for (const list of ["inputs", "outputs"]) {
    // A list of millions would have as many problems.
    const { length } = Object((sent as Record<string, unknown> | null)?.[list]) as { length?: number };
    if (typeof length === "number" && length > MOST_TENSORS)
      throw bad(`${list}: at most ${MOST_TENSORS} tensors were expected; got ${length}`);
  }
  const read = inferRequestShape.safeParse(sent);
  if (read.success) return read.data;
  const problems = read.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join(".") || "body"}: ${shapeProblem(issue)}`);
  throw bad(`the request cannot be used: ${problems.join("; ")}`);
}

function askedBinary(
  { name, parameters }: NonNullable<Head["outputs"]>[number],
  otherwise: boolean,
): boolean {
  for (const known of ["classification", "shared_memory_region"]) {
    if (parameters?.[known] != null) throw refused({ name }, `${known} is not offered`);
  }
  const binary = parameters?.binary_data ?? otherwise;
  if (typeof binary === "boolean") return binary;
  throw refused({ name }, "binary_data: true or false was expected");
}

/** The rows of a tensor of one column, and how to read them. */
function columnOf(tensor: SentTensor): { rows: number; type: Datatype } {
  const { shape, datatype, parameters } = tensor;
  if (parameters?.shared_memory_region != null) throw refused(tensor, "shared memory is not offered");
  const type = datatypes.get(datatype);
  if (!type)
    throw refused(
      tensor,
      `datatype: one of ${[...datatypes.keys()].join(", ")} was expected; got ${JSON.stringify(datatype)}`,
    );
  const [rows, ...others] = shape;
  if (rows === undefined || others.some((size) => size !== 1))
    throw refused(tensor, `shape: [rows] or [rows, 1] was expected; got [${shape.join(", ")}]`);
  if (rows > maxBatchRows)
    throw refused(tensor, `at most ${maxBatchRows} rows were expected; got ${rows}; split the request`);
  return { rows, type };
}

function ofBytes(tensor: SentTensor, raw: Buffer): TensorCell[] {
  const { rows, type } = columnOf(tensor);
  if (tensor.data !== undefined) throw refused(tensor, "data and binary_data_size: one of them was expected");
  if (type.bytes === null) return textsOf(tensor, rows, type, raw);
  const { bytes } = type;
  if (raw.length === rows * bytes)
    return Array.from({ length: rows }, (_, row) => type.read(raw, row * bytes));
  throw refused(
    tensor,
    `${rows * bytes} bytes were expected, ${rows} of ${tensor.datatype}; binary_data_size is ${raw.length}`,
  );
}

const LENGTH_BYTES = 4;

/** Each text begins with its length. */
function textsOf(tensor: SentTensor, rows: number, type: Datatype, raw: Buffer): TensorCell[] {
  const texts: TensorCell[] = [];
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const length = at + LENGTH_BYTES <= raw.length ? raw.readUInt32LE(at) : Number.POSITIVE_INFINITY;
    at += LENGTH_BYTES;
    if (at + length > raw.length) throw refused(tensor, `its bytes end before text ${row} of ${rows} does`);
    texts.push(textOf(tensor, row, type, raw.subarray(at, at + length)));
    at += length;
  }
  if (at === raw.length) return texts;
  throw refused(tensor, `${raw.length - at} bytes follow the last of ${rows} texts`);
}

function textOf(tensor: SentTensor, row: number, type: Datatype, raw: Buffer): TensorCell {
  try {
    return type.read(raw, 0);
  } catch {
    throw refused(tensor, `text ${row} is no UTF-8`);
  }
}

/** Flat, or a list for each row; null is missing. */
function ofJson(tensor: SentTensor): TensorCell[] {
  const { rows, type } = columnOf(tensor);
  const { data } = tensor;
  if (!Array.isArray(data)) throw refused(tensor, "data, a list, or binary_data_size was expected");
  if (data.length !== rows)
    throw refused(tensor, `${rows} values were expected by its shape; data has ${data.length}`);
  return data.map((sent: unknown, row) => {
    let value = sent;
    for (let depth = 1; depth < tensor.shape.length && Array.isArray(value) && value.length === 1; depth++)
      value = value[0];
    if (value === null) return null;
    const cell = type.ofJson(value);
    if (cell !== undefined) return cell;
    const got = JSON.stringify(value).slice(0, 100);
    throw refused(tensor, `value ${row}: ${type.words} was expected (${tensor.datatype}); got ${got}`);
  });
}
