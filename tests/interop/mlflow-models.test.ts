import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readMlmodel } from "../../src/interop/mlflow/mlmodel.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { ingestMonth, JANUARY, learnableMonth } from "../support/months.js";
import { perFeatureModel } from "../support/onnx.js";
import { until } from "../support/until.js";

let app: TestApp;
let host: string;
beforeAll(async () => {
  app = await startTestApp();
  host = `${app.asof.address}/mlflow`;
  await ingestMonth(app, JANUARY, learnableMonth());
}, 180_000);
afterAll(() => app?.stop());

async function call(method: string, path: string, body?: unknown, token?: string) {
  const headers = {
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  };
  const answer = await fetch(`${host}/api/2.0/mlflow/${path}`, {
    method,
    headers: headers as Record<string, string>,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as any };
}
const ok = async (method: string, path: string, body?: unknown) => {
  const answer = await call(method, path, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
};
const refused = async (method: string, path: string, body?: unknown) => {
  const answer = await call(method, path, body);
  return { status: answer.status, code: answer.body.error_code, message: answer.body.message as string };
};
const proxied = (place: string) => `${host}/api/2.0/mlflow-artifacts/artifacts/${place}`;
const placeOf = (uri: string) => uri.replace("mlflow-artifacts:/", "");

const MLMODEL = `artifact_path: model
flavors:
  python_function: {loader_module: mlflow.onnx}
  onnx: {data: model.onnx, onnx_version: 1.17.0}
signature:
  inputs: '[{"type": "double", "name": "plan_stream_tv"}, {"type": "double", "name": "skips_7d"}]'
`;
const ONNX = perFeatureModel({ plan_stream_tv: 2, skips_7d: 0.1 }, -5, 5);

/** What `log_model` of MLflow 3 does: a run, a model, its files, ready, and the run's output. */
async function logModel(files: Record<string, string | Uint8Array>) {
  const { run } = await ok("POST", "runs/create", { experiment_id: "0" });
  const { run_id } = run.info;
  const { model } = await ok("POST", "logged-models", {
    experiment_id: "0",
    name: "model",
    source_run_id: run_id,
    tags: [{ key: "mlflow.user", value: "ada" }],
  });
  const { model_id, artifact_uri } = model.info;
  for (const [path, bytes] of Object.entries(files)) {
    const put = await fetch(proxied(`${placeOf(artifact_uri)}/${path}`), {
      method: "PUT",
      body: bytes as any,
    });
    expect(put.status).toBe(200);
  }
  await ok("PATCH", `logged-models/${model_id}`, { model_id, status: "LOGGED_MODEL_READY" });
  await ok("POST", "runs/outputs", { run_id, models: [{ model_id, step: 0 }] });
  return { run_id, model_id, place: placeOf(artifact_uri) };
}
const register = async (name: string, model_id: string, tags: object[] = []) =>
  (await ok("POST", "model-versions/create", { name, source: `models:/${model_id}`, model_id, tags }))
    .model_version;
const settled = (name: string, version: string) =>
  until("it is judged", async () => {
    const { model_version } = await ok("GET", `model-versions/get?name=${name}&version=${version}`);
    return model_version.status !== "PENDING_REGISTRATION" && model_version;
  });

describe("logged models", () => {
  it("are made, filled, tagged, measured, searched, and are the outputs of their run", async () => {
    const { run_id, model_id, place } = await logModel({ MLmodel: MLMODEL, "sub/model.onnx": ONNX });
    await ok("POST", "runs/log-metric", { run_id, key: "auc", value: 0.75, timestamp: 1, step: 0, model_id });
    await ok("PATCH", `logged-models/${model_id}/tags`, { tags: [{ key: "team", value: "growth" }] });
    await ok("DELETE", `logged-models/${model_id}/tags/mlflow.user`);
    const { model } = await ok("GET", `logged-models/${model_id}`);
    expect(model.info).toMatchObject({
      model_id: expect.stringMatching(/^m-[0-9a-f]{32}$/),
      name: "model",
      status: "LOGGED_MODEL_READY",
      source_run_id: run_id,
      artifact_uri: `mlflow-artifacts:/0/models/${model_id}/artifacts`,
      tags: [{ key: "team", value: "growth" }],
    });
    expect(model.data.metrics).toMatchObject([{ key: "auc", value: 0.75, run_id, model_id }]);
    expect((await ok("GET", `runs/get?run_id=${run_id}`)).run.outputs).toEqual({
      model_outputs: [{ model_id, step: 0 }],
    });
    const found = async (filter: string) =>
      ((await ok("POST", "logged-models/search", { experiment_ids: ["0"], filter })).models as any[]).map(
        (each) => each.info.model_id,
      );
    expect(await found("metrics.auc > 0.5")).toEqual([model_id]);
    expect(await found("metrics.auc > 0.8")).toEqual([]);
    expect(await found("name = 'model' AND tags.team = 'growth'")).toEqual([model_id]);
    expect(await found("name = 'tree'")).toEqual([]);
    expect((await ok("GET", `logged-models/${model_id}/artifacts/directories`)).files).toEqual([
      { path: "MLmodel", is_dir: false, file_size: MLMODEL.length },
      { path: "sub", is_dir: true },
    ]);
    await ok("DELETE", `logged-models/${model_id}`);
    expect(await refused("GET", `logged-models/${model_id}`)).toMatchObject({ status: 404 });
    const late = await fetch(proxied(`${place}/late`), { method: "PUT", body: "x" });
    expect(late.status).toBe(404);
  });
});

describe("a model that is kept", () => {
  it("has versions with the files of their time, aliases and stages, and goes with all of it", async () => {
    const { run_id, model_id, place } = await logModel({
      MLmodel: "flavors: {sklearn: {}}",
      "model.pkl": "first",
    });
    await ok("POST", "registered-models/create", { name: "anything" });
    expect(await refused("POST", "registered-models/create", { name: "anything" })).toMatchObject({
      status: 400,
      code: "RESOURCE_ALREADY_EXISTS",
    });
    const first = await register("anything", model_id, [{ key: "data", value: "january" }]);
    expect(first).toMatchObject({ version: "1", status: "READY", run_id, current_stage: "None" });
    await fetch(proxied(`${place}/model.pkl`), { method: "PUT", body: "second" });
    expect((await register("anything", model_id)).version).toBe("2");
    const bytesOf = async (version: number) => {
      const { artifact_uri } = await ok(
        "GET",
        `model-versions/get-download-uri?name=anything&version=${version}`,
      );
      return (await fetch(proxied(`${placeOf(artifact_uri)}/model.pkl`))).text();
    };
    expect([await bytesOf(1), await bytesOf(2)]).toEqual(["first", "second"]);
    const { artifact_uri } = await ok("GET", "model-versions/get-download-uri?name=anything&version=1");
    const change = await fetch(proxied(`${placeOf(artifact_uri)}/model.pkl`), { method: "PUT", body: "x" });
    expect(change.status).toBe(400);

    await ok("POST", "registered-models/alias", { name: "anything", alias: "Champion", version: "1" });
    const named = await ok("GET", "registered-models/alias?name=anything&alias=Champion");
    expect(named.model_version).toMatchObject({ version: "1", aliases: ["Champion"] });
    expect(await refused("GET", "registered-models/alias?name=anything&alias=nobody")).toMatchObject({
      status: 400,
      code: "INVALID_PARAMETER_VALUE",
    });
    for (const alias of ["latest", "v12", "a b", ""])
      expect(
        await refused("POST", "registered-models/alias", { name: "anything", alias, version: "1" }),
      ).toMatchObject({ status: 400 });

    const stage = (version: string, to: string) =>
      ok("POST", "model-versions/transition-stage", { name: "anything", version, stage: to });
    await stage("1", "Production");
    expect((await stage("2", "production")).model_version.current_stage).toBe("Production");
    const latest = await ok("POST", "registered-models/get-latest-versions", { name: "anything" });
    expect(latest.model_versions.map((each: any) => [each.version, each.current_stage]).sort()).toEqual([
      ["1", "Archived"],
      ["2", "Production"],
    ]);
    const search = async (filter: string) =>
      (await ok("GET", `model-versions/search?filter=${encodeURIComponent(filter)}`)).model_versions.map(
        (each: any) => each.version,
      );
    expect(await search("name = 'anything'")).toEqual(["2", "1"]);
    expect(await search("name = 'anything' AND tags.data = 'january'")).toEqual(["1"]);
    const models = await ok(
      "GET",
      `registered-models/search?filter=${encodeURIComponent("name LIKE 'any%' AND tag.`mlflow.prompt.is_prompt` != 'true'")}`,
    );
    expect(models.registered_models.map(({ name }: any) => name)).toEqual(["anything"]);

    await stage("2", "Archived");
    const { health } = await app.client.query("{ health { problems { message } } }");
    expect(health.problems.filter(({ message }: any) => message.includes("anything"))).toEqual([]);
    await ok("DELETE", "registered-models/delete", { name: "anything" });
    expect(await refused("GET", "registered-models/get?name=anything")).toMatchObject({ status: 404 });
    expect(await app.sql("select 1 from model_version_files")).toEqual([]);
    await ok("POST", "registered-models/create", { name: "anything" });
    expect((await register("anything", model_id)).version).toBe("3");
  });

  it("is made of what asof holds, and of nothing elsewhere", async () => {
    await ok("POST", "registered-models/create", { name: "sources" });
    for (const source of [
      "/etc",
      "file:///etc",
      "s3://bucket/model",
      "models:/m-1",
      `runs:/${"0".repeat(32)}/model`,
      "mlflow-artifacts:/0/../x",
    ])
      expect([
        source,
        (await refused("POST", "model-versions/create", { name: "sources", source })).status,
      ]).toEqual([source, expect.toSatisfy((status: number) => status === 400 || status === 404)]);
    expect(
      (await ok("GET", "registered-models/get?name=sources")).registered_model.latest_versions,
    ).toBeUndefined();
  });
});

describe("files of asof's own runs", () => {
  const EXPORT = "00000000-0000-4000-8000-0000000000e1";
  const hex = EXPORT.replaceAll("-", "");

  it("are not registered: a copy would be masked by nobody and outlive an erasure", async () => {
    await app.sql(
      `insert into runs (id, kind, status, params, actor, started_at) values ($1, 'EXPORT', 'SUCCEEDED', '{}', 'ada', now())`,
      [EXPORT],
    );
    await app.sql("insert into artifact_blobs (sha256, bytes) values ('export', 'user_id,age')");
    await app.sql(
      "insert into artifacts (run_id, name, media_type, bytes, sha256) values ($1, 'data/rows.onnx', 'text/csv', 11, 'export')",
      [EXPORT],
    );
    await ok("POST", "registered-models/create", { name: "exported" });
    const before = await app.sql("select count(*)::int as count from model_versions");
    for (const name of ["exported", "churn"])
      for (const source of [`runs:/${hex}`, `runs:/${hex}/data`, `mlflow-artifacts:/1/${hex}/artifacts/data`])
        expect([
          name,
          source,
          await refused("POST", "model-versions/create", { name, source }),
        ]).toMatchObject([
          name,
          source,
          {
            status: 400,
            code: "INVALID_PARAMETER_VALUE",
            message: expect.stringContaining("is a EXPORT run"),
          },
        ]);
    expect(await app.sql("select 1 from model_version_files where sha256 = 'export'")).toEqual([]);
    expect(await app.sql("select count(*)::int as count from model_versions")).toEqual(before);
    expect(await app.sql("select 1 from artifacts where sha256 = 'export'")).toHaveLength(1);
  });

  it("nor is a version said to be of a run that is asof's own, or of none", async () => {
    const { model_id } = await logModel({ MLmodel: MLMODEL, "model.onnx": ONNX });
    await ok("POST", "registered-models/create", { name: "runs" });
    for (const name of ["runs", "churn"]) {
      const of = (run_id: string) =>
        refused("POST", "model-versions/create", { name, source: `models:/${model_id}`, run_id });
      expect(await of("f".repeat(32))).toMatchObject({ status: 404, code: "RESOURCE_DOES_NOT_EXIST" });
      expect(await of(hex)).toMatchObject({ status: 400, code: "INVALID_PARAMETER_VALUE" });
    }
    expect(
      (await ok("GET", "registered-models/get?name=runs")).registered_model.latest_versions,
    ).toBeUndefined();
  });
});

describe("the list of registered models", () => {
  it("has each with its own aliases and newest versions", async () => {
    const { model_id } = await logModel({ MLmodel: "flavors: {sklearn: {}}", "model.pkl": "x" });
    for (const [name, versions] of [
      ["list a", 1],
      ["list b", 2],
      ["list c", 0],
    ] as const) {
      await ok("POST", "registered-models/create", { name });
      for (let made = 0; made < versions; made++) await register(name, model_id);
      if (versions > 0)
        await ok("POST", "registered-models/alias", {
          name,
          alias: `of_${versions}`,
          version: String(versions),
        });
    }
    const filter = encodeURIComponent("name LIKE 'list %'");
    const { registered_models } = await ok("GET", `registered-models/search?filter=${filter}`);
    expect(
      registered_models.map(({ name, aliases, latest_versions }: any) => [
        name,
        aliases,
        latest_versions?.map(({ version, aliases }: any) => [version, aliases]),
      ]),
    ).toEqual([
      ["list a", [{ alias: "of_1", version: "1" }], [["1", ["of_1"]]]],
      ["list b", [{ alias: "of_2", version: "2" }], [["2", ["of_2"]]]],
      ["list c", undefined, undefined],
    ]);
  });
});

describe("a model that the deployment serves", () => {
  it("is judged, then named, promoted through the gates and served", async () => {
    const { model_id, run_id } = await logModel({ MLmodel: MLMODEL, "model.onnx": ONNX });
    expect(await refused("POST", "registered-models/create", { name: "churn" })).toMatchObject({
      code: "RESOURCE_ALREADY_EXISTS",
    });
    const asked = await register("churn", model_id);
    const judged = await settled("churn", asked.version);
    expect(judged).toMatchObject({ status: "READY", run_id, source: `models:/${model_id}` });
    await ok("POST", "registered-models/alias", {
      name: "churn",
      alias: "challenger",
      version: asked.version,
    });
    const { predict } = await app.client.query(
      'query($id: ID!) { predict(userId: $id, alias: "challenger") { probability modelVersion { version } } }',
      { id: (await app.sql("select user_id from users order by 1 limit 1"))[0]!.user_id },
    );
    expect(predict.modelVersion.version).toBe(Number(asked.version));
    expect(predict.probability).toBeGreaterThanOrEqual(0);
    // Its run goes on: what the gates read is what asof measured.
    await ok("POST", "runs/log-metric", { run_id, key: "roc_auc", value: 1, timestamp: 1, step: 99 });
    await ok("POST", "runs/update", { run_id, status: "FINISHED" });
    const again = await register("churn", model_id);
    expect((await settled("churn", again.version)).status).toBe("READY");
  });

  it("takes Production over from a version that was only kept before the deployment came to serve the name", async () => {
    const { model_id } = await logModel({ MLmodel: MLMODEL, "model.onnx": ONNX });
    const { version } = await settled("churn", (await register("churn", model_id)).version);
    const [{ kept }] = (await app.sql(
      `insert into model_versions (model, version, algorithm, source, stage)
       values ('churn', 900, 'EXTERNAL', 'models:/kept', 'PRODUCTION') returning version as kept`,
    )) as [{ kept: number }];
    const { promote } = await app.client.query(
      "mutation($input: PromoteInput!) { promote(input: $input) { version stage } }",
      { input: { version: Number(version), force: true, reason: "it is judged" } },
    );
    expect(promote).toEqual({ version: Number(version), stage: "PRODUCTION" });
    expect(
      await app.sql(
        "select version, from_stage, to_stage, reason from stage_transitions where model = 'churn' order by id desc limit 2",
      ),
    ).toEqual([
      { version: Number(version), from_stage: "NONE", to_stage: "PRODUCTION", reason: "it is judged" },
      {
        version: kept,
        from_stage: "PRODUCTION",
        to_stage: "ARCHIVED",
        reason: `replaced by version ${version}`,
      },
    ]);
  });

  it("is FAILED with the reason where it is a pickle, and its files are kept all the same", async () => {
    const { model_id } = await logModel({
      MLmodel: "flavors: {python_function: {}, sklearn: {}}",
      "model.pkl": "x",
    });
    const asked = await register("churn", model_id);
    const failed = await settled("churn", asked.version);
    expect(failed.status).toBe("FAILED_REGISTRATION");
    expect(failed.status_message).toContain(
      "there is no ONNX file: it is of the flavors python_function, sklearn; served models need an ONNX file: mlflow.onnx.log_model(…, save_as_external_data=False)",
    );
    expect(
      await refused("POST", "model-versions/transition-stage", {
        name: "churn",
        version: asked.version,
        stage: "Production",
      }),
    ).toMatchObject({ status: 409, code: "RESOURCE_CONFLICT" });
    expect(await refused("DELETE", "registered-models/delete", { name: "churn" })).toMatchObject({
      status: 400,
    });
  });
});

describe("MLmodel", () => {
  it("is read as plain data, up to a size, without aliases", () => {
    expect(readMlmodel(MLMODEL)).toEqual({
      flavors: ["python_function", "onnx"],
      onnxPath: "model.onnx",
      inputs: ["plan_stream_tv", "skips_7d"],
    });
    for (const text of [
      "a: &a [1]\nflavors: {x: *a}",
      "[",
      "- 1",
      "x".repeat(10),
      "flavors: !!js/function 'x'",
    ])
      expect([
        null,
        { flavors: [], onnxPath: null, inputs: [] },
        { flavors: ["x"], onnxPath: null, inputs: [] },
      ]).toContainEqual(readMlmodel(text));
    expect(readMlmodel("a: &a [1]\nflavors: {x: *a}")).toBeNull();
    expect(readMlmodel('signature: {inputs: \'[{"type": "tensor"}]\'}')?.inputs).toEqual([]);
  });
});

const SAMPLES = resolve("../shared/interop/mlflow3_samples.json");
describe.skipIf(!existsSync(SAMPLES))("recorded answers", () => {
  it("have the fields that the client reads here, too", async () => {
    const recorded = JSON.parse(readFileSync(SAMPLES, "utf8")) as { endpoint: string; samples: any[] }[];
    const sampleOf = (endpoint: string) =>
      recorded.find((each) => each.endpoint === endpoint)!.samples.find(({ status }) => status === 200)
        .response;
    const { model_id } = await logModel({ MLmodel: "flavors: {sklearn: {}}", "model.pkl": "x" });
    await ok("POST", "registered-models/create", { name: "recorded" });
    const version = await register("recorded", model_id);
    const answers: [string, unknown][] = [
      ["GET /api/2.0/mlflow/logged-models/{model_id}", await ok("GET", `logged-models/${model_id}`)],
      ["POST /api/2.0/mlflow/model-versions/create", { model_version: version }],
      ["GET /api/2.0/mlflow/registered-models/get", await ok("GET", "registered-models/get?name=recorded")],
      [
        "GET /api/2.0/mlflow/model-versions/get-download-uri",
        await ok("GET", "model-versions/get-download-uri?name=recorded&version=1"),
      ],
    ];
    for (const [endpoint, answer] of answers) {
      expect([endpoint, missingIn(sampleOf(endpoint), answer)]).toEqual([endpoint, []]);
    }
  });
});

/** Paths of fields that the recorded answer has and this one lacks, or has of another type. */
function missingIn(recorded: any, answer: any, path = ""): string[] {
  if (Array.isArray(recorded)) return Array.isArray(answer) ? [] : [path];
  if (typeof recorded !== "object" || recorded === null)
    return typeof recorded === typeof answer ? [] : [path];
  return Object.keys(recorded).flatMap((key) =>
    key === "tags" || key === "aliases" ? [] : missingIn(recorded[key], answer?.[key], `${path}.${key}`),
  );
}
