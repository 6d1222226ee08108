import * as ort from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { bottleId, CULTIVARS, cellar, cellarDelivery } from "../support/cellar.js";
import { asofHere } from "../support/cli.js";
import { writeDelivery } from "../support/delivery.js";
import type { FinishedRun } from "../support/graphql.js";
import { until } from "../support/until.js";

vi.setConfig({ testTimeout: 180_000 });

const BOTTLES = 600;
const [JANUARY, FEBRUARY] = ["2024-01-31", "2024-02-29"];
const LEARNERS = [
  ["GRADIENT_BOOSTING", { trees: 60, min_leaf_rows: 10 }],
  ["RANDOM_FOREST", { trees: 60, min_leaf_rows: 5 }],
  ["LOGISTIC_REGRESSION", {}],
] as const;
type ClassProbability = { class: string; probability: number };

describe("which cultivar a bottle is of, from files to predictions", () => {
  let app: TestApp;
  const runs: FinishedRun[] = [];
  const finished = async (mutation: string): Promise<FinishedRun> => {
    const { run } = await app.client.query(`mutation { run: ${mutation} { id } }`);
    return app.client.finished(run.id);
  };
  const promote = (version: number) =>
    app.client.raw(
      `mutation { promote(input: { model: "cultivar", version: ${version}, reason: "a test" }) { stage } }`,
    );
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${app.client.address}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as any };
  };
  const modelOf = async (run: FinishedRun) => {
    const { url } = run.artifacts.find(({ name }) => name === "model.onnx")!;
    return new Uint8Array(await (await fetch(`${app.client.address}${url}`)).arrayBuffer());
  };

  beforeAll(async () => {
    app = await startTestApp({
      definitions: cellar(),
      predictionLog: { sample: 1, perSecond: 10_000, keepDays: 90 },
    });
    writeDelivery(app.dataDir, "2024-01", cellarDelivery(BOTTLES, 1));
    writeDelivery(app.dataDir, "2024-02", cellarDelivery(BOTTLES, 2));
    for (const [folder, asOf] of [
      ["2024-01", JANUARY],
      ["2024-02", FEBRUARY],
    ] as const)
      expect((await app.client.ingest(folder, asOf)).error).toBeNull();
    for (const [algorithm, params] of LEARNERS)
      runs.push(await app.client.train({ asOf: JANUARY, model: "cultivar", algorithm, seed: 3, params }));
  }, 300_000);
  afterAll(() => app?.stop());

  const metric = (run: FinishedRun, name: string): number =>
    run.metrics.filter((each) => each.name === name).at(-1)!.value;

  it("is declared as one of several classes, of a text or of a whole number", async () => {
    const { featureServices } = await app.client.query("{ featureServices { name task label } }");
    expect(featureServices).toEqual([
      { name: "cultivar", task: "MULTICLASS", label: "cultivar" },
      { name: "grade", task: "MULTICLASS", label: "grade" },
    ]);
  });

  it("is learnt by every learner that does it, far from chance", () => {
    for (const run of runs) {
      expect(run.error).toBeNull();
      // The shares of the classes alone: 1.1 and 0.4.
      expect(metric(run, "log_loss")).toBeLessThan(0.8);
      expect(metric(run, "accuracy")).toBeGreaterThan(0.65);
      expect(metric(run, "macro_auc")).toBeGreaterThan(0.85);
      expect(run.modelVersion!.threshold).toBeNull();
    }
  });

  it("is not learnt by what does not do it, nor with parameters or metrics of another task", async () => {
    const refused = async (input: string) =>
      (await app.client.error(`mutation { train(input: ${input}) { id } }`)).message;
    expect(await refused(`{ asOf: "${JANUARY}", model: "cultivar", algorithm: LINEAR_REGRESSION }`)).toBe(
      "algorithm: linear regression (LINEAR_REGRESSION) trains no MULTICLASS models, only REGRESSION; " +
        "take LOGISTIC_REGRESSION or RANDOM_FOREST or GRADIENT_BOOSTING",
    );
    expect(await refused(`{ asOf: "${JANUARY}", model: "cultivar", params: { linear_start: 1 } }`)).toContain(
      'parameter "linear_start" of GRADIENT_BOOSTING is for models of BINARY, not of MULTICLASS',
    );
    const { message } = await app.client.error(
      `mutation { tune(input: { asOf: "${JANUARY}", model: "cultivar", metric: AUC, trials: 1 }) { id } }`,
    );
    expect(message).toBe(
      "metric: one of LOG_LOSS, ACCURACY, MACRO_F1, WEIGHTED_F1, MACRO_AUC was expected of a MULTICLASS model; got AUC",
    );
  });

  it("is judged: confusion, each class' numbers and importances, no curves of two classes", async () => {
    const { modelVersion } = await app.client.query(
      `{ modelVersion(model: "cultivar", version: 1) { threshold signature { outputs { name type shape } } evaluation { rows roc { x } thresholds { threshold } residuals { count }
           confusion classes perClass { class rows called precision recall f1 auc } importances { feature permutation gain } } } }`,
    );
    const { evaluation, signature } = modelVersion;
    expect(signature.outputs).toEqual([
      { name: "probabilities", type: "float32", shape: [null, 3] },
      { name: "class", type: "string", shape: [null, 1] },
    ]);
    expect(evaluation).toMatchObject({ roc: null, thresholds: null, residuals: null, classes: CULTIVARS });
    const { confusion, perClass } = evaluation as { confusion: number[][]; perClass: any[] };
    expect(confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(evaluation.rows);
    for (const [k, each] of perClass.entries()) {
      expect(each.class).toBe(CULTIVARS[k]);
      expect(each.rows).toBe(confusion[k]!.reduce((sum, count) => sum + count, 0));
      expect(each.recall).toBeCloseTo(confusion[k]![k]! / each.rows, 12);
    }
    expect(evaluation.importances[0].permutation).toBeGreaterThan(0.1);
  });

  it("passes its gates, or does not, by its own metrics", async () => {
    expect((await promote(2)).data).toEqual({ promote: { stage: "PRODUCTION" } });
    const { promotionCheck } = await app.client.query(
      `{ promotionCheck(model: "cultivar", version: 3) { passed gates { name passed message } } }`,
    );
    expect(promotionCheck.passed).toBe(true);
    const gate = (name: string) => promotionCheck.gates.find((each: { name: string }) => each.name === name);
    expect(gate("max_log_loss")).toMatchObject({ passed: true });
    expect(gate("min_macro_f1")).toMatchObject({ passed: true });
    expect(gate("not_worse_than_production").message).toMatch(
      /^log_loss \d+\.\d{4}, Production version 2 has \d+\.\d{4} on the same held-out rows; difference /,
    );
    expect((await promote(3)).data).toEqual({ promote: { stage: "PRODUCTION" } });
  });

  it("is answered by a class and each class' probability, the same at every door", async () => {
    const key = bottleId(7);
    const { predict } = await app.client.query(
      `{ predict(bottleId: "${key}", model: "cultivar") { class classes { class probability } prediction probability threshold value baseValue
           contributions { feature contribution } modelVersion { version } } }`,
    );
    expect(predict).toMatchObject({
      ...{ prediction: null, probability: null, threshold: null, value: null },
      modelVersion: { version: 3 },
    });
    const classes: ClassProbability[] = predict.classes;
    expect(classes.map((each) => each.class)).toEqual(CULTIVARS);
    expect(classes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
    const likeliest = classes.toSorted((a, b) => b.probability - a.probability)[0]!;
    expect(predict.class).toBe(likeliest.class);
    expect(predict.contributions).toHaveLength(5);
    const rest = await post("/predict", { bottle_id: key, model: "cultivar" });
    expect(rest).toMatchObject({ status: 200, body: { bottle_id: key, class: predict.class, classes } });
    expect(rest.body).not.toHaveProperty("probability");
    const { predictMany } = await app.client.query(
      `{ predictMany(bottleIds: ["${key}", "${bottleId(8)}", "nobody"], model: "cultivar") { prediction { class classes { probability } } error { code } } }`,
    );
    expect(predictMany[0].prediction.class).toBe(predict.class);
    expect(predictMany[1].prediction.classes).toHaveLength(3);
    expect(predictMany[2]).toEqual({ prediction: null, error: { code: "FEATURES_MISSING" } });
    const inferred = await post("/v2/models/cultivar/infer", {
      inputs: [{ name: "bottle_id", shape: [2], datatype: "BYTES", data: [key, bottleId(8)] }],
    });
    const [probabilities, named] = inferred.body.outputs;
    expect([probabilities.shape, named.shape]).toEqual([[2, 3], [2]]);
    expect(probabilities.data.slice(0, 3)).toEqual(classes.map(({ probability }) => probability));
    expect(named).toMatchObject({ name: "class", datatype: "BYTES" });
    expect(named.data[0]).toBe(predict.class);
    const head = await (await fetch(`${app.client.address}/v2/models/cultivar`)).json();
    expect((head as any).outputs).toEqual([
      { name: "probabilities", datatype: "FP64", shape: [-1, 3] },
      { name: "class", datatype: "BYTES", shape: [-1] },
    ]);
    const scored = await post("/serving/cultivar/invocations", {
      dataframe_split: { columns: ["bottle_id"], data: [[key]] },
    });
    expect(scored.body.predictions).toEqual([predict.class]);
  });

  it("is printed by the command line, with each class' figures of a version", async () => {
    const key = bottleId(7);
    const { predict } = await app.client.query(
      `{ predict(bottleId: "${key}", model: "cultivar") { class classes { class probability } } }`,
    );
    const own = (predict.classes as ClassProbability[]).find((each) => each.class === predict.class)!;
    const printed = async (...args: string[]) => {
      const { code, out, err } = await asofHere(args, { ASOF_URL: app.client.address });
      expect([code, err]).toEqual([0, ""]);
      return out.split("\n");
    };
    const [answer, probabilities] = await printed("predict", key, "--model", "cultivar");
    expect(answer).toBe(`${key}: ${predict.class} (probability ${own.probability}, cultivar 3)`);
    expect(probabilities!.trim().split(", ")).toHaveLength(CULTIVARS.length);
    const version = await printed("versions", "show", "cultivar", "3");
    expect(version).toContain(`classes       ${CULTIVARS.join(", ")}`);
    expect(version[version.indexOf("Classes") + 1]).toMatch(
      /^CLASS +ROWS +CALLED +PRECISION +RECALL +F1 +AUC$/,
    );
    expect(version.join("\n")).not.toMatch(/null|threshold/);
    const [header] = await printed("versions", "cultivar");
    expect(header).toMatch(/ MACRO F1 /);
    expect(header).not.toMatch(/AUC|RMSE/);
  });

  it("is the file's answer anywhere, the class' name with it", async () => {
    const features = { cask: "oak", year: 1999, alcohol: 13.5, hue: null, proline: 640 };
    for (const [place, run] of runs.entries()) {
      const session = await ort.InferenceSession.create(await modelOf(run));
      const { modelVersion } = await app.client.query(
        `{ modelVersion(model: "cultivar", version: ${place + 1}) { signature { features { name kind } } } }`,
      );
      const numeric = modelVersion.signature.features.filter(
        ({ kind }: { kind: string }) => kind === "numeric",
      );
      const values = Float32Array.from(
        numeric,
        ({ name }: { name: keyof typeof features }) => (features[name] as number | null) ?? Number.NaN,
      );
      const answer = await session.run({
        numeric: new ort.Tensor("float32", values, [1, values.length]),
        cask: new ort.Tensor("string", ["oak"], [1, 1]),
      });
      await session.release();
      const { predictFor } = await app.client.query(
        `{ predictFor(service: "cultivar", version: ${place + 1}, features: { cask: "oak", year: 1999, alcohol: 13.5, hue: null, proline: 640 }) { class classes { probability } } }`,
      );
      const said = predictFor.classes.map(({ probability }: ClassProbability) => probability);
      for (const [k, probability] of (answer.probabilities!.data as Float32Array).entries())
        expect(probability).toBeCloseTo(said[k], 6);
      expect(answer.class!.data[0]).toBe(predictFor.class);
    }
  });

  it("learns whole numbers as classes, in the order of their size", async () => {
    const run = await app.client.train({
      asOf: JANUARY,
      model: "grade",
      params: { trees: 30, min_leaf_rows: 10 },
    });
    expect(run.error).toBeNull();
    expect(metric(run, "accuracy")).toBeGreaterThan(0.9);
    const { predictFor } = await app.client.query(
      `{ predictFor(service: "grade", version: 1, features: { alcohol: 11.2, hue: 1, proline: 500 }) { class classes { class } } }`,
    );
    expect(predictFor).toEqual({ class: "3", classes: [{ class: "3" }, { class: "10" }, { class: "20" }] });
  });

  it("is logged, judged when labels come, and compared with a shadow", async () => {
    await app.client.query(
      `mutation { setModelAlias(model: "cultivar", alias: "shadow", version: 2) { version } }`,
    );
    const ids = Array.from({ length: 200 }, (_, i) => bottleId(i));
    await until("the shadow has answered, too", async () => {
      await app.client.query(
        `query($ids: [ID!]!) { predictMany(bottleIds: $ids, model: "cultivar") { prediction { class } } }`,
        { ids },
      );
      const [row] = await app.sql<{ shadowed: number }>(
        "select count(*)::int as shadowed from prediction_log where shadow_version = 2",
      );
      return row!.shadowed >= 200;
    });
    const { predictions } = await app.client.query(
      `{ predictions(model: "cultivar", first: 1) { nodes { class probability value prediction } } }`,
    );
    expect(predictions.nodes[0]).toEqual({
      class: expect.any(String),
      probability: expect.any(Number),
      value: null,
      prediction: null,
    });
    const { modelVersion, shadow } = await app.client.query(
      `{ modelVersion(model: "cultivar", version: 3) { live(labelAsOf: "${FEBRUARY}") { labelled positives accuracy logLoss macroF1 weightedF1 macroAuc auc rmse } }
         shadow: modelVersion(model: "cultivar", version: 2) { shadowComparison { predictions agreement meanProbability meanValue meanShift } } }`,
    );
    const { live } = modelVersion;
    expect(live).toMatchObject({ labelled: 200, positives: null, auc: null, rmse: null });
    expect(live.accuracy).toBeGreaterThan(0.6);
    expect(live.logLoss).toBeLessThan(0.9);
    for (const name of ["macroF1", "weightedF1", "macroAuc"]) expect(live[name]).toBeGreaterThan(0.6);
    expect(shadow.shadowComparison).toMatchObject({ meanValue: null });
    expect(shadow.shadowComparison.agreement).toBeGreaterThan(0.6);
    expect(shadow.shadowComparison.agreement).toBeLessThanOrEqual(1);
  });

  it("is registered where the file was made elsewhere, and measured on the same rows", async () => {
    const { createRun } = await app.client.query(
      `mutation { createRun(input: { name: "elsewhere" }) { id } }`,
    );
    const input = {
      runId: createRun.id,
      model: "cultivar",
      asOf: JANUARY,
      seed: 3,
      onnx: Buffer.from(await modelOf(runs[0]!)).toString("base64"),
    };
    const { registerModel } = await app.client.query(
      `mutation($input: RegisterModelInput!) { registerModel(input: $input) { version status statusMessage threshold warnings
         metric(name: "log_loss") evaluation { classes confusion } } }`,
      { input },
    );
    expect(registerModel).toMatchObject({
      status: "READY",
      statusMessage: null,
      threshold: null,
      warnings: [],
    });
    expect(registerModel.metric).toBeCloseTo(metric(runs[0]!, "log_loss"), 4);
    expect(registerModel.evaluation.classes).toEqual(CULTIVARS);
    const asked = (version: number) =>
      app.client.query(
        `{ predict(bottleId: "${bottleId(1)}", model: "cultivar", version: ${version}) { class classes { class probability } contributions { feature contribution } } }`,
      );
    expect(await asked(registerModel.version)).toEqual(await asked(1));
  });

  it("is made again byte for byte, searched and compared", async () => {
    for (const { id } of runs) {
      const reproduced = await finished(`reproduce(runId: "${id}")`);
      expect(reproduced.result).toMatchObject({ identical: true });
    }
    const tuned = await finished(
      `tune(input: { asOf: "${JANUARY}", model: "cultivar", algorithm: LOGISTIC_REGRESSION, trials: 2 })`,
    );
    expect(tuned.error).toBeNull();
    expect(tuned.result.metric).toBe("log_loss");
    const compared = await finished(
      `trainAndCompare(input: { asOf: "${FEBRUARY}", model: "cultivar", params: { trees: 40, min_leaf_rows: 10 } }, delta: 0.0)`,
    );
    expect(compared.error).toBeNull();
    expect(compared.result).toMatchObject({ metric: "log_loss" });
    expect(compared.result.challengers).toHaveLength(1);
  });
});
