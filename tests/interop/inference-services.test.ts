import { afterAll, beforeAll, expect, it } from "vitest";
import type { TestApp } from "../support/app.js";
import { CUSTOMERS, serve, startBank } from "../support/bank-app.js";
import { rest } from "../support/keyed.js";

let app: TestApp;
beforeAll(async () => {
  app = await startBank();
  await serve(app, "default_risk");
}, 180_000);
afterAll(() => app?.stop());

const customers = (count: number) => ({
  inputs: [{ name: "customer_id", shape: [count], datatype: "BYTES", data: CUSTOMERS.slice(0, count) }],
});
const predicted = async (model: string, customer_id: string) =>
  (await rest(app, "/predict", { model, customer_id }))[1].probability;

it("each service's model has its own inputs, and one without a version in Production says so", async () => {
  const without = await rest(app, "/v2/models/upsell/infer", customers(1));
  expect(without).toEqual([
    503,
    { error: expect.stringContaining('model "upsell" has no version in Production') },
  ]);
  expect((await rest(app, "/v2/models/upsell/ready"))[0]).toBe(503);
  const unready = await rest(app, "/serving/upsell/invocations", {
    instances: [{ customer_id: CUSTOMERS[0] }],
  });
  expect([unready[0], unready[1].error_code]).toEqual([503, "RESOURCE_DOES_NOT_EXIST"]);

  await serve(app, "upsell");
  const inputsOf = async (model: string) =>
    (await rest(app, `/v2/models/${model}`))[1].inputs.map(({ name, datatype }: any) => [name, datatype]);
  expect(await inputsOf("default_risk")).toEqual([
    ["balance", "FP64"],
    ["overdrafts", "INT64"],
  ]);
  expect(await inputsOf("upsell")).toEqual([
    ["card_kind", "BYTES"],
    ["spent", "FP64"],
    ["trips", "INT64"],
  ]);
  for (const model of ["default_risk", "upsell"]) {
    const [, { outputs }] = await rest(app, `/v2/models/${model}/infer`, customers(2));
    expect(outputs[0].data).toEqual(
      await Promise.all(CUSTOMERS.slice(0, 2).map((customer) => predicted(model, customer))),
    );
  }
});

it("missing values are null, NaN or empty text, whatever the type", async () => {
  const row = (spent: number | null, kind: string | null) => ({
    inputs: [
      { name: "card_kind", shape: [1], datatype: "BYTES", data: [kind] },
      { name: "spent", shape: [1], datatype: "FP64", data: [spent] },
      { name: "trips", shape: [1], datatype: "FP32", data: [null] },
    ],
  });
  const [, { outputs }] = await rest(app, "/v2/models/upsell/infer", row(null, ""));
  const [, cold] = await rest(app, "/predict", {
    model: "upsell",
    features: { card_kind: null, spent: null, trips: null },
  });
  expect(outputs[0].data).toEqual([cold.probability]);
  const infinite = JSON.stringify(row(-1, "gold")).replace("-1", "-Infinity");
  const [status, { error }] = await rest(app, "/v2/models/upsell/infer", infinite);
  expect([status, error]).toEqual([400, expect.stringContaining("features: spent")]);
});
