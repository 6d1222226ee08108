import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readCategories } from "../../../src/features/export-shape.js";
import type { ModelSignature } from "../../../src/registry/model.js";
import { feedsOf, inputPlan } from "../../../src/serving/encoder.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import type { FinishedRun } from "../../support/graphql.js";
import { ingestMonth, JANUARY, learnableMonth, USERS } from "../../support/months.js";
import { matrixModel, perFeatureModel } from "../../support/onnx.js";
import { refusal, type Tracker, tracker } from "../../support/tracker.js";

vi.setConfig({ testTimeout: 180_000 });

const CODES = ["DSL", "Fiber optic", "No"];
const WEIGHTS = { net_service: 0.75, skips_7d: 0.1 };
const FEATURES = ["net_service", "skips_7d", "monthly_fee"];

let app: TestApp;
let client: Tracker;
let run: FinishedRun;
beforeAll(async () => {
  app = await startTestApp();
  client = tracker(app);
  await ingestMonth(app, JANUARY, withServices());
  run = await exported({ asOfFrom: JANUARY, features: FEATURES, encoding: "ORDINAL", heldOut: {} });
}, 180_000);
afterAll(() => app?.stop());

/** Every fifth has no value, every seventh another one. */
function withServices() {
  const files = learnableMonth();
  const [header, ...rows] = files.subscriptions!;
  const place = header!.split(",").indexOf("net_service");
  const lines = rows.map((row, i) => {
    const cells = row.split(",");
    cells[place] = i % 5 === 0 ? "" : i % 7 === 0 ? "No" : CODES[i % 2]!;
    return cells.join(",");
  });
  return { ...files, subscriptions: [header!, ...lines] };
}

async function exported(input: Record<string, unknown>): Promise<FinishedRun> {
  const { exportTrainingSet } = await app.client.query(
    "mutation($input: ExportTrainingSetInput!) { exportTrainingSet(input: $input) { id } }",
    { input },
  );
  const finished = await app.client.finished(exportTrainingSet.id);
  expect(finished.error).toBeNull();
  return finished;
}

async function bytesOf(of: FinishedRun, name: string): Promise<Buffer> {
  const artifact = of.artifacts.find((each) => each.name === name)!;
  return Buffer.from(await (await fetch(new URL(artifact.url, app.asof.address))).arrayBuffer());
}
const fileOf = async (of: FinishedRun, name: string) => new Uint8Array(await bytesOf(of, name)).buffer;

const REGISTER = `mutation($input: RegisterModelInput!) { registerModel(input: $input) {
  version status signature { features { name kind type encoded } } } }`;
async function register(onnx: Uint8Array, more: Record<string, unknown>) {
  const { id: runId } = await client.create();
  const input = { runId, onnx: Buffer.from(onnx).toString("base64"), ...more };
  return (await app.client.query(REGISTER, { input })).registerModel;
}

/** By user: its code as the file has it. */
async function codesByUser(): Promise<Map<string, number | null>> {
  const rows = await parquetReadObjects({ file: await fileOf(run, "training_set.parquet") });
  return new Map(rows.map(({ user_id, net_service }) => [user_id, net_service]));
}

describe("an export with encoded categories", () => {
  it("has for each text its place in a list that is kept with the run and in the file; empty stays empty", async () => {
    const list = JSON.parse((await bytesOf(run, "categories.json")).toString());
    expect(list).toEqual({ net_service: CODES });
    const file = await fileOf(run, "training_set.parquet");
    const { schema, key_value_metadata } = parquetMetadata(file);
    expect(schema.find(({ name }) => name === "net_service")).toMatchObject({
      ...{ type: "INT32", repetition_type: "OPTIONAL" },
    });
    const about = Object.fromEntries(key_value_metadata!.map(({ key, value }) => [key, JSON.parse(value!)]));
    expect(about["asof.categories"]).toEqual(list);
    const codes = await codesByUser();
    const values = await app.sql<{ user_id: string; net_service: string | null }>(
      "select user_id, net_service from subscriptions",
    );
    expect(codes.size).toBe(USERS.length);
    for (const { user_id, net_service } of values)
      expect(codes.get(user_id)).toBe(net_service === null ? null : CODES.indexOf(net_service));
    const csv = (await bytesOf(run, "training_set.csv")).toString().split("\n");
    expect(csv.slice(1, 4).map((line) => line.split(",")[2])).toEqual(
      USERS.slice(0, 3).map((user) => String(codes.get(user) ?? "")),
    );
    const manifest = JSON.parse((await bytesOf(run, "training_set.json")).toString());
    expect(manifest.categories).toBe("categories.json");
    expect(manifest.columns.slice(2, 4)).toEqual([
      { name: "net_service", type: "int", categories: 3 },
      { name: "skips_7d", type: "int" },
    ]);
  });

  it("has the same bytes each time", async () => {
    const again = await exported({
      ...{ asOfFrom: JANUARY, features: FEATURES, encoding: "ORDINAL", heldOut: {} },
    });
    const hashes = (of: FinishedRun) => of.artifacts.map(({ name, sha256 }) => [name, sha256]);
    expect(hashes(again)).toEqual(hashes(run));
  });
});

describe("the categories of a feature", () => {
  const columns = [{ name: "plan", type: "string", required: false } as const];
  const read = async (values: readonly (string | null)[]) => {
    async function* rows() {
      for (const value of values) yield [value];
    }
    return readCategories(rows(), columns, ["plan"]);
  };

  it("are in the order of their UTF-8 bytes, the empty text among them, an empty value not", async () => {
    const plan = ["", "10", "9", "Z", "a", "é", "\uffee", "\u{1F600}"];
    expect(await read([...plan.toReversed(), null, "a"])).toEqual({ plan });
  });

  it("are refused where they are more than anybody could learn from", async () => {
    const many = Array.from({ length: 10_001 }, (_, i) => `plan ${i}`);
    expect((await read(many.slice(1))).plan).toHaveLength(10_000);
    await expect(read(many)).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      message:
        "encoding: plan has more than 10000 categories in these rows; leave it out of features, or export it as text",
    });
  });
});

describe("a model that was trained on it", () => {
  it("takes the codes of the stored texts, as its trainer saw them", async () => {
    const registered = await register(perFeatureModel(WEIGHTS, -1, 5), { trainedOn: run.id });
    expect(registered).toMatchObject({
      status: "READY",
      signature: {
        features: expect.arrayContaining([
          { name: "net_service", kind: "categorical", type: "string", encoded: true },
          { name: "skips_7d", kind: "numeric", type: "int", encoded: false },
        ]),
      },
    });
    const codes = await codesByUser();
    const skips = new Map(
      (await app.sql("select user_id, skips_7d from usage_agg_30d")).map((row: any) => [
        row.user_id,
        row.skips_7d,
      ]),
    );
    const asked = USERS.slice(0, 40);
    const { predictMany } = await app.client.query(
      `query($userIds: [ID!]!, $version: Int!) {
        predictMany(userIds: $userIds, version: $version) { prediction { probability } } }`,
      { userIds: asked, version: registered.version },
    );
    const expected = asked.map((user) => {
      const z = WEIGHTS.net_service * (codes.get(user) ?? 5) + WEIGHTS.skips_7d * skips.get(user) - 1;
      return 1 / (1 + Math.exp(-z));
    });
    for (const [i, { prediction }] of predictMany.entries())
      expect(prediction.probability).toBeCloseTo(expected[i]!, 6);
    expect(new Set(asked.map((user) => codes.get(user))).size).toBe(4);
  });

  it("takes them in a matrix beside numbers; without the export a text is no number", async () => {
    const signature = { inputs: [{ name: "X", features: ["skips_7d", "net_service"] }] };
    // A matrix that cannot do without a value is refused where one is empty.
    const refused = await refusal(register(matrixModel([0.1, 0.75]), { trainedOn: run.id, signature }));
    expect(refused.message).toMatch(/empty there: net_service; let the model itself take missing values$/);
    const elsewhere = await refusal(register(perFeatureModel(WEIGHTS, -1, 5), { asOf: JANUARY }));
    expect(elsewhere).toMatchObject({ code: "BAD_USER_INPUT" });
    expect(elsewhere.message).toMatch(/its input "net_service" is float32; net_service needs string/);
  });

  it("takes a category that the export did not have, and an empty one, as missing", () => {
    const signature: ModelSignature = {
      inputs: [{ name: "X", type: "float32", shape: [null, 2], features: ["net_service", "skips_7d"] }],
      outputs: [],
      features: [
        { name: "net_service", kind: "categorical", type: "string", categories: CODES },
        { name: "skips_7d", kind: "numeric", type: "int" },
      ],
    };
    const values = ["No", "Satellite", null, "", "DSL"];
    const [feed] = feedsOf(
      inputPlan(signature),
      values.map((net_service) => ({ net_service, skips_7d: 3 })),
    );
    expect([...(feed!.data as Float32Array)]).toEqual([
      ...[2, 3, Number.NaN, 3, Number.NaN, 3, Number.NaN, 3, 0, 3],
    ]);
  });

  it("cannot be registered any more once the export's files were erased with somebody's rows", async () => {
    const own = await exported({
      asOfFrom: JANUARY,
      features: FEATURES,
      encoding: "ORDINAL",
      formats: ["CSV"],
    });
    const { eraseUser } = await app.client.query(
      `mutation { eraseUser(userId: "${USERS.at(-1)}", reason: "request 17") { id } }`,
    );
    expect((await app.client.finished(eraseUser.id)).error).toBeNull();
    expect(await refusal(register(perFeatureModel(WEIGHTS, -1, 5), { trainedOn: own.id }))).toMatchObject({
      code: "CONFLICT",
      message: expect.stringMatching(/^the files of run .* are gone, as rows that it read were erased/),
    });
  });
});
