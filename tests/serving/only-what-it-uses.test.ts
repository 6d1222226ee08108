import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { TestApp } from "../support/app.js";
import { CUSTOMERS, MONTH, serve, startBank } from "../support/bank-app.js";
import { perFeatureModel } from "../support/onnx.js";
import { tracker } from "../support/tracker.js";
import { until } from "../support/until.js";

const FEATURES = { default_risk: ["balance", "overdrafts"], upsell: ["card_kind", "spent", "trips"] };
const MODELS = Object.keys(FEATURES) as (keyof typeof FEATURES)[];
const VIEW_OF = { default_risk: "balances", upsell: "spending" };
/** Knows nothing but the balance. */
const BALANCE_ONLY = perFeatureModel({ balance: 0.1 }, -5, 0);

let app: TestApp;
let balanceOnly: number;

async function register(onnx: Uint8Array): Promise<number> {
  const { id } = await tracker(app).create({});
  const input = { runId: id, onnx: Buffer.from(onnx).toString("base64"), asOf: MONTH, model: "default_risk" };
  const { registerModel } = await app.client.query(
    "mutation($input: RegisterModelInput!) { registerModel(input: $input) { version } }",
    { input },
  );
  return registerModel.version;
}

/** The statements that an answer takes. */
async function statementsOf(ask: () => Promise<unknown>): Promise<string> {
  const spy = vi.spyOn(pg.Client.prototype, "query");
  try {
    await ask();
    return spy.mock.calls.map(([query]) => (query as { text?: string }).text ?? String(query)).join("\n");
  } finally {
    spy.mockRestore();
  }
}

const ANSWER = `featuresUsed { balance overdrafts cardKind spent trips } features { json statuses { name } }
  contributions { feature }`;
const predict = async (args: string) =>
  (await app.client.query(`{ predict(customerId: "${CUSTOMERS[5]}", ${args}) { ${ANSWER} } }`)).predict;
const rest = async (body: Record<string, unknown>) => {
  const response = await fetch(`${app.asof.address}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as any };
};

beforeAll(async () => {
  app = await startBank({ predictionLog: { sample: 1, perSecond: 100_000, keepDays: 30 } });
  for (const model of MODELS) await serve(app, model);
  balanceOnly = await register(BALANCE_ONLY);
});
afterAll(() => app?.stop());

describe("a prediction", () => {
  it.each(MODELS)("by %s answers its own features and no others", async (model) => {
    const answer = await predict(`model: "${model}"`);
    const { featuresUsed, features, contributions } = answer;
    const own = FEATURES[model];
    const fields = own.map((name) => name.replace("card_kind", "cardKind"));
    for (const [field, value] of Object.entries(featuresUsed)) {
      if (fields.includes(field)) expect(value).not.toBeNull();
      else expect(value).toBeNull();
    }
    expect(Object.keys(features.json)).toEqual(own);
    expect(features.statuses.map(({ name }: any) => name)).toEqual(own);
    expect(contributions.map(({ feature }: any) => feature).toSorted()).toEqual(own.toSorted());
    const { body } = await rest({ customer_id: CUSTOMERS[5], model });
    expect(Object.keys(body.features_used)).toEqual(own);
  });

  it("by a version of fewer features than its service has answers those alone", async () => {
    const { featuresUsed, features } = await predict(`model: "default_risk", version: ${balanceOnly}`);
    expect(featuresUsed).toEqual({
      balance: 5.5,
      overdrafts: null,
      cardKind: null,
      spent: null,
      trips: null,
    });
    expect(features.json).toEqual({ balance: 5.5 });
    const { body } = await rest({ customer_id: CUSTOMERS[5], model: "default_risk", version: balanceOnly });
    expect(body.features_used).toEqual({ balance: 5.5 });
  });

  it.each(
    MODELS.flatMap((model) => ["", `, asOf: "${MONTH}", version: 1`].map((as) => [model, as] as const)),
  )("by %s%s reads the views that hold its features, one or many", async (model, as) => {
    const other = MODELS.find((each) => each !== model)!;
    const one = await statementsOf(() => predict(`model: "${model}"${as}`));
    const many = await statementsOf(() =>
      app.client.query(
        `query($ids: [ID!]!) { predictMany(customerIds: $ids, model: "${model}"${as}) { prediction { probability } } }`,
        { ids: CUSTOMERS },
      ),
    );
    const few = await statementsOf(() =>
      app.client.query(`{ customers(first: 3) { nodes { prediction(model: "${model}") { probability } } } }`),
    );
    for (const statements of [one, many, few]) {
      expect(statements).toContain(`"${VIEW_OF[model]}_`);
      expect(statements).not.toContain(`"${VIEW_OF[other]}_`);
    }
  });

  it("is not refused for what its version does not take, and names what is missing of what it takes", async () => {
    await app.sql("delete from spending_online where customer_id = $1", [CUSTOMERS[9]]);
    await app.sql("update online_views set materialized_at = now()");
    const risk = await rest({ customer_id: CUSTOMERS[9], model: "default_risk" });
    expect([risk.status, Object.keys(risk.body.features_used)]).toEqual([200, FEATURES.default_risk]);
    const upsell = await rest({ customer_id: CUSTOMERS[9], model: "upsell" });
    expect([upsell.status, upsell.body.error]).toEqual([
      404,
      {
        code: "FEATURES_MISSING",
        message: expect.stringContaining(`customer "${CUSTOMERS[9]}" has no usable value for 3 feature(s)`),
        customer_id: CUSTOMERS[9],
        missing_features: FEATURES.upsell,
      },
    ]);
  });

  it("counts the values that it asked for in the hit rate", async () => {
    const rate = async () =>
      (await app.client.query("{ featureStoreStatus { hitRate } }")).featureStoreStatus.hitRate;
    const before = await rate();
    // Who has no row of the other view has all that this model asks for.
    for (let i = 0; i < 20; i++) {
      expect((await rest({ customer_id: CUSTOMERS[9], model: "default_risk" })).status).toBe(200);
    }
    expect(await rate()).toBeGreaterThan(before);
  });

  it("is logged with what its version was given", async () => {
    const since = new Date();
    for (const model of MODELS) await rest({ customer_id: CUSTOMERS[20], model });
    await rest({ customer_id: CUSTOMERS[20], model: "default_risk", version: balanceOnly });
    const rows = await until("three are logged", async () => {
      const rows = await app.sql(
        "select model, version, features from prediction_log where key = $1 and at >= $2 order by at",
        [CUSTOMERS[20], since],
      );
      return rows.length === 3 && rows;
    });
    const logged = rows.map(({ model, version, features }) => [
      model,
      version,
      Object.keys(features).toSorted(),
    ]);
    expect(logged).toEqual([
      ["default_risk", 1, FEATURES.default_risk],
      ["upsell", 1, FEATURES.upsell],
      ["default_risk", balanceOnly, ["balance"]],
    ]);
  });

  it("lets a shadow score what it takes itself, though the version that answers takes less", async () => {
    await app.client.query(
      'mutation { promote(input: { model: "default_risk", version: 2, force: true, reason: "a test" }) { version } }',
    );
    await app.client.query(
      'mutation { setModelAlias(model: "default_risk", alias: "shadow", version: 1) { version } }',
    );
    const alone = await app.client.query(
      `{ predict(customerId: "${CUSTOMERS[30]}", model: "default_risk", version: 1) { probability } }`,
    );
    const [row] = await until("the shadow scores", async () => {
      await rest({ customer_id: CUSTOMERS[30], model: "default_risk" });
      const rows = await app.sql(
        "select * from prediction_log where version = 2 and shadow_version = 1 and key = $1",
        [CUSTOMERS[30]],
      );
      return rows.length > 0 && rows;
    });
    expect(Object.keys(row!.features)).toEqual(["balance"]);
    expect(row!.shadow_probability).toBeCloseTo(alone.predict.probability, 6);
  });
});
