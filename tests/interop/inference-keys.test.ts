import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bigint, string } from "../../src/definitions/language/column.js";
import type { TestApp } from "../support/app.js";
import { keyed, type Parts, rest, startKeyed } from "../support/keyed.js";

const ledger = keyed("ledger", { bank: string(), account_no: bigint() });
const BIG = "9007199254740993";
const KEYS: Parts[] = [
  ["a:b", "1"],
  ["acme", BIG],
  ...Array.from({ length: 60 }, (_, i): Parts => ["bank", `${i * 3}`]),
];

let app: TestApp;
let answers: number[];
beforeAll(async () => {
  app = await startKeyed(ledger, ["bank", "account_no"], KEYS);
  const predicted = [
    ["a:b", "1"],
    ["acme", BIG],
  ].map(([bank, account_no]) => rest(app, "/predict", { bank, account_no }));
  answers = (await Promise.all(predicted)).map(([, { probability }]) => probability);
}, 180_000);
afterAll(() => app?.stop());

const banks = { name: "bank", shape: [2], datatype: "BYTES", data: ["a:b", "acme"] };
const numbers = { name: "account_no", shape: [2], datatype: "INT64", data: [1, BIG] };
const infer = (inputs: object[]) => rest(app, "/v2/models/risk/infer", { inputs });

describe("a key of several columns, one of more digits than a double has", () => {
  it("is an input a column; numbers keep their digits in JSON and as bytes", async () => {
    const [, { parameters }] = await rest(app, "/v2/models/risk");
    expect(parameters.key_inputs).toEqual([
      { name: "bank", datatype: "BYTES", shape: [-1, 1] },
      { name: "account_no", datatype: "INT64", shape: [-1, 1] },
    ]);
    const [status, body] = await infer([numbers, banks]);
    expect([status, body.outputs?.[0].data]).toEqual([200, answers]);

    const head = Buffer.from(
      JSON.stringify({
        inputs: [
          banks,
          { name: "account_no", shape: [2], datatype: "INT64", parameters: { binary_data_size: 16 } },
        ],
      }),
    );
    const answer = await fetch(`${app.asof.address}/v2/models/risk/infer`, {
      method: "POST",
      headers: { "inference-header-content-length": String(head.length) },
      body: new Uint8Array(Buffer.concat([head, Buffer.from(BigInt64Array.of(1n, BigInt(BIG)).buffer)])),
    });
    expect(((await answer.json()) as any).outputs[0].data).toEqual(answers);
  });

  it("is a column each of a frame and of CSV", async () => {
    const rows = [
      { bank: "a:b", account_no: "1" },
      { bank: "acme", account_no: BIG },
    ];
    const params = { proba: true };
    const [, { predictions }] = await rest(app, "/serving/risk/invocations", { instances: rows, params });
    expect(predictions.map(({ probability }: { probability: number }) => probability)).toEqual(answers);
    const answer = await fetch(`${app.asof.address}/invocations`, {
      method: "POST",
      headers: { "content-type": "text/csv" },
      body: `account_no,bank\n1,a:b\n${BIG},acme\n`,
    });
    expect(await answer.json()).toEqual({
      predictions: predictions.map(({ prediction }: { prediction: number }) => prediction),
    });
  });

  it.each([
    ["a column of it missing", [banks], "missing: account_no; the model takes bank, account_no"],
    [
      "a number that has lost digits",
      [banks, { ...numbers, data: [1, 2 ** 53] }],
      "value 1: a whole number of 64 bits, as text where a double cannot hold it",
    ],
    [
      "a number of more than 64 bits",
      [banks, { ...numbers, data: [1, "9223372036854775808"] }],
      "row 1: account_no cannot be used: it must be a whole number from",
    ],
    [
      "no number",
      [banks, { ...numbers, datatype: "BYTES", data: ["1", "x"] }],
      "row 1: account_no cannot be used",
    ],
  ])("%s is refused", async (_, inputs, message) => {
    const [status, { error }] = await infer(inputs);
    expect([status, error]).toEqual([400, expect.stringContaining(message)]);
  });
});
