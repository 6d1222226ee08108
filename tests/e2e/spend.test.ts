import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { writeDelivery } from "../support/delivery.js";
import type { FinishedRun } from "../support/graphql.js";
import { customerId, shop, shopDelivery } from "../support/shop.js";
import { until } from "../support/until.js";

vi.setConfig({ testTimeout: 180_000 });

const CUSTOMERS = 600;
const [JANUARY, FEBRUARY] = ["2024-01-31", "2024-02-29"];
/** The labels' noise has a deviation of 16. */
const LEARNERS = [
  ["GRADIENT_BOOSTING", { trees: 80, min_leaf_rows: 10 }],
  ["RANDOM_FOREST", { trees: 60, min_leaf_rows: 5 }],
  ["LINEAR_REGRESSION", {}],
  ["GRADIENT_BOOSTING", { trees: 40, min_leaf_rows: 10, loss: "quantile", quantile: 0.9 }],
] as const;

describe("what customers will spend, from files to predictions", () => {
  let app: TestApp;
  const runs: FinishedRun[] = [];
  const finished = async (mutation: string): Promise<FinishedRun> => {
    const { run } = await app.client.query(`mutation { run: ${mutation} { id } }`);
    return app.client.finished(run.id);
  };
  const promote = (version: number, force = false) =>
    app.client.raw(
      `mutation { promote(input: { model: "spend", version: ${version}, force: ${force}, reason: "a test" }) { stage } }`,
    );
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${app.client.address}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as any };
  };

  beforeAll(async () => {
    app = await startTestApp({
      definitions: shop(),
      predictionLog: { sample: 1, perSecond: 10_000, keepDays: 90 },
    });
    writeDelivery(app.dataDir, "2024-01", shopDelivery(CUSTOMERS, 1));
    writeDelivery(app.dataDir, "2024-02", shopDelivery(CUSTOMERS, 2, 1.6));
    for (const [folder, asOf] of [
      ["2024-01", JANUARY],
      ["2024-02", FEBRUARY],
    ] as const)
      expect((await app.client.ingest(folder, asOf)).error).toBeNull();
    for (const [algorithm, params] of LEARNERS)
      runs.push(await app.client.train({ asOf: JANUARY, model: "spend", algorithm, seed: 3, params }));
  }, 300_000);
  afterAll(() => app?.stop());

  const metric = (run: FinishedRun, name: string): number =>
    run.metrics.filter((each) => each.name === name).at(-1)!.value;

  it("is declared as a regression of a decimal column", async () => {
    const { featureService } = await app.client.query(
      `{ featureService(name: "spend") { task label gates } }`,
    );
    expect(featureService).toEqual({
      task: "REGRESSION",
      label: "spend",
      gates: { maximum: { rmse: 60 }, minimum: { r2: 0.3 } },
    });
  });

  it("is learnt by every learner that does it, near to the labels' noise", () => {
    for (const run of runs) expect(run.error).toBeNull();
    const rmse = runs.map((run) => metric(run, "rmse"));
    expect(rmse[0]).toBeLessThan(32);
    expect(rmse[1]).toBeLessThan(40);
    expect(rmse[2]).toBeLessThan(60);
    for (const run of runs.slice(0, 3)) expect(metric(run, "r2")).toBeGreaterThan(0.5);
    expect(metric(runs[3]!, "pinball")).toBeLessThan(metric(runs[3]!, "mae"));
    // Nine of ten labels are below the quantile that was asked for: it errs upwards.
    expect(metric(runs[3]!, "rmse")).toBeGreaterThan(rmse[0]!);
    for (const { modelVersion } of runs) expect(modelVersion!.threshold).toBeNull();
  });

  it("is not learnt by what does not do it, nor with parameters of another task", async () => {
    const refused = (input: string) => app.client.error(`mutation { train(input: ${input}) { id } }`);
    expect(
      (await refused(`{ asOf: "${JANUARY}", model: "spend", algorithm: LOGISTIC_REGRESSION }`)).message,
    ).toBe(
      "algorithm: logistic regression (LOGISTIC_REGRESSION) trains no REGRESSION models, only BINARY, MULTICLASS; " +
        "take RANDOM_FOREST or GRADIENT_BOOSTING or LINEAR_REGRESSION",
    );
    const { message } = await refused(
      `{ asOf: "${JANUARY}", model: "spend", params: { class_weight: "balanced" } }`,
    );
    expect(message).toContain(
      'parameter "class_weight" of GRADIENT_BOOSTING is for models of BINARY and MULTICLASS, not of REGRESSION',
    );
    const { message: unknown } = await app.client.error(
      `mutation { tune(input: { asOf: "${JANUARY}", model: "spend", metric: AUC, trials: 1 }) { id } }`,
    );
    expect(unknown).toBe("metric: one of RMSE, MAE, MAPE, R2 was expected of a REGRESSION model; got AUC");
  });

  it("is judged: residuals and importances, no curves of classes", async () => {
    const { modelVersion } = await app.client.query(
      `{ modelVersion(model: "spend", version: 1) { threshold evaluation { rows roc { x } calibration { x } thresholds { threshold }
           residuals { from to count } importances { feature permutation gain } } } }`,
    );
    const { evaluation } = modelVersion;
    expect(evaluation).toMatchObject({ rows: CUSTOMERS / 4, roc: null, calibration: null, thresholds: null });
    const { residuals } = evaluation as { residuals: { from: number; to: number; count: number }[] };
    expect(residuals.reduce((sum, { count }) => sum + count, 0)).toBe(CUSTOMERS / 4);
    for (const [k, bin] of residuals.slice(1).entries()) expect(bin.from).toBe(residuals[k]!.to);
    expect(evaluation.importances[0].feature).toBe("orders_90d");
    expect(evaluation.importances[0].permutation).toBeGreaterThan(20);
  });

  it("passes its gates, or does not, by its own metrics", async () => {
    expect((await promote(3)).data).toEqual({ promote: { stage: "PRODUCTION" } });
    expect((await promote(1)).data).toEqual({ promote: { stage: "PRODUCTION" } });
    // Linear terms are far worse than trees on a product.
    const { promotionCheck } = await app.client.query(
      `{ promotionCheck(model: "spend", version: 3) { passed gates { name passed message } } }`,
    );
    expect(promotionCheck.passed).toBe(false);
    const gate = (name: string) => promotionCheck.gates.find((each: { name: string }) => each.name === name);
    expect(gate("max_rmse")).toMatchObject({ passed: true });
    expect(gate("min_r2")).toMatchObject({ passed: true });
    expect(gate("not_worse_than_production")).toMatchObject({ passed: false });
    expect(gate("not_worse_than_production").message).toMatch(
      /^rmse \d+\.\d{4}, Production version 1 has \d+\.\d{4} on the same held-out rows; relative difference -0\.\d{4}, 95 % interval/,
    );
  });

  it("is answered by a value, the same at every door", async () => {
    const key = customerId(7);
    const { predict } = await app.client.query(
      `{ predict(customerId: "${key}", model: "spend") { value prediction probability threshold class classes { class } baseValue
           contributions { feature contribution } featuresUsed { orders90d } modelVersion { version } } }`,
    );
    expect(predict).toMatchObject({
      prediction: null,
      probability: null,
      threshold: null,
      class: null,
      classes: null,
      modelVersion: { version: 1 },
    });
    const { value, contributions, baseValue } = predict;
    expect(value).toBeGreaterThan(0);
    const sum = contributions.reduce(
      (total: number, each: { contribution: number }) => total + each.contribution,
      baseValue,
    );
    expect(Math.abs(sum - value) / value).toBeLessThan(1e-5);
    const rest = await post("/predict", { customer_id: key, model: "spend" });
    expect(rest).toMatchObject({ status: 200, body: { customer_id: key, value } });
    expect(rest.body).not.toHaveProperty("probability");
    const inferred = await post("/v2/models/spend/infer", {
      inputs: [{ name: "customer_id", shape: [1], datatype: "BYTES", data: [key] }],
    });
    expect(inferred.body.outputs).toEqual([{ name: "value", datatype: "FP64", shape: [1], data: [value] }]);
    const { predictFor } = await app.client.query(
      `{ predictFor(service: "spend", features: { region: "west", is_member: true, orders_90d: 4, basket: 30, returns: 1 }) { value } }`,
    );
    expect(predictFor.value).toBeGreaterThan(value / 100);
  });

  it("is the file's answer anywhere", async () => {
    const { url } = runs[0]!.artifacts.find(({ name }) => name === "model.onnx")!;
    const bytes = new Uint8Array(await (await fetch(`${app.client.address}${url}`)).arrayBuffer());
    const session = await ort.InferenceSession.create(bytes);
    const { predictFor } = await app.client.query(
      `{ predictFor(service: "spend", features: { region: "south", is_member: false, orders_90d: 3, basket: 25.5, returns: null }) { value } }`,
    );
    const { modelVersion } = await app.client.query(
      `{ modelVersion(model: "spend", version: 1) { signature { features { name kind } } } }`,
    );
    const given: Record<string, number | string> = {
      ...{ is_member: 0, orders_90d: 3, basket: 25.5, returns: Number.NaN },
      region: "south",
    };
    const numeric = modelVersion.signature.features.filter(
      ({ kind }: { kind: string }) => kind === "numeric",
    );
    const values = Float32Array.from(numeric, ({ name }: { name: string }) => Number(given[name]));
    const { value } = await session.run({
      numeric: new ort.Tensor("float32", values, [1, values.length]),
      region: new ort.Tensor("string", ["south"], [1, 1]),
    });
    await session.release();
    expect(Number(value!.data[0])).toBe(predictFor.value);
  });

  it("is registered where the file was made elsewhere, and measured on the same kind of rows", async () => {
    const { url } = runs[1]!.artifacts.find(({ name }) => name === "model.onnx")!;
    const bytes = await (await fetch(`${app.client.address}${url}`)).arrayBuffer();
    const { createRun } = await app.client.query(
      `mutation { createRun(input: { name: "elsewhere" }) { id } }`,
    );
    const input = {
      runId: createRun.id,
      model: "spend",
      asOf: JANUARY,
      seed: 3,
      onnx: Buffer.from(bytes).toString("base64"),
    };
    const { registerModel } = await app.client.query(
      `mutation($input: RegisterModelInput!) { registerModel(input: $input) { version status statusMessage threshold warnings
         metric(name: "rmse") evaluation { residuals { count } } } }`,
      { input },
    );
    expect(registerModel).toMatchObject({
      status: "READY",
      statusMessage: null,
      threshold: null,
      warnings: [],
    });
    // The same seed holds out the same customers.
    expect(registerModel.metric).toBeCloseTo(metric(runs[1]!, "rmse"), 3);
    expect(registerModel.evaluation.residuals.length).toBeGreaterThan(1);
    const { predict } = await app.client.query(
      `{ predict(customerId: "${customerId(1)}", model: "spend", version: ${registerModel.version}) { value contributions { feature } } }`,
    );
    const { predict: own } = await app.client.query(
      `{ predict(customerId: "${customerId(1)}", model: "spend", version: 2) { value } }`,
    );
    expect(predict.value).toBe(own.value);
  });

  it("is logged, judged when labels come, and compared with a shadow", async () => {
    await app.client.query(
      `mutation { setModelAlias(model: "spend", alias: "shadow", version: 2) { version } }`,
    );
    const ids = Array.from({ length: 50 }, (_, i) => customerId(i));
    await until("the shadow has answered, too", async () => {
      await app.client.query(
        `query($ids: [ID!]!) { predictMany(customerIds: $ids, model: "spend") { prediction { value } } }`,
        { ids },
      );
      const [row] = await app.sql<{ shadowed: number }>(
        "select count(*)::int as shadowed from prediction_log where shadow_version = 2",
      );
      return row!.shadowed >= 50;
    });
    const { predictions } = await app.client.query(
      `{ predictions(model: "spend", first: 1) { nodes { value probability prediction } } }`,
    );
    expect(predictions.nodes[0]).toEqual({ value: expect.any(Number), probability: null, prediction: null });
    const { modelVersion, shadow } = await app.client.query(
      `{ modelVersion(model: "spend", version: 1) { live(labelAsOf: "${FEBRUARY}") { labelled positives rmse mae r2 auc } }
         shadow: modelVersion(model: "spend", version: 2) { shadowComparison { predictions agreement meanProbability meanValue meanServedValue meanShift } } }`,
    );
    expect(modelVersion.live).toMatchObject({ labelled: 50, positives: null, auc: null });
    // February's labels are 1.6 times what the model has learnt.
    expect(modelVersion.live.rmse).toBeGreaterThan(modelVersion.live.mae);
    expect(modelVersion.live.mae).toBeGreaterThan(20);
    const compared = shadow.shadowComparison;
    expect(compared).toMatchObject({ agreement: null, meanProbability: null });
    expect(Math.abs(compared.meanValue - compared.meanServedValue)).toBeLessThan(40);
    expect(compared.meanShift).toBeGreaterThan(0);
  });

  it("drifts where its labels have grown", async () => {
    const run = await finished(
      `detectDrift(input: { model: "spend", from: "${JANUARY}", to: "${FEBRUARY}" })`,
    );
    expect(run.error).toBeNull();
    const artifact = run.artifacts.find(({ name }) => name === "drift.json")!;
    const report = (await (await fetch(`${app.client.address}${artifact.url}`)).json()) as any;
    expect(report.label).toMatchObject({ name: "spend", test: "KOLMOGOROV_SMIRNOV", drifted: true });
    expect(report.label.bins.length).toBeGreaterThan(5);
    expect(report.driftedFeatures).toEqual([]);
  });

  it("is made again byte for byte, searched, compared and exported", async () => {
    for (const { id } of runs) {
      const reproduced = await finished(`reproduce(runId: "${id}")`);
      expect(reproduced.result).toMatchObject({ identical: true });
    }
    const tuned = await finished(
      `tune(input: { asOf: "${JANUARY}", model: "spend", algorithm: LINEAR_REGRESSION, trials: 2 })`,
    );
    expect(tuned.error).toBeNull();
    expect(tuned.result.metric).toBe("rmse");
    const compared = await finished(
      `trainAndCompare(input: { asOf: "${FEBRUARY}", model: "spend", params: { trees: 40, min_leaf_rows: 10 } }, delta: 0.05)`,
    );
    expect(compared.error).toBeNull();
    expect(compared.result).toMatchObject({ decision: "PROMOTED", metric: "rmse" });
    expect(compared.result.challengers.map(({ algorithm }: { algorithm: string }) => algorithm)).toEqual([
      "LINEAR_REGRESSION",
    ]);
    const exported = await finished(
      `exportTrainingSet(input: { asOfFrom: "${JANUARY}", model: "spend", formats: [CSV] })`,
    );
    expect(exported.error).toBeNull();
    const { url } = exported.artifacts.find(({ name }) => name === "training_set.csv")!;
    const [header, first] = (await (await fetch(`${app.client.address}${url}`)).text()).split("\n");
    expect(header).toContain("spend");
    expect(first!.split(",").at(header!.split(",").indexOf("spend"))).toMatch(/^\d+\.\d{2}$/);
  });
});
