import { expect } from "vitest";
import { startTestApp, type TestApp } from "./app.js";
import { ingestMonth, JANUARY, learnableMonth, promote, STRONG, trained } from "./months.js";

/** Whom tests ask about: two of `learnableMonth`. */
export const ONE = "U-00001";
export const THREE = "U-00003";
/** What is stored of `ONE`. */
export const ROW = {
  ...{ months_active: 1, monthly_fee: 21.5, paperless_billing: true, plan_stream_tv: false },
  ...{ plan_stream_movies: true, net_service: "DSL", watch_hours_30d: 1.125, avg_session_mins_7d: 29.5 },
  ...{ unique_devices_30d: 2, skips_7d: 1, rebuffer_events_7d: 1, failed_payments_90d: 1 },
  ...{ support_tickets_90d: 1, ticket_avg_resolution_hrs_90d: 1.5 },
};
export const NAMES = Object.keys(ROW);

/** A server with a model in Production, and what `POST /predict` answers for `ONE` and `THREE`. */
export interface ServedChurn {
  app: TestApp;
  answers: { probability: number; prediction: number }[];
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  get(path: string): Promise<readonly [status: number, body: any]>;
  infer(inputs: object[], path?: string, more?: object): Promise<{ status: number; body: any }>;
}

export async function serveChurn(): Promise<ServedChurn> {
  const app = await startTestApp({ predictionLog: { sample: 1, perSecond: 100_000, keepDays: 30 } });
  await ingestMonth(app, JANUARY, learnableMonth());
  await trained(app, { asOf: JANUARY, seed: 1, params: STRONG });
  await promote(app, 1);
  const post: ServedChurn["post"] = (path, body, headers = {}) =>
    fetch(`${app.asof.address}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: Buffer.isBuffer(body)
        ? new Uint8Array(body)
        : typeof body === "string"
          ? body
          : JSON.stringify(body),
    });
  const predict = async (user_id: string) =>
    (await post("/predict", { user_id })).json() as Promise<ServedChurn["answers"][number]>;
  return {
    app,
    answers: await Promise.all([ONE, THREE].map(predict)),
    post,
    get: async (path) => {
      const answer = await fetch(`${app.asof.address}${path}`);
      return [answer.status, await answer.json()] as const;
    },
    infer: async (inputs, path = "/v2/models/churn/infer", more = {}) => {
      const answer = await post(path, { inputs, ...more });
      return { status: answer.status, body: await answer.json() };
    },
  };
}

export const bytes = (name: string, values: string[]) => ({
  name,
  shape: [values.length],
  datatype: "BYTES",
  data: values,
});

/** One row by features, each a tensor; some replaced. */
export const tensors = (replaced: Record<string, object | undefined> = {}) =>
  Object.entries(ROW).flatMap(([name, value]) => {
    const type = typeof value === "string" ? "BYTES" : typeof value === "boolean" ? "BOOL" : "FP64";
    const tensor = { name, shape: [1], datatype: type, data: [value] };
    if (!(name in replaced)) return [tensor];
    return replaced[name] ? [{ ...tensor, ...replaced[name] }] : [];
  });

/** The outputs of an answer by name, from its JSON and the bytes behind it. */
export async function outputsOf(answer: Response): Promise<{ head: any; outputs: Record<string, number[]> }> {
  const body = Buffer.from(await answer.arrayBuffer());
  const length = Number(answer.headers.get("inference-header-content-length") ?? body.length);
  const head = JSON.parse(body.subarray(0, length).toString());
  let at = length;
  const outputs: Record<string, number[]> = {};
  for (const { name, datatype, shape, data, parameters } of head.outputs) {
    if (data) {
      outputs[name] = data;
      continue;
    }
    expect(parameters.binary_data_size).toBe(shape[0] * 8);
    outputs[name] = Array.from({ length: shape[0] }, (_, row) =>
      datatype === "FP64" ? body.readDoubleLE(at + row * 8) : Number(body.readBigInt64LE(at + row * 8)),
    );
    at += parameters.binary_data_size;
  }
  expect(at).toBe(body.length);
  return { head, outputs };
}
