import type { AnswerColumn } from "../../training/tasks/task.js";
import { InferenceError } from "./inference-error.js";
import type { Scored } from "./scored-frame.js";
import type { InferRequest } from "./tensors.js";

/** How an answer's type is sent. */
interface AnswerType {
  readonly datatype: string;
  raw(values: readonly (number | string)[]): Buffer;
}

const eightBytes =
  (write: (raw: Buffer, value: number | string, at: number) => void): AnswerType["raw"] =>
  (values) => {
    const raw = Buffer.allocUnsafe(values.length * 8);
    for (const [row, value] of values.entries()) write(raw, value, row * 8);
    return raw;
  };

export const answerTypes: Readonly<Record<AnswerColumn["type"], AnswerType>> = {
  float: { datatype: "FP64", raw: eightBytes((raw, value, at) => raw.writeDoubleLE(Number(value), at)) },
  int: { datatype: "INT64", raw: eightBytes((raw, value, at) => raw.writeBigInt64LE(BigInt(value), at)) },
  string: {
    datatype: "BYTES",
    raw: (values) =>
      Buffer.concat(
        values.flatMap((value) => {
          const text = Buffer.from(String(value));
          const length = Buffer.allocUnsafe(4);
          length.writeUInt32LE(text.length);
          return [length, text];
        }),
      ),
  },
};

/** The JSON of an answer, and the tensors that follow it as bytes. */
export interface InferAnswer {
  readonly json: Buffer;
  /** Null: every tensor is in the JSON. */
  readonly raw: Buffer | null;
}

/** @throws {InferenceError} an output is asked for that the model has not, or twice */
export function requireOutputs({ outputs }: InferRequest, columns: readonly AnswerColumn[]): void {
  const names = columns.map(({ name }) => name);
  const asked = new Set<string>();
  for (const { name } of outputs ?? []) {
    const problem = !names.includes(name)
      ? `is no output of the model; there is ${names.join(", ")}`
      : asked.has(name)
        ? "is asked for twice among the outputs"
        : null;
    if (problem) throw new InferenceError(400, `${JSON.stringify(name)} ${problem}`);
    asked.add(name);
  }
}

/** @param rows -1: any number */
export const shapeOf = ({ width }: AnswerColumn, rows: number): number[] =>
  width === null ? [rows] : [rows, width];

/** Of outputs that `requireOutputs` has found to be there. */
export function inferAnswer(
  { id, outputs, binary }: InferRequest,
  { version, columns }: Scored,
  rows: number,
): InferAnswer {
  const byName = new Map(columns.map((each) => [each.column.name, each]));
  const asked = outputs ?? [...byName.keys()].map((name) => ({ name, binary }));
  const raws: Buffer[] = [];
  const tensors = asked.map(({ name, binary }) => {
    const { column, values } = byName.get(name)!;
    const { datatype, raw } = answerTypes[column.type];
    const tensor = { name, datatype, shape: shapeOf(column, rows) };
    const flat = values.flat() as (number | string)[];
    if (!binary) return { ...tensor, data: flat };
    const bytes = raw(flat);
    raws.push(bytes);
    return { ...tensor, parameters: { binary_data_size: bytes.length } };
  });
  const json = JSON.stringify({
    model_name: version.model,
    model_version: String(version.version),
    ...(id !== undefined && { id }),
    outputs: tensors,
  });
  return { json: Buffer.from(json), raw: raws.length > 0 ? Buffer.concat(raws) : null };
}
