import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool, type Pool } from "../../src/db/pool.js";
import { findService } from "../../src/definitions/language/deployment.js";
import { serviceFeatures } from "../../src/definitions/language/service-features.js";
import { readTrainingRows } from "../../src/features/training-rows.js";
import { heldByRegistration } from "../../src/jobs/register/register-files.js";
import { ModelStore } from "../../src/registry/model-store.js";
import { chooseRows } from "../../src/serving/chosen-rows.js";
import { binary } from "../../src/training/tasks/binary/binary.task.js";
import { stratifiedSplit } from "../../src/training/tasks/stratified.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { testing } from "../support/deployment/testing.js";
import { ingestMonth, JANUARY, learnableMonth } from "../support/months.js";
import { namedClassesModel, perFeatureModel } from "../support/onnx.js";
import { refusal, type Tracker, tracker } from "../support/tracker.js";
import { until } from "../support/until.js";

let app: TestApp;
let client: Tracker;
let pool: Pool;
beforeAll(async () => {
  app = await startTestApp();
  pool = createPool(app.url, 3);
  client = tracker(app);
  await ingestMonth(app, JANUARY, learnableMonth());
}, 180_000);
afterAll(async () => {
  await pool?.end();
  await app?.stop();
});

const FIELDS = `version status statusMessage threshold signature { features { name } } trainedOn { id } snapshots { asOf }
  servable notServable run { id status } judgedBy { id kind status outcome { ... on RegisterOutcome { rows scoredRows heldOutRows sample } } }`;
const REGISTER = `mutation($input: RegisterModelInput!) { registerModel(input: $input) { ${FIELDS} } }`;
const VERSION = `query($version: Int!) { modelVersion(model: "churn", version: $version) { ${FIELDS} } }`;
const HALF = perFeatureModel({ plan_stream_tv: 2, skips_7d: 0.1 }, -5, 5);

async function register(onnx: Uint8Array, more: Record<string, unknown> = {}) {
  const { id: runId } = await client.create();
  const input = { runId, onnx: Buffer.from(onnx).toString("base64"), asOf: JANUARY, ...more };
  return (await app.client.query(REGISTER, { input })).registerModel;
}

const settled = (version: number) =>
  until(
    "it is judged",
    async () => {
      const { modelVersion } = await app.client.query(VERSION, { version });
      const isOver = !["QUEUED", "RUNNING"].includes(modelVersion.judgedBy.status);
      return modelVersion.status !== "PENDING" && isOver && modelVersion;
    },
    120_000,
  );

describe("a version that is not waited for", () => {
  it("is PENDING, then READY by its run, and can be promoted only then", async () => {
    const asked = await register(HALF, { waitSeconds: 0 });
    expect(asked.judgedBy.kind).toBe("REGISTER");
    if (asked.status === "PENDING") {
      expect(asked).toMatchObject({ threshold: null, signature: null, servable: false });
      expect(asked.notServable).toMatch(/^it is not judged yet; follow run /);
    }
    const judged = await settled(asked.version);
    expect(judged).toMatchObject({ status: "READY", statusMessage: null, servable: true });
    expect(judged.run.status).toBe("SUCCEEDED");
    const { rows, scoredRows, heldOutRows, sample } = judged.judgedBy.outcome;
    expect(scoredRows).toBe(rows);
    expect(sample).toBe(`all ${heldOutRows} held-out rows of snapshot ${JANUARY} revision 1`);
  });

  it("is FAILED with the reason where the file is refused, stays on record, and another file may follow", async () => {
    const { id: runId } = await client.create();
    const bad = perFeatureModel({ plan_stream_tv: Number.NaN, skips_7d: 0.1 }, -5, 5);
    const input = { runId, onnx: Buffer.from(bad).toString("base64"), asOf: JANUARY, waitSeconds: 0 };
    const { registerModel: asked } = await app.client.query(REGISTER, { input });
    const failed = await settled(asked.version);
    expect(failed.status).toBe("FAILED");
    expect(failed.statusMessage).toMatch(/^the model was not registered: /);
    expect(failed.run.status).toBe("RUNNING");
    const { version } = failed;
    const promote = `mutation { promote(input: { version: ${version} }) { version } }`;
    expect(await refusal(app.client.query(promote))).toMatchObject({
      code: "CONFLICT",
      message: expect.stringMatching(
        /^version \d+ of "churn" is FAILED: the model was not registered: .*; register another file$/s,
      ),
    });
    expect(
      await refusal(
        app.client.query(`mutation { setModelAlias(alias: "x", version: ${version}) { version } }`),
      ),
    ).toMatchObject({ code: "CONFLICT" });
    const again = await register(HALF, { runId });
    expect(again).toMatchObject({ status: "READY", run: { id: runId, status: "SUCCEEDED" } });
    expect(again.version).toBeGreaterThan(version);
    await app.client.query(`mutation { deleteModelVersion(version: ${version}) { name } }`);
  });

  it("is refused at once, and no version, where the file is no model", async () => {
    const before = await app.sql("select count(*)::int as n from model_versions");
    expect((await refusal(register(Buffer.from("nothing"), { waitSeconds: 0 }))).code).toBe("BAD_USER_INPUT");
    expect(await app.sql("select count(*)::int as n from model_versions")).toEqual(before);
    expect(await refusal(register(HALF, { waitSeconds: 61 }))).toEqual({
      code: "BAD_USER_INPUT",
      message: "input.waitSeconds: 0 to 60 was expected; got 61",
    });
  });
});

it("services that keep the trainer's run open register it any number of times, and record what is refused", async () => {
  const { id: runId } = await client.create();
  const { tracking, models } = app.asof.services;
  const of = {
    model: "churn",
    runId,
    artifact: "model/model.onnx",
    asOf: JANUARY,
    seed: 42,
    testFraction: 0.25,
    signature: {},
  };
  const open = { ...of, keepsRunOpen: true, recordRefusal: true };
  const onnx = { name: "model/model.onnx", mediaType: "application/octet-stream", bytes: HALF };
  const first = await tracking.register(
    { ...open, onnx, source: "runs:/x/model", tags: { by: "a test" } },
    "mary",
    0,
  );
  const second = await tracking.register({ ...open, onnx }, "mary", 0);
  const pickle = await tracking.register({ ...open, refusal: "served models need an ONNX file" }, "mary", 0);
  const wrong = await tracking.register(
    { ...open, onnx: { ...onnx, bytes: namedClassesModel([1, 1], 0, ["a", "b"], "a") } },
    "mary",
    0,
  );
  const states = await Promise.all([first, second, pickle, wrong].map(({ version }) => settled(version)));
  expect(states.map(({ status, statusMessage }) => [status, statusMessage])).toEqual([
    ["READY", null],
    ["READY", null],
    ["FAILED", "served models need an ONNX file"],
    ["FAILED", expect.stringContaining('its input "X" is no feature')],
  ]);
  expect(states[2].statusMessage).toBe("served models need an ONNX file");
  expect(states[3].statusMessage).toMatch(/its input "X" is no feature/);
  expect(await models.findVersion("churn", first.version)).toMatchObject({
    source: "runs:/x/model",
    tags: { by: "a test" },
  });
  expect(await client.run(runId)).toMatchObject({ status: "RUNNING", metrics: [], artifacts: [] });
});

it("keeps its files under names of its own, whatever the trainer calls the model; that is kept once", async () => {
  const { id: runId } = await client.create();
  const bytes = Buffer.from(HALF);
  // A name that the run that judges it has a meaning for.
  expect((await client.upload(runId, "expected.json", bytes)).status).toBe(201);
  const [labelled] = await app.sql<{ user_id: string }>("select user_id from labels order by 1 limit 1");
  const expected = [{ userId: labelled!.user_id, probability: 0.5 }];
  const { registerModel: version } = await app.client.query(REGISTER, {
    input: { runId, artifact: "expected.json", asOf: JANUARY, expected, expectedTolerance: 1 },
  });
  expect(version.status).toBe("READY");
  const files = await app.sql(
    "select name, sha256 = (select sha256 from artifacts where run_id = $2) as model from artifacts where run_id = $1 order by name",
    [version.judgedBy.id, runId],
  );
  expect(files.filter(({ name }) => !name.startsWith("evaluation/"))).toEqual([
    { name: "expected.json", model: false },
    { name: "model.onnx", model: true },
  ]);
  for (const { name } of files)
    expect([name, heldByRegistration(name, { model: "churn" }, testing)?.length ?? null]).toEqual([
      name,
      name === "model.onnx" ? serviceFeatures(findService(testing, "churn")!).length : 0,
    ]);
  expect(heldByRegistration("weights.bin", { model: "churn" }, testing)).toBeNull();
});

it("a run that ends by its registration comes to one version: one that failed is not retried beside another", async () => {
  const { id: runId } = await client.create();
  const bad = perFeatureModel({ plan_stream_tv: Number.NaN, skips_7d: 0.1 }, -5, 5);
  const input = { runId, onnx: Buffer.from(bad).toString("base64"), asOf: JANUARY, waitSeconds: 0 };
  const { registerModel: asked } = await app.client.query(REGISTER, { input });
  const failed = await settled(asked.version);
  expect(failed.status).toBe("FAILED");
  // What failed seals nothing: the trainer goes on.
  await client.metrics(runId, [{ name: "loss", value: 0.5, step: 1 }]);
  const { judgedBy } = await register(HALF, { runId });
  expect(judgedBy.status).toBe("SUCCEEDED");
  const models = new ModelStore(pool);
  expect((await models.findOwn(runId)).map((each) => each.judgedBy)).toEqual([judgedBy.id]);
  expect((await models.findVersionsByRun([runId, failed.judgedBy.id])).map((each) => each!.version)).toEqual([
    expect.any(Number),
    failed.version,
  ]);
});

describe("a sample of the labelled rows", () => {
  it.each([
    { most: 100, testFraction: 0.25, seed: 42 },
    { most: 100, testFraction: 0.5, seed: 1 },
    { most: 7, testFraction: 0.05, seed: 4_294_967_295 },
    { most: 239, testFraction: 0.33, seed: 3 },
    { most: 1_000, testFraction: 0.25, seed: 3 },
  ])("is what every k-th row of the whole split is ($most, $testFraction, $seed)", async (sample) => {
    const service = findService(testing, "churn")!;
    const [snapshot] = await app.sql<{ id: number }>("select id from snapshots order by id limit 1");
    const ids = { features: snapshot!.id, label: snapshot!.id };
    const rows: { key: string; label: number }[] = [];
    for await (const { key, label } of readTrainingRows(pool, testing, service, ids))
      rows.push({ key, label: Number(label) });
    const keys = rows.map(({ key }) => key);
    const labels = Uint8Array.from(rows, ({ label }) => label);
    const split = stratifiedSplit(keys, labels, sample.testFraction, sample.seed);
    const evenly = (of: Uint32Array, most: number) =>
      of.length <= most
        ? [...of]
        : Array.from({ length: most }, (_, i) => of[Math.floor((i * of.length) / most)]!);
    const test = evenly(split.test, Math.max(1, Math.round(sample.most * sample.testFraction)));
    const train = evenly(split.train, Math.max(1, sample.most - test.length));

    const chosen = await chooseRows(pool, testing, service, ids, binary, {
      split: { rule: "RANKS", seed: sample.seed, testFraction: sample.testFraction },
      most: sample.most,
    });
    expect(chosen).toMatchObject({
      ...{ size: test.length + train.length, heldOut: test.length },
      ...{ allHeldOut: split.test.length, total: keys.length },
    });
    const among = chosen.among(keys);
    const sorted = (of: readonly number[]) => [...of].sort((a, b) => a - b);
    expect([[...among.test], [...among.train]]).toEqual([sorted(test), sorted(train)]);
    expect(keys.filter((key) => chosen.has(key))).toHaveLength(chosen.size);
  });
});

it("of more rows than asked for a sample is judged: of the held-out users those alone", async () => {
  const { version, judgedBy } = await register(HALF, { maxRows: 100, seed: 7 });
  const rows = await app.sql<{ user_id: string; churn_label: boolean }>(
    'select user_id, churn_label from labels order by user_id collate "C"',
  );
  const { outcome } = judgedBy;
  const keys = rows.map(({ user_id }) => user_id);
  const { test } = stratifiedSplit(
    keys,
    Uint8Array.from(rows, (row) => Number(row.churn_label)),
    0.25,
    7,
  );
  expect(outcome).toMatchObject({ rows: rows.length, scoredRows: 100, heldOutRows: 25 });
  expect(outcome.sample).toBe(
    `25 of the ${test.length} held-out rows of snapshot ${JANUARY} revision 1, evenly by the hash of their keys; the threshold on 75 of the others`,
  );
  expect(version).toBeGreaterThan(0);
});

it("knows the export it was trained from, is judged on its last date unless told, and keeps its snapshots", async () => {
  const { exportTrainingSet } = await app.client.query(
    `mutation { exportTrainingSet(input: { asOfFrom: "${JANUARY}", formats: [CSV] }) { id } }`,
  );
  const { id } = exportTrainingSet;
  await until("it is exported", async () => (await client.run(id)).status === "SUCCEEDED");
  const version = await register(HALF, { asOf: null, trainedOn: id });
  expect(version).toMatchObject({ status: "READY", trainedOn: { id }, snapshots: [{ asOf: JANUARY }] });
  expect((await refusal(client.delete(id))).code).toBe("CONFLICT");
  const [ingest] = await app.sql("select id from runs where kind = 'INGEST' limit 1");
  expect(await refusal(register(HALF, { trainedOn: ingest!.id }))).toMatchObject({
    code: "BAD_USER_INPUT",
    message: expect.stringMatching(
      /^trainedOn: an EXPORT run that succeeded was expected; run .* is a INGEST run, SUCCEEDED$/,
    ),
  });
  expect((await refusal(register(HALF, { asOf: null }))).message).toMatch(
    /^asOf: the date it is judged on was expected/,
  );
});
