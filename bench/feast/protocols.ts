import type { HandModel } from "../serving/workload.js";

/** ONNX computes in 32 bits. */
const TOLERANCE = 1e-6;

/** A row of features. */
export type Values = Record<string, number | boolean | string | null>;

export function isSame(one: unknown, other: unknown): boolean {
  if (typeof one === "number" && typeof other === "number") return Math.abs(one - other) <= TOLERANCE;
  if (one === null || typeof one !== "object" || other === null || typeof other !== "object")
    return one === other;
  const names = Object.keys(one);
  const sameNames = names.length === Object.keys(other).length;
  return sameNames && names.every((name) => isSame(Reflect.get(one, name), Reflect.get(other, name)));
}

async function post<Answer>(url: string, body: string): Promise<Answer> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

/** Of Feast's answer what is read here. */
export interface OnlineAnswer {
  metadata: { feature_names: string[] };
  results: { values: Values[string][] }[];
}

export function askOnline(address: string, ids: readonly string[]): Promise<OnlineAnswer> {
  const body = { feature_service: "churn", entities: { user_id: ids } };
  return post(`${address}/get-online-features`, JSON.stringify(body));
}

/** A row a user, by the names of the features in one order. */
export function rowsOf({ metadata, results }: OnlineAnswer, size: number): Values[] {
  const places = [...metadata.feature_names.entries()].filter(([, name]) => name !== "user_id");
  const named = places.toSorted(([, one], [, other]) => (one < other ? -1 : 1));
  return Array.from({ length: size }, (_, row) =>
    Object.fromEntries(named.map(([place, name]) => [name, results[place]!.values[row]!])),
  );
}

/** Of Open Inference: the users' keys. */
export const keysOf = (ids: readonly string[]): object => ({
  ...{ name: "user_id", datatype: "BYTES", shape: [ids.length] },
  data: ids,
});

/** Of Open Inference: a tensor for each feature. */
export function inputsOf(rows: readonly Values[]): object[] {
  return Object.keys(rows[0]!).map((name) => {
    const data = rows.map((row) => row[name]!);
    const isText = data.some((value) => typeof value === "string");
    const numbers = () => data.map((value) => (value === null ? null : Number(value)));
    return {
      ...{ name, datatype: isText ? "BYTES" : "FP64", shape: [rows.length] },
      data: isText ? data : numbers(),
    };
  });
}

export async function infer(address: string, inputs: object[]): Promise<number[]> {
  const body = { inputs, outputs: [{ name: "probability" }] };
  const { outputs } = await post<{ outputs: [{ data: number[] }] }>(
    `${address}/v2/models/churn/infer`,
    JSON.stringify(body),
  );
  return outputs[0].data;
}

/** The matrix and the texts that the ONNX file takes; what is missing is NaN there, which Python's JSON has. */
export async function invoke(address: string, model: HandModel, rows: readonly Values[]): Promise<number[]> {
  const numbers = (row: Values) =>
    model.numeric.map((name) => (row[name] === null ? "NaN" : Number(row[name])));
  const matrix = `[${rows.map((row) => `[${numbers(row).join(",")}]`).join(",")}]`;
  const texts = model.categorical.map((name) => [name, rows.map((row) => [row[name] ?? ""])] as const);
  const inputs = [["numeric", matrix], ...texts.map(([name, column]) => [name, JSON.stringify(column)])];
  const body = inputs.map(([name, text]) => `"${name}":${text}`).join(",");
  const { predictions } = await post<{ predictions: { probability: (number | [number])[] } }>(
    `${address}/invocations`,
    `{"inputs":{${body}}}`,
  );
  return predictions.probability.flat();
}
