import { parquetReadObjects } from "hyparquet";
import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { definitions as credit } from "../../examples/credit/definitions.js";
import { generateCredit } from "../../examples/credit/generate.js";
import { createPool } from "../../src/db/pool.js";
import { bucketNames } from "../../src/definitions/language/expression/operations.js";
import { serviceFeatures } from "../../src/definitions/language/service-features.js";
import { readTrainingRows } from "../../src/features/training-rows.js";
import { examplesFor } from "../../src/http/examples.js";
import { requireJudged } from "../../src/registry/model.js";
import { encode, inputPlan } from "../../src/serving/encoder.js";
import { answersIn, outputOf } from "../../src/serving/model-output.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { asofHere } from "../support/cli.js";
import type { TestDatabase } from "../support/database.js";
import { createDatabaseOf, ownMigrations } from "../support/deployment.js";
import { earlier, succeeded } from "../support/earlier.js";
import { joinedRows } from "../support/joined.js";
import { until } from "../support/until.js";

vi.setConfig({ testTimeout: 240_000 });

const [JANUARY, FEBRUARY] = ["2024-01-31", "2024-02-29"];
const MODEL = "default_risk";
const KEY = "A-00007";
const REQUEST = { amount: 900, months: 12, purpose: "car" };
const PARAMS = { trees: 40, min_leaf_rows: 5 };

const own = ownMigrations();
let database: TestDatabase;
let app: TestApp;
let before: { probability: number; values: Record<string, unknown> };

beforeAll(async () => {
  database = await createDatabaseOf(credit, own);
  generateCredit(own.folder);
  const at = { databaseUrl: database.url, migrations: own.folder, dataDir: own.folder };
  await earlier(credit, at, async (services) => {
    for (const [source, asOf] of [
      ["2024-01", JANUARY],
      ["2024-02", FEBRUARY],
    ])
      await succeeded(services, services.jobs.start("INGEST", { source, asOf }, "tester"));
    await succeeded(
      services,
      services.jobs.start("TRAIN", { model: MODEL, asOf: JANUARY, seed: 1, params: PARAMS }, "tester"),
    );
    const stage = { version: 1, stage: "PRODUCTION", force: false, actor: "tester" } as const;
    await services.models.promote({ model: MODEL, ...stage });
    const { probability, features } = await services.predictor.predict(KEY, {
      model: MODEL,
      request: REQUEST,
    });
    before = { probability: probability!, values: features.values };
  });
  app = await startTestApp({
    definitions: credit,
    databaseUrl: database.url,
    migrations: own.folder,
    dataDir: own.folder,
    predictionLog: { sample: 1, perSecond: 10_000, keepDays: 90 },
  });
}, 300_000);
afterAll(async () => {
  await app?.stop();
  await database?.drop();
  own.remove();
});

const post = async (body: unknown): Promise<{ status: number; body: any }> => {
  const response = await fetch(`${app.client.address}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
};

/** What the model of a stored features' row and a request is, in a literal. */
const COLD = { income: 2_000, employed_months: 30, housing: "rent", late_payments: 2, savings: -10 };

describe("credit applications", () => {
  it("are predicted with what the request brings, after a restart as before it", async () => {
    const { predict } = await app.client.query(
      `query ($request: JSON) { predict(applicantId: "${KEY}", request: $request) {
         applicantId probability request featuresUsed { amount burden reserve tenure income }
         features { statuses { name view status } } contributions { feature value } } }`,
      { request: REQUEST },
    );
    expect(predict.probability).toBe(before.probability);
    expect(predict.request).toEqual(REQUEST);
    const { income } = predict.featuresUsed;
    expect(predict.featuresUsed.burden).toBe(900 / 12 / income);
    expect(predict.features.statuses).toContainEqual({ name: "burden", view: "derived", status: "PRESENT" });
    expect(predict.features.statuses).toContainEqual({ name: "amount", view: "request", status: "PRESENT" });
    const contributed = predict.contributions.map(({ feature }: { feature: string }) => feature);
    expect(contributed).toEqual(expect.arrayContaining(["amount", "burden", "reserve", "tenure"]));
  });

  it("have the same answer by every door, and an optional value may be left out", async () => {
    const request = { amount: 900, months: 12 };
    const one = await app.client.query(
      `query ($request: JSON) { predict(applicantId: "${KEY}", request: $request) { probability } }`,
      { request },
    );
    const many = await app.client.query(
      `query ($requests: [JSON!]) { predictMany(applicantIds: ["${KEY}", "A-00008", "${KEY}"], requests: $requests) {
         prediction { probability } error { code message } } }`,
      { requests: [request, { amount: -1, months: 12 }, REQUEST] },
    );
    const by = await app.client.query(
      `query ($request: JSON) { predictFor(service: "${MODEL}", key: { applicant_id: "${KEY}" }, request: $request) {
         probability key } }`,
      { request },
    );
    const rest = await post({ applicant_id: KEY, request });
    const { probability } = one.predict;
    expect(rest.body).toMatchObject({ applicant_id: KEY, probability, features_used: { purpose: null } });
    expect(by.predictFor).toEqual({ probability, key: { applicant_id: KEY } });
    expect(many.predictMany[0].prediction.probability).toBe(probability);
    expect(many.predictMany[1].error).toEqual({
      code: "BAD_USER_INPUT",
      message: "request: amount: -1 must be between 100 and 50000",
    });
    expect(many.predictMany[2].prediction.probability).toBe(before.probability);
  });

  it("are scored without a key, by values that are given", async () => {
    const asked = { features: COLD, request: REQUEST };
    const { predictFor } = await app.client.query(
      `query ($features: JSON, $request: JSON) { predictFor(service: "${MODEL}", features: $features, request: $request) {
         applicantId key probability prediction features { applicantId asOf values { burden } } featuresUsed { burden reserve tenure } contributions { feature } } }`,
      asked,
    );
    expect(predictFor).toMatchObject({
      applicantId: null,
      key: null,
      features: { applicantId: "", asOf: null, values: { burden: predictFor.featuresUsed.burden } },
    });
    expect(predictFor.featuresUsed).toEqual({ burden: 900 / 12 / 2_000, reserve: 0, tenure: "24..120" });
    expect(predictFor.contributions.length).toBeGreaterThan(5);
    const rest = await post(asked);
    expect(rest.body).toMatchObject({ applicant_id: null, probability: predictFor.probability });
    // A cold start with an applicant's own values is the applicant's prediction.
    const known = await app.client.query(
      `query ($features: JSON, $request: JSON) { predictFor(service: "${MODEL}", features: $features, request: $request) { probability } }`,
      {
        features: Object.fromEntries(Object.keys(COLD).map((name) => [name, before.values[name]])),
        request: REQUEST,
      },
    );
    expect(known.predictFor.probability).toBe(before.probability);
  });

  it("are scored where an expression divides by zero or overflows: its value is missing", async () => {
    for (const income of [0, 1e-310]) {
      const { predictFor } = await app.client.query(
        `query ($features: JSON, $request: JSON) { predictFor(service: "${MODEL}", features: $features, request: $request) {
           probability featuresUsed { income burden reserve } } }`,
        { features: { ...COLD, income }, request: REQUEST },
      );
      expect(predictFor).toEqual({
        probability: expect.any(Number),
        featuresUsed: { income, burden: null, reserve: 0 },
      });
    }
  });

  it("refuse each value that a delivery would not have, by name", async () => {
    const cases: [unknown, RegExp][] = [
      [{ amount: 900 }, /request: months must not be empty/],
      [null, /request: amount must not be empty; months must not be empty/],
      [{ ...REQUEST, amount: "900" }, /request: amount: "900" must be a (finite )?number/],
      [{ ...REQUEST, months: 12.5 }, /request: months: 12.5 must be a whole number/],
      [{ ...REQUEST, amount: 60_000 }, /request: amount: 60000 must be between 100 and 50000/],
      [{ ...REQUEST, purpose: "yacht" }, /request: purpose: "yacht" must be one of/],
      [
        { ...REQUEST, amout: 1 },
        /"amout" is no request feature of the service default_risk.*did you mean "amount"/,
      ],
      [{ ...REQUEST, income: 1 }, /"income" is no request feature/],
      [{ ...REQUEST, burden: 1 }, /"burden" is no request feature/],
      [{ ...REQUEST, constructor: 1 }, /"constructor" is no request feature/],
      [{ ...REQUEST, amount: { $gt: 0 } }, /request: amount: \{"\$gt":0\} must be/],
      [[REQUEST], /an object of values by feature was expected/],
      ["900", /an object of values by feature was expected/],
    ];
    for (const [request, message] of cases) {
      const error = await app.client.error(
        `query ($request: JSON) { predict(applicantId: "${KEY}", request: $request) { probability } }`,
        { request },
      );
      expect(error.code).toBe("BAD_USER_INPUT");
      expect(error.message).toMatch(message);
      const rest = await post({ applicant_id: KEY, request });
      expect([rest.status, rest.body.error.code]).toEqual([400, "BAD_USER_INPUT"]);
      expect(rest.body.error.message).toMatch(message);
    }
    const hostile = await post(
      `{"applicant_id":"${KEY}","request":{"amount":900,"months":12,"__proto__":{"purpose":"car"}}}`,
    );
    expect(hostile.status).toBe(400);
    const huge = await post(`{"applicant_id":"${KEY}","request":{"amount":1e999,"months":12}}`);
    expect(huge.status).toBe(400);
  });

  it("refuse a cold start that lacks a value, or has one that is computed", async () => {
    const ask = (features: unknown, more = "") =>
      app.client.error(
        `query ($features: JSON, $request: JSON) { predictFor(service: "${MODEL}", features: $features, request: $request${more}) { probability } }`,
        { features, request: REQUEST },
      );
    const { income: _, ...without } = COLD;
    expect((await ask(without)).message).toContain("features: income must be given, as null where empty");
    expect((await ask({ ...COLD, income: -1 })).message).toContain("income: -1 must be at least 0");
    expect((await ask({ ...COLD, burden: 1 })).message).toContain('"burden" is no stored feature');
    expect((await ask(COLD, `, key: { applicant_id: "${KEY}" }`)).message).toContain("features and key");
    expect((await ask(COLD, `, asOf: "${JANUARY}"`)).message).toContain("features and asOf");
    const both = await post({ applicant_id: KEY, features: COLD, request: REQUEST });
    expect(both.status).toBe(400);
  });

  it("are logged with their request, so that each answer can be made again", async () => {
    const logged = await until("three answers are logged", async () => {
      const { predictions } = await app.client.query(
        `{ predictions(model: "${MODEL}", first: 100) { nodes { applicantId key probability features request } } }`,
      );
      const { nodes } = predictions;
      return nodes.some(({ key }: { key: unknown }) => key === null) && nodes.length > 4 ? nodes : null;
    });
    const cold = logged.find(
      ({ key, features }: { key: unknown; features: any }) => key === null && features.income === COLD.income,
    );
    expect(cold).toMatchObject({ applicantId: null, request: REQUEST });
    expect(cold.features).toMatchObject({
      amount: 900,
      burden: 900 / 12 / 2_000,
      reserve: 0,
      tenure: "24..120",
    });
    const { income, employed_months, housing, late_payments, savings } = cold.features;
    const again = await app.client.query(
      `query ($features: JSON, $request: JSON) { predictFor(service: "${MODEL}", features: $features, request: $request, log: false) { probability } }`,
      { features: { income, employed_months, housing, late_payments, savings }, request: cold.request },
    );
    expect(again.predictFor.probability).toBe(cold.probability);
    const pages = await app.client.query(
      `{ predictions(model: "${MODEL}", first: 1) { nodes { probability } pageInfo { endCursor hasNextPage } } }`,
    );
    expect(pages.predictions.pageInfo.hasNextPage).toBe(true);
  });

  it("predict for each training row what the offline score of it is", async () => {
    const pool = createPool(database.url, 2);
    try {
      const service = credit.services[0]!;
      const [snapshot] = await app.sql<{ id: number }>("select id from snapshots where as_of = $1", [
        JANUARY,
      ]);
      const { id } = snapshot!;
      const names = serviceFeatures(service).map(({ name }) => name);
      const [[version] = []] = await app.asof.services.models.versions([MODEL], 5, null);
      const { signature, sha256 } = requireJudged(version!);
      const file = await fetch(`${app.client.address}/artifacts/${sha256}`);
      const session = await ort.InferenceSession.create(new Uint8Array(await file.arrayBuffer()));
      let rows = 0;
      for await (const { key, values } of readTrainingRows(pool, credit, service, {
        features: id,
        label: id,
      })) {
        if (++rows > 60) break;
        const row = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
        const { amount, months, purpose } = row;
        const { predict } = await app.client.query(
          `query ($request: JSON) { predict(applicantId: "${key}", asOf: "${JANUARY}", version: 1, request: $request) {
             probability featuresUsed { burden reserve tenure } } }`,
          { request: { amount, months, purpose } },
        );
        const { burden, reserve, tenure } = row;
        expect(predict.featuresUsed).toEqual({ burden, reserve, tenure });
        const answer = await session.run(encode(inputPlan(signature), [row]));
        const [score] = answersIn(
          answer[signature.outputs[0]!.name]!,
          outputOf(signature),
          1,
        ) as Float32Array;
        expect(predict.probability).toBe(score);
      }
      expect(rows).toBeGreaterThan(60);
    } finally {
      await pool.end();
    }
  });

  it("are asked for in the playground's examples with what a request brings", () => {
    const text = 'query P($userId: ID! = "9088-YVPER") {\n  predict(userId: $userId) { probability }\n}';
    expect(examplesFor(text, credit)).toContain(
      'predict(applicantId: $applicantId, request: { amount: 100, months: 3, purpose: "car" }) {',
    );
  });

  it("are scored on the command line, with a key and without", async () => {
    const cli = async (...args: string[]) => {
      const { code, out, err } = await asofHere(["predict-for", MODEL, ...args], {
        ASOF_URL: app.asof.address,
      });
      expect([code, err]).toEqual([0, ""]);
      return out;
    };
    const request = ["--request", JSON.stringify(REQUEST)];
    const key = JSON.stringify({ applicant_id: KEY });
    expect(await cli(key, ...request)).toContain(`${key}: `);
    expect(await cli(key, ...request)).toContain(`(probability ${before.probability}, `);
    expect(await cli("--features", JSON.stringify(COLD), ...request)).toMatch(
      /^a cold start: [01] \(probability /,
    );
  });

  it("say of each feature where it comes from, and what a request may bring", async () => {
    const { featureService } = await app.client.query(
      `{ featureService(name: "${MODEL}") { features { name kind view expression } request { name type required min max oneOf } } }`,
    );
    expect(featureService.features).toContainEqual({
      name: "burden",
      kind: "DERIVED",
      view: null,
      expression: "(amount / months) / income",
    });
    expect(featureService.features).toContainEqual({
      name: "amount",
      kind: "REQUEST",
      view: null,
      expression: null,
    });
    expect(featureService.features.map(({ name }: { name: string }) => name)).not.toContain("open_loans");
    expect(featureService.request[0]).toEqual({
      ...{ name: "amount", type: "float", required: true, min: 100, max: 50_000, oneOf: null },
    });
  });

  it("have their threshold where wrong answers cost least", async () => {
    const { modelVersion } = await app.client.query(
      `{ modelVersion(model: "${MODEL}", version: 1) { threshold run { params } metric(name: "cost_per_row") } }`,
    );
    expect(modelVersion.run.params.decision).toEqual({ kind: "cost", falsePositive: 1, falseNegative: 8 });
    expect(modelVersion.threshold).toBeLessThan(0.4);
    expect(modelVersion.metric).toBeGreaterThan(0);
  });

  it("drift is compared for every feature, between snapshots and with what was served", async () => {
    for (const side of [`to: "${FEBRUARY}"`, "served: {}"]) {
      const { detectDrift } = await app.client.query(
        `mutation { detectDrift(input: { model: "${MODEL}", from: "${JANUARY}", ${side} }) { id } }`,
      );
      const run = await app.client.finished(detectDrift.id);
      expect(run.error).toBeNull();
      expect((run.result as any).notCompared).toEqual([]);
      const names = run.metrics.map(({ name }: { name: string }) => name);
      expect(names).toEqual(expect.arrayContaining(["psi_burden", "psi_amount", "psi_tenure"]));
    }
    const { driftHistory } = await app.client.query(
      `{ driftHistory(model: "${MODEL}", first: 2) { asOf feature psi pending } }`,
    );
    const burden = driftHistory.filter(({ feature }: { feature: string }) => feature === "burden");
    expect(burden.map(({ psi }: { psi: number }) => psi)).toEqual([0, expect.any(Number)]);
    const stored = await app.sql(
      "select before_column from drift_comparisons where before_column like 'derived:%'",
    );
    expect(stored.length).toBeGreaterThan(0);
  });

  it("are exported with what is derived, as training reads it", async () => {
    const { exportTrainingSet } = await app.client.query(
      `mutation { exportTrainingSet(input: { model: "${MODEL}", asOfFrom: "${JANUARY}" }) { id } }`,
    );
    const run = await app.client.finished(exportTrainingSet.id);
    expect(run.error).toBeNull();
    const file = async (name: string) => {
      const { url } = run.artifacts.find((artifact: { name: string }) => artifact.name === name)!;
      return (await fetch(`${app.client.address}${url}`)).arrayBuffer();
    };
    const [header, ...lines] = Buffer.from(await file("training_set.csv"))
      .toString()
      .trimEnd()
      .split("\n");
    const rows = (await parquetReadObjects({ file: await file("training_set.parquet") })) as Record<
      string,
      any
    >[];
    expect(header!.split(",").slice(0, 2)).toEqual(["as_of", "applicant_id"]);
    expect(header!.split(",")).toEqual(expect.arrayContaining(["amount", "burden", "tenure", "defaulted"]));
    expect([lines.length, rows.length]).toEqual([400, 400]);
    const place = header!.split(",").indexOf("burden");
    for (const [i, row] of rows.entries()) {
      expect(row.burden).toBe(row.amount / row.months / row.income);
      expect(Number(lines[i]!.split(",")[place])).toBe(row.burden);
    }
  });

  it("are joined to a file with what is derived of stored features, and without what needs a request", async () => {
    const keys = Array.from({ length: 40 }, (_, i) => `A-${String(i).padStart(5, "0")}`);
    const asked = keys.flatMap((key) => [JANUARY, FEBRUARY].map((as_of) => ({ applicant_id: key, as_of })));
    const rows = await joinedRows(app, asked, `service=${MODEL}&statuses=true`);
    const stored = ["income", "employed_months", "housing", "late_payments", "savings"];
    expect(Object.keys(rows[0]!).slice(0, 8)).toEqual(["applicant_id", "as_of", ...stored, "tenure"]);
    const edges = [6, 24, 120];
    for (const [place, row] of rows.entries()) {
      const months = row.employed_months as number | null;
      const tenure =
        months === null ? null : bucketNames(edges)[edges.filter((edge) => months >= edge).length];
      expect(row).toMatchObject({ ...asked[place], tenure });
      expect(row.tenure__status).toBe(
        row.employed_months__status === "PRESENT" ? "PRESENT" : row.employed_months__status,
      );
    }
    expect(new Set(rows.map(({ tenure }) => tenure)).size).toBeGreaterThan(2);
    const [alone] = await joinedRows(app, [asked[0]!], `service=${MODEL}&features=tenure`);
    expect(alone).toEqual({ ...asked[0], tenure: rows[0]!.tenure });
    await expect(joinedRows(app, asked, `service=${MODEL}&features=burden`)).rejects.toThrow(
      "is no feature of the service default_risk that a date has; take of income",
    );
  });

  it("are reproduced to the byte, and judged beside another version", async () => {
    const [trained] = await app.sql("select run_id from model_versions where version = 1");
    const { reproduce } = await app.client.query("mutation ($id: ID!) { reproduce(runId: $id) { id } }", {
      id: trained!.run_id,
    });
    const run = await app.client.finished(reproduce.id, 180_000);
    expect(run.error).toBeNull();
    expect(run.result).toMatchObject({ identical: true, differences: [] });
    const { train } = await app.client.query(
      `mutation ($params: JSON) { train(input: { model: "${MODEL}", asOf: "${FEBRUARY}", seed: 1, params: $params }) { id } }`,
      { params: PARAMS },
    );
    expect((await app.client.finished(train.id, 180_000)).error).toBeNull();
    const { promotionCheck } = await app.client.query(
      `{ promotionCheck(model: "${MODEL}", version: 2) { gates { name passed message } } }`,
    );
    expect(promotionCheck.gates.map(({ name }: { name: string }) => name)).toContain(
      "not_worse_than_production",
    );
    for (const { message } of promotionCheck.gates) expect(message).not.toContain("cannot be compared");
  });
});
