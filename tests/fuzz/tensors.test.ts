import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { datatypes } from "../../src/interop/inference/datatypes.js";
import { USERS } from "../support/months.js";
import { expectAnswered, type Sent, send } from "./answer.js";
import { fuzz, fuzzTimeoutMs } from "./budget.js";
import { type ServedApp, startServedApp } from "./served-app.js";

let served: ServedApp;
beforeAll(async () => {
  served = await startServedApp();
});
afterAll(() => served?.stop());

const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, -1, 2 ** 53, "__proto__", "\0"),
);
const names = fc.oneof(
  fc.constantFrom(
    "user_id",
    "user_id",
    "months_active",
    "net_service",
    "monthly_fee",
    "__proto__",
    "constructor",
  ),
  fc.string({ unit: "binary", maxLength: 5 }),
);
const sizes = fc.oneof(
  fc.nat(3),
  fc.constantFrom(-1, 0, 10_000, 10_001, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER, 1e300, 0.5),
);
const shapes = fc.oneof(
  fc.constantFrom([1], [2], [1, 1], [0]),
  fc.array(sizes, { maxLength: 4 }),
  fc.array(sizes, { minLength: 100, maxLength: 200 }),
);
const values = fc.array(fc.oneof(fc.constantFrom(USERS[0]!, "nobody", 1, null, true), fc.double(), odd), {
  maxLength: 3,
});
const tensor = fc.record(
  {
    name: names,
    shape: fc.oneof(shapes, odd),
    datatype: fc.oneof(fc.constantFrom(...datatypes.keys()), fc.constantFrom("BF16", "fp64", "", "toString")),
    parameters: fc.oneof(fc.record({ binary_data_size: sizes }), odd),
    data: fc.oneof(
      values,
      values.map((all) => all.map((each) => [each])),
      odd,
    ),
  },
  { requiredKeys: ["name", "shape", "datatype"] },
);
const message = fc.record(
  {
    id: odd,
    inputs: fc.oneof(fc.array(tensor, { minLength: 1, maxLength: 3 }), odd),
    outputs: fc.oneof(
      fc.array(fc.record({ name: fc.constantFrom("probability", "prediction", "x"), parameters: odd }), {
        maxLength: 2,
      }),
      odd,
    ),
    parameters: fc.oneof(fc.constant({ binary_data_output: true }), odd),
  },
  { requiredKeys: ["inputs"] },
);
/** Almost right: one of its bytes is another, its end is missing, or bytes follow it. */
const damage = fc.oneof(
  fc.constant((bytes: Buffer) => bytes),
  fc.nat(400).map((end) => (bytes: Buffer) => bytes.subarray(0, end)),
  fc.uint8Array({ maxLength: 40 }).map((tail) => (bytes: Buffer) => Buffer.concat([bytes, tail])),
  fc.tuple(fc.nat(2_000), fc.nat(255)).map(([at, byte]) => (bytes: Buffer) => {
    const changed = Buffer.from(bytes);
    if (changed.length > 0) changed[at % changed.length] = byte;
    return changed;
  }),
);
const lengths = fc.oneof(
  fc.constant(0),
  fc.integer({ min: -50, max: 50 }),
  fc.constantFrom(1e9, Number.MAX_SAFE_INTEGER),
);
const packed = fc.constantFrom("", "", "", "gzip", "deflate", "br");

const requests: fc.Arbitrary<Sent> = fc
  .record({
    path: fc.constantFrom(
      "/v2/models/churn/infer",
      "/v2/models/churn/infer",
      "/v2/models/churn/versions/1/infer",
      "/v2/models/churn/versions/2147483648/infer",
      "/v2/models/churn/versions/@x/infer",
      "/v2/models/%00/infer",
    ),
    message,
    tail: fc.uint8Array({ maxLength: 64 }),
    binary: fc.boolean(),
    /** How far the header is from the truth. */
    off: lengths,
    odd: fc.option(fc.constantFrom("", "-1", "1e1", "x", "99999999999999999999")),
    damage,
    packed,
  })
  .map(({ path, message, tail, binary, off, odd, damage, packed }) => {
    const json = Buffer.from(JSON.stringify(message));
    const sent = damage(binary ? Buffer.concat([json, tail]) : json);
    const length = odd ?? String(json.length + off);
    return {
      method: "POST",
      path,
      headers: {
        ...(binary && { "inference-header-content-length": length }),
        ...(packed && { "content-encoding": packed }),
      },
      body: packed === "gzip" ? gzipSync(sent) : sent,
    };
  });

const forms = fc.record(
  Object.fromEntries(
    ["dataframe_split", "dataframe_records", "inputs", "instances", "params"].map((form) => [
      form,
      fc.oneof(
        fc.record({
          columns: fc.oneof(fc.array(names, { maxLength: 3 }), odd),
          data: fc.oneof(fc.array(values), odd),
        }),
        fc.array(fc.dictionary(names, odd, { maxKeys: 3 }), { maxLength: 3 }),
        fc.dictionary(names, fc.oneof(values, odd), { maxKeys: 3 }),
        odd,
      ),
    ]),
  ),
  { requiredKeys: [] },
);
const nested = fc.nat(20_000).map((depth) => `{"inputs":${"[".repeat(depth)}${"]".repeat(depth)}}`);
const scorings: fc.Arbitrary<Sent> = fc.record({
  method: fc.constant("POST"),
  path: fc.constantFrom(
    "/invocations",
    "/serving/churn/invocations",
    "/serving/churn/1/invocations",
    "/serving/x/@y/invocations",
  ),
  headers: fc.record({ "content-type": fc.constantFrom("application/json", "text/csv", "text/plain") }),
  body: fc.oneof(
    forms.map((body) => JSON.stringify(body)),
    nested,
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc
      .array(fc.array(fc.oneof(names, fc.string()), { maxLength: 3 }))
      .map((rows) => rows.map(String).join("\n")),
  ),
});

it(
  "any tensors, damaged, cut off or of impossible sizes, are answered in time and below 500, in the protocol's words",
  async () => {
    await fuzz(requests, 150, async (sent) => {
      const answer = await send(served.api.address, sent);
      expectAnswered(answer, served.secrets);
      if (answer.status !== 200) expect(JSON.parse(answer.text)).toEqual({ error: expect.any(String) });
    });
  },
  fuzzTimeoutMs,
);

it(
  "any frame is scored or refused below 500, in MLflow's words",
  async () => {
    await fuzz(scorings, 100, async (sent) => {
      const answer = await send(served.api.address, sent);
      expectAnswered(answer, served.secrets);
      if (answer.status === 200) expect(JSON.parse(answer.text)).toEqual({ predictions: expect.any(Array) });
      else if (answer.status !== 415)
        expect(JSON.parse(answer.text)).toEqual({
          error_code: expect.any(String),
          message: expect.any(String),
        });
    });
  },
  fuzzTimeoutMs,
);
