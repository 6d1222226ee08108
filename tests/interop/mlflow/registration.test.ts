import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { ingestMonth, JANUARY, learnableMonth, USERS } from "../../support/months.js";
import { matrixModel } from "../../support/onnx.js";
import { type Tracker, tracker } from "../../support/tracker.js";
import { until } from "../../support/until.js";
import { MlflowCalls, refusal } from "./support.js";

let app: TestApp;
let mlflow: MlflowCalls;
let client: Tracker;
beforeAll(async () => {
  app = await startTestApp();
  mlflow = new MlflowCalls(app);
  client = tracker(app);
  await ingestMonth(app, JANUARY, learnableMonth());
}, 180_000);
afterAll(() => app?.stop());

/** One input named `X`, empty values taken as 5; of more than one piece by a weight that nothing uses. */
function matrix(weights: readonly number[], padding = 0): Uint8Array {
  return matrixModel(weights, {
    nodes: [
      { op: "IsNaN", inputs: ["X"], outputs: ["/nan"] },
      { op: "Where", inputs: ["/nan", "/five", "X"], outputs: ["/filled"] },
      { op: "Gemm", inputs: ["/filled", "/w", "/b"], outputs: ["/z"] },
      { op: "Sigmoid", inputs: ["/z"], outputs: ["score"] },
    ],
    initializers: [
      { name: "/w", dims: [weights.length, 1], floats: weights },
      { name: "/b", dims: [1], floats: [-5] },
      { name: "/five", dims: [1], floats: [5] },
      ...(padding === 0
        ? []
        : [{ name: "/unused", dims: [padding], floats: Array.from({ length: padding }, (_, i) => i) }]),
    ],
  });
}
const mlmodel = (...columns: string[]) => `flavors:
  onnx: {data: model.onnx, onnx_version: 1.17.0}
signature:
  inputs: '${JSON.stringify(columns.map((name) => ({ type: "double", name })))}'
`;
const COLUMNS = ["plan_stream_tv", "skips_7d"] as const;
const WEIGHTS = [2, 0.1] as const;

/** What `log_model` of MLflow 2 leaves: files in a folder of the run. */
async function logged(run: string, files: Record<string, string | Uint8Array>): Promise<string> {
  const { artifact_uri } = (await mlflow.read(run)).info;
  const place = artifact_uri.replace("mlflow-artifacts:/", "");
  for (const [path, bytes] of Object.entries(files)) {
    const address = `${app.asof.address}/mlflow/api/2.0/mlflow-artifacts/artifacts/${place}/model/${path}`;
    const { status } = await fetch(address, { method: "PUT", body: bytes as BodyInit });
    expect(status).toBe(200);
  }
  return `runs:/${run}/model`;
}
async function register(source: string, tags: Record<string, string> = {}, run?: string) {
  const asked = await mlflow.ok("POST", "model-versions/create", {
    ...{ name: "churn", source, ...(run ? { run_id: run } : {}) },
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  });
  const { version } = asked.model_version;
  return until("it is judged", async () => {
    const { model_version } = await mlflow.ok("GET", "model-versions/get", { name: "churn", version });
    return model_version.status !== "PENDING_REGISTRATION" && model_version;
  });
}
const entryOf = async (version: string) =>
  (await app.asof.services.models.findVersion("churn", Number(version)))!;
const uuidOf = (hex: string) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");

describe("the columns of a model's matrix", () => {
  it("are those of MLmodel in their order, others where the tag names them, and none where inputs are features", async () => {
    const run = await mlflow.run("0");
    const source = await logged(run, { MLmodel: mlmodel(...COLUMNS), "model.onnx": matrix(WEIGHTS) });
    const inputsOf = async (tags: Record<string, string> = {}) => {
      const { status, status_message, version } = await register(source, tags);
      const inputs = (await entryOf(version)).signature?.inputs.map(({ name, features }) => [name, features]);
      return [status, status_message ?? "", inputs];
    };
    expect(await inputsOf()).toEqual(["READY", "", [["X", COLUMNS]]]);
    const [first, second] = COLUMNS;
    expect(await inputsOf({ "asof.features": `${second}, ${first}` })).toEqual([
      ...["READY", "", [["X", [second, first]]]],
    ]);
    expect(await inputsOf({ "asof.features": `${first},nothing` })).toEqual([
      ...[
        "FAILED_REGISTRATION",
        expect.stringContaining('asks for "nothing", which is no feature'),
        undefined,
      ],
    ]);
    expect(await inputsOf({ "asof.features": first })).toEqual([
      ...["FAILED_REGISTRATION", expect.stringContaining("is 2 wide; 1 features are to fill it"), undefined],
    ]);
  });
});

describe("a file of several pieces", () => {
  it("is kept once, judged, served and checked as it is", async () => {
    const bytes = matrix(WEIGHTS, 600_000);
    expect(bytes.length).toBeGreaterThan(2 << 20);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const run = await mlflow.run("0");
    const source = await logged(run, { MLmodel: mlmodel(...COLUMNS), "model.onnx": bytes });
    const { status, status_message, version } = await register(source);
    expect([status, status_message ?? ""]).toEqual(["READY", ""]);
    const { judgedBy, sha256: registered, bytes: length } = await entryOf(version);
    expect([registered, length]).toEqual([sha256, bytes.length]);
    expect(
      await app.sql(
        "select name, sha256 = $2 as same from artifacts where run_id = $1 and name !~ '^evaluation/'",
        [judgedBy, sha256],
      ),
    ).toEqual([{ name: "model.onnx", same: true }]);
    expect(
      await app.sql("select bytes is null as pieces from artifact_blobs where sha256 = $1", [sha256]),
    ).toEqual([{ pieces: true }]);
    const { predict, modelVersion } = await app.client.query(
      `query($id: ID!, $version: Int!) {
         predict(userId: $id, version: $version) { probability featuresUsed { skips7d planStreamTv } }
         modelVersion(model: "churn", version: $version) { servable notServable } }`,
      { id: USERS[0], version: Number(version) },
    );
    const { skips7d, planStreamTv } = predict.featuresUsed;
    const z = 2 * (planStreamTv === null ? 5 : Number(planStreamTv)) + 0.1 * skips7d - 5;
    expect(predict.probability).toBeCloseTo(1 / (1 + Math.exp(-z)), 5);
    expect(modelVersion).toEqual({ servable: true, notServable: null });
  });
});

describe("the version of a run", () => {
  it("is none of those it stays open for, nor one that is refused; that which ends it seals it", async () => {
    const run = await mlflow.run("0");
    const id = uuidOf(run);
    const metric = (value: number) =>
      mlflow.post("runs/log-metric", { run_id: run, key: "loss", value, timestamp: 1, step: value });
    const source = await logged(run, { MLmodel: mlmodel(...COLUMNS), "model.onnx": matrix(WEIGHTS) });
    const versions = [await register(source), await register(source)];
    expect(versions.map(({ status, run_id }) => [status, run_id])).toEqual([
      ["READY", run],
      ["READY", run],
    ]);
    const pickled = await mlflow.run("0");
    const refused = await register(await logged(pickled, { "model.pkl": "x" }), {}, run);
    expect([refused.status, refused.run_id]).toEqual(["FAILED_REGISTRATION", run]);
    expect((await metric(1)).status).toBe(200);

    // Another file, of the same run, by the call that ends it.
    const other = Buffer.from(matrix([1, 0.2]));
    expect((await client.upload(id, "other.onnx", other)).status).toBe(201);
    const { registerModel } = await app.client.query(
      "mutation($input: RegisterModelInput!) { registerModel(input: $input) { version status run { id status } } }",
      {
        input: {
          ...{ runId: id, artifact: "other.onnx", asOf: JANUARY },
          signature: { inputs: [{ name: "X", features: COLUMNS }] },
        },
      },
    );
    expect(registerModel).toMatchObject({ status: "READY", run: { id, status: "SUCCEEDED" } });
    const versionOfRun = async () => {
      const query = "query($id: ID!) { run(id: $id) { modelVersion { version } } }";
      return (await app.client.query(query, { id })).run.modelVersion.version;
    };
    expect(await versionOfRun()).toBe(registerModel.version);
    expect(refusal(await metric(2))).toEqual([
      ...[400, "INVALID_PARAMETER_VALUE"],
      expect.stringContaining(`is what version ${registerModel.version} of churn was registered from`),
    ]);
    // What its client registers by MLflow is kept beside.
    const late = await register(source);
    expect([late.status, late.run_id]).toEqual(["READY", run]);
    expect(await versionOfRun()).toBe(registerModel.version);
    const again = await app.client.query(
      "mutation($input: RegisterModelInput!) { registerModel(input: $input) { version } }",
      { input: { runId: id, artifact: "other.onnx", asOf: JANUARY } },
    );
    expect(again.registerModel.version).toBe(registerModel.version);
  });
});
