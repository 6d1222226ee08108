import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool } from "../../src/db/pool.js";
import { findRunFacts } from "../../src/lineage/run-facts.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { exported, imported, member, memberBytes, named, repacked } from "../support/archives.js";
import { asofHere } from "../support/cli.js";
import { type Cluster, startCluster } from "../support/cluster.js";
import { ingestMonth, JANUARY, learnableMonth, PROMOTE, STRONG, trained, USERS } from "../support/months.js";
import { ensembleModel, type Grown } from "../support/onnx.js";
import { tracker } from "../support/tracker.js";

/** Where versions are trained, and where they are to serve: a process and a database each. */
let staging: TestApp;
let production: TestApp;
let cluster: Cluster;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "asof-moved-"));
  cluster = await startCluster();
  const [app, { client }] = await Promise.all([startTestApp(), cluster.start("all")]);
  staging = app;
  const { dataDir, url, sql } = cluster;
  production = { ...app, client, dataDir, url, sql };
  await ingestMonth(staging, JANUARY, learnableMonth());
  await ingestMonth(production, JANUARY, learnableMonth());
});
afterAll(async () => {
  await staging?.stop();
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const VERSION = `query($version: Int!) { modelVersion(model: "churn", version: $version) { stage status algorithm sha256 threshold servable
  importedFrom { archive algorithm signedBy origin { deployment model version runId } from { deployment version runId } }
  judgedBy { id kind artifacts { name sha256 } } auc: metric(name: "auc") evaluation { rows } snapshots { asOf } } }`;
const versionOf = async ({ client }: Pick<TestApp, "client">, version: number) =>
  (await client.query(VERSION, { version })).modelVersion;

const ANSWERS = `query($ids: [ID!]!, $version: Int!) { predictMany(userIds: $ids, version: $version) { prediction {
  probability prediction baseValue contributions { feature value contribution } } } }`;
const answersOf = async ({ client }: Pick<TestApp, "client">, version: number) =>
  (await client.query(ANSWERS, { ids: USERS.slice(0, 60), version })).predictMany;

describe.each(["GRADIENT_BOOSTING", "RANDOM_FOREST", "LOGISTIC_REGRESSION"])(
  "a version that %s trained",
  (algorithm) => {
    it("moves to another deployment and back, and answers the same to the bit, with its explanations", async () => {
      const run = await trained(staging, {
        ...{ asOf: JANUARY, algorithm, seed: 7 },
        ...(algorithm === "GRADIENT_BOOSTING" && { params: STRONG }),
      });
      const { version } = run.modelVersion!;
      const file = await exported(staging, version);
      expect((await exported(staging, version)).equals(file)).toBe(true);

      const there = await imported(production, file);
      expect(there).toMatchObject({ status: 201, body: { model: "churn", is_new: true, status: "READY" } });
      const moved = await versionOf(production, there.body.version);
      const origin = { deployment: "testing", model: "churn", version, runId: run.id };
      expect(moved).toMatchObject({
        stage: "NONE",
        servable: true,
        algorithm: "EXTERNAL",
        importedFrom: { archive: there.body.archive, algorithm, signedBy: null, origin, from: { version } },
        judgedBy: { kind: "REGISTER" },
      });
      const here = await versionOf(staging, version);
      expect(moved.threshold).toBe(here.threshold);
      expect(moved.sha256).toBe(here.sha256);
      // The same rows, held out alike: what was measured anew is what was measured there.
      expect(moved.auc).toBeCloseTo(here.auc, 9);
      expect(moved.evaluation.rows).toBe(here.evaluation.rows);
      expect(await answersOf(production, there.body.version)).toEqual(await answersOf(staging, version));
      const [{ prediction }] = await answersOf(production, there.body.version);
      expect(prediction.baseValue).toEqual(expect.any(Number));
      expect(prediction.contributions.length).toBeGreaterThan(5);
      const { promote } = await production.client.query(PROMOTE, {
        input: { version: there.body.version, force: algorithm !== "GRADIENT_BOOSTING", reason: "moved" },
      });
      expect(promote.stage).toBe("PRODUCTION");

      const again = await imported(production, file);
      expect(again).toMatchObject({ status: 200, body: { version: there.body.version, is_new: false } });
      const back = await exported(production, there.body.version);
      expect(member(back, "manifest.json")).toMatchObject({
        origin,
        algorithm,
        version: { version: there.body.version },
      });
      expect(await imported(staging, back)).toMatchObject({ status: 200, body: { version, is_new: false } });
      const manifest = moved.judgedBy.artifacts.find(({ name }: any) => name === "source/manifest.json");
      expect(manifest.sha256).toBe(there.body.archive);
    });
  },
);

const split = (column: number, limit: number, left: Grown, right: Grown): Grown => ({
  column,
  limit,
  left,
  right,
});
const TREE = split(0, 1.5, split(1, 2.5, { adds: [-1.5] }, { adds: [1.25] }), { adds: [2] });

it("lineage has the archive's manifest as what the registration read", async () => {
  const run = await trained(staging, { asOf: JANUARY, seed: 21, params: STRONG });
  const { body } = await imported(production, await exported(staging, run.modelVersion!.version));
  const pool = createPool(production.url, 1);
  const change = {
    id: "9007199254740991",
    runId: body.run,
    at: new Date(),
    kind: "REGISTER",
    status: "SUCCEEDED",
  } as const;
  const facts = await findRunFacts(pool, {
    ...change,
    attempt: 1,
    wasRunning: true,
    isLast: true,
    data: null,
  });
  await pool.end();
  expect(facts).toMatchObject({ uploads: [{ sha256: body.archive }], versions: [{ version: body.version }] });
  const manifest = await fetch(`${production.client.address}/artifacts/${body.archive}`);
  expect(((await manifest.json()) as any).origin.runId).toBe(run.id);
});

it("a version that was made elsewhere moves with the class that it answers of", async () => {
  const client = tracker(staging);
  const onnx = ensembleModel([TREE], ["stays", "leaves"], { columns: 2, post: "LOGISTIC", impute: 5 });
  const input = {
    ...{ runId: (await client.create()).id, onnx: Buffer.from(onnx).toString("base64"), asOf: JANUARY },
    signature: { inputs: [{ name: "X", features: ["plan_stream_tv", "skips_7d"] }] },
    positiveClass: "stays",
  };
  const { registerModel } = await staging.client.query(
    "mutation($input: RegisterModelInput!) { registerModel(input: $input) { version } }",
    { input },
  );
  const file = await exported(staging, registerModel.version);
  // Who it is compared with, and what it was judged by, are rows of persons: they stay.
  expect(member(file, "manifest.json")).toMatchObject({ leftBehind: ["background.json"] });
  for (const user of USERS) expect(file.includes(user)).toBe(false);
  const { body } = await imported(production, file);
  expect(body).toMatchObject({ is_new: true, status: "READY" });
  expect(await answersOf(production, body.version)).toEqual(await answersOf(staging, registerModel.version));
});

describe("an import", () => {
  let file: Buffer<ArrayBuffer>;
  let version: number;
  beforeAll(async () => {
    const run = await trained(staging, { asOf: JANUARY, seed: 11, params: STRONG });
    version = run.modelVersion!.version;
    file = await exported(staging, version);
  });
  const counts = () =>
    production.sql(
      `select (select count(*) from model_versions)::int as versions, (select count(*) from runs)::int as runs,
         (select count(*) from artifacts)::int as artifacts, (select count(*) from artifact_blobs)::int as blobs`,
    );

  it("of a damaged file registers nothing", async () => {
    const before = await counts();
    const damaged: Buffer<ArrayBuffer>[] = [
      file.subarray(0, -1_024),
      file.subarray(0, 5_000),
      Buffer.alloc(0),
    ];
    for (const name of ["manifest.json", "seal.json", "answers.json", "model.onnx"]) {
      const flipped = Buffer.from(file);
      flipped[named(file, name).at + 600]! ^= 4;
      damaged.push(flipped);
    }
    for (const bytes of damaged) {
      const { status, body } = await imported(production, bytes);
      expect([status, body.error.code]).toEqual([400, "BAD_USER_INPUT"]);
      expect(body.error.message).toMatch(/^the archive is damaged: /);
    }
    expect(await counts()).toEqual(before);
  });

  it("of a body that is no tar, or too large, is refused before it is read", async () => {
    const json = await fetch(`${production.client.address}/models/import`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(json.status).toBe(415);
    const huge = await fetch(`${production.client.address}/models/import`, {
      method: "POST",
      headers: { "content-type": "application/x-tar" },
      body: new Uint8Array(256 * 1024 * 1024 + 1),
    }).then(
      ({ status }) => status,
      () => "cut off",
    );
    expect([413, "cut off"]).toContain(huge);
  });

  it("of a model that is none is refused by the name of its member, and registers nothing", async () => {
    const before = await counts();
    const empty = await repacked(
      file,
      (manifest) => {
        manifest.signature.outputs[0].column = 1;
      },
      {},
      { "model.onnx": Buffer.from([0xff, 0xff, 0xff, 0xff]) },
    );
    const { status, body } = await imported(production, empty);
    expect([status, body.error.code, body.error.message]).toEqual([
      400,
      "BAD_USER_INPUT",
      "the archive is damaged: its model.onnx is no ONNX file; export the version again, and send that file",
    ]);
    expect(await counts()).toEqual(before);
  });

  it("of more reports than an archive has names those that stayed behind", async () => {
    const run = await trained(staging, { asOf: JANUARY, seed: 13, params: STRONG });
    await staging.sql(
      `insert into artifacts (run_id, name, media_type, bytes, sha256)
       select run_id, 'zz-' || lpad(i::text, 3, '0') || '.json', media_type, bytes, sha256
       from (select * from artifacts where run_id = $1 and media_type = 'application/json' order by name limit 1) report,
         generate_series(1, 120) i`,
      [run.id],
    );
    const many = await exported(staging, run.modelVersion!.version);
    const { files, leftBehind } = member(many, "manifest.json");
    expect(files).toHaveLength(100);
    expect(leftBehind).toContain("zz-120.json");
    expect(await imported(production, many)).toMatchObject({ status: 201, body: { status: "READY" } });
  });

  it("names what the deployment does not declare", async () => {
    const foreign = await repacked(file, (manifest) => {
      manifest.entity = { name: "account", key: { account_id: "bigint" } };
      manifest.signature.features.push({ name: "shoe_size", kind: "numeric", type: "float" });
      manifest.signature.features[0].type = "string";
    });
    const { status, body } = await imported(production, foreign);
    expect([status, body.error.code]).toEqual([400, "BAD_USER_INPUT"]);
    expect(body.error.message).toContain(
      "it answers about user by user_id: string, not account by account_id: bigint",
    );
    expect(body.error.message).toContain("shoe_size is not declared");
    expect(body.error.message).toMatch(/is (int|float|decimal|bool), not string/);
    const other = await repacked(file, (manifest) => {
      manifest.version.model = "upsell";
    });
    expect((await imported(production, other)).body.error.message).toContain(
      'no feature service is called "upsell"',
    );
  });

  it("of a file that answers otherwise than it says leaves a version that was refused, and can be sent again", async () => {
    const wrong = await repacked(file, () => {}, {
      "answers.json": (answers: any[]) =>
        answers.map(({ row, answer }) => ({ row, answer: answer.map((p: number) => 1 - p) })),
    });
    const { status, body } = await imported(production, wrong);
    expect([status, body.error.code]).toEqual([400, "BAD_USER_INPUT"]);
    expect(body.error.message).toMatch(
      /of the archive's row \d+ it gives .* where it was exported .*: this is not the same model/,
    );
    expect(await imported(production, file)).toMatchObject({ status: 201, body: { status: "READY" } });
  });

  it("is in the audit log of both deployments with the archive's hash, the model and the version", async () => {
    const run = await trained(staging, { asOf: JANUARY, seed: 14, params: STRONG });
    const own = run.modelVersion!.version;
    const moved = await exported(staging, own);
    const archive = createHash("sha256").update(memberBytes(moved, "manifest.json")).digest("hex");
    const entriesOf = (app: Pick<TestApp, "sql">, action: string) =>
      app.sql(
        `select e.outcome, e.subject, e.details::json as details from audit_log e
         where e.action = $1 order by e.id desc limit 2`,
        [action],
      );
    const out = "GET /models/:model/versions/:version/export";
    const subject = `model churn version ${own}`;
    expect(await entriesOf(staging, out)).toEqual([
      { outcome: "DONE", subject, details: { answer: { archive } } },
      { outcome: "ASKED", subject, details: { args: { model: "churn", version: String(own) } } },
    ]);
    const { body } = await imported(production, moved, `?as_of=${JANUARY}`);
    expect(body.archive).toBe(archive);
    expect(await entriesOf(production, "POST /models/import")).toEqual([
      {
        ...{ outcome: "DONE", subject: `model churn version ${body.version}` },
        details: { answer: { isNew: true, archive, signedBy: null, runId: body.run } },
      },
      { outcome: "ASKED", subject: null, details: { args: { as_of: JANUARY } } },
    ]);
  });

  it("sent twice at once registers one version", async () => {
    const run = await trained(staging, { asOf: JANUARY, seed: 12, params: STRONG });
    const twice = await exported(staging, run.modelVersion!.version);
    const answers = await Promise.all([1, 2, 3].map(() => imported(production, twice)));
    expect(new Set(answers.map(({ body }) => body.version)).size).toBe(1);
    expect(answers.filter(({ body }) => body.is_new)).toHaveLength(1);
  });

  it("and its export are commands", async () => {
    const path = join(folder, "churn.tar");
    const of = (app: TestApp, ...words: string[]) =>
      asofHere(words, { ASOF_URL: app.client.address, ASOF_ACTOR: "ann" });
    expect(await of(staging, "model", "export", "churn", String(version), "--out", path)).toMatchObject({
      code: 0,
      out: `${path}\n`,
    });
    expect(readFileSync(path).equals(file)).toBe(true);
    const { code, out } = await of(production, "model", "import", path, "--json");
    expect([code, JSON.parse(out)]).toMatchObject([0, { is_new: false }]);
    expect((await of(production, "model", "import", path)).out).toMatch(
      /^it is version \d+ of churn already\n$/,
    );
    expect(await of(staging, "model", "export", "churn", "999", "--out", path)).toMatchObject({
      code: 1,
      err: expect.stringContaining("MODEL_NOT_FOUND"),
    });
    expect(createHash("sha256").update(readFileSync(path)).digest("hex")).toBe(
      createHash("sha256").update(file).digest("hex"),
    );
  });

  it("says of a reproduction where it can be made", async () => {
    const { body } = await imported(production, file);
    const moved = await versionOf(production, body.version);
    const error = await production.client.error("mutation($id: ID!) { reproduce(runId: $id) { id } }", {
      id: moved.judgedBy.id,
    });
    expect(error.code).toBe("BAD_USER_INPUT");
    expect(error.message).toContain(
      `was trained in the deployment "testing" by run ${moved.importedFrom.origin.runId}`,
    );
  });
});
