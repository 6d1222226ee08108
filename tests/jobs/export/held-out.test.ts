import { createHash } from "node:crypto";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createPool, type Pool } from "../../../src/db/pool.js";
import { findService } from "../../../src/definitions/language/deployment.js";
import { chooseRows } from "../../../src/serving/chosen-rows.js";
import { binary } from "../../../src/training/tasks/binary/binary.task.js";
import { stratifiedSplit } from "../../../src/training/tasks/stratified.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { testing } from "../../support/deployment/testing.js";
import type { FinishedRun } from "../../support/graphql.js";
import {
  ingestMonth,
  JANUARY,
  learnableMonth,
  promote,
  STRONG,
  trained,
  USERS,
} from "../../support/months.js";
import { perFeatureModel } from "../../support/onnx.js";
import { refusal, type Tracker, tracker } from "../../support/tracker.js";

vi.setConfig({ testTimeout: 180_000 });

const FEBRUARY = "2024-02-29";
/** In February alone. */
const NEWCOMERS = ["new-1", "new-2", "new-3"];
const HALF = perFeatureModel({ plan_stream_tv: 2, skips_7d: 0.1 }, -5, 5);
const RULE = { seed: 7, testFraction: 0.3 };
/** Written out again: 0.3 of 2^32. */
const isHeldOut = (key: string) =>
  Number.parseInt(createHash("sha256").update(`7:${key}`).digest("hex").slice(0, 8), 16) < 1_288_490_188;

let app: TestApp;
let client: Tracker;
let pool: Pool;
beforeAll(async () => {
  app = await startTestApp();
  client = tracker(app);
  pool = createPool(app.url, 3);
  await ingestMonth(app, JANUARY, learnableMonth());
  await ingestMonth(app, FEBRUARY, februaryWithNewcomers());
}, 180_000);
afterAll(async () => {
  await pool?.end();
  await app?.stop();
});

/** Each of them as the first user is. */
function februaryWithNewcomers() {
  const files = learnableMonth();
  for (const [name, lines] of Object.entries(files))
    files[name] = [...lines, ...NEWCOMERS.map((key, i) => lines[1 + i]!.replace(USERS[i]!, key))];
  return files;
}

async function exported(input: Record<string, unknown>): Promise<FinishedRun> {
  const { exportTrainingSet } = await app.client.query(
    "mutation($input: ExportTrainingSetInput!) { exportTrainingSet(input: $input) { id } }",
    { input },
  );
  const run = await app.client.finished(exportTrainingSet.id);
  expect(run.error).toBeNull();
  return run;
}

async function bytesOf(run: FinishedRun, name: string): Promise<Buffer> {
  const artifact = run.artifacts.find((each) => each.name === name)!;
  return Buffer.from(await (await fetch(new URL(artifact.url, app.asof.address))).arrayBuffer());
}

const REGISTER = `mutation($input: RegisterModelInput!) { registerModel(input: $input) {
  version status judgedBy { params outcome { ... on RegisterOutcome { rows scoredRows heldOutRows sample } } } } }`;
async function register(more: Record<string, unknown>) {
  const { id: runId } = await client.create();
  const input = { runId, onnx: Buffer.from(HALF).toString("base64"), ...more };
  return (await app.client.query(REGISTER, { input })).registerModel;
}

/** What the gate says of the version beside Production. */
async function compared(version: number): Promise<any> {
  const { promotionCheck } = await app.client.query(
    `query($version: Int!) { promotionCheck(model: "churn", version: $version) { gates { name message details } } }`,
    { version },
  );
  return promotionCheck.gates.find(({ name }: any) => name === "not_worse_than_production").details;
}

describe("an export that says who is held out", () => {
  const input = { asOfFrom: JANUARY, asOfTo: FEBRUARY, heldOut: RULE, features: ["skips_7d"] };

  it("has the column, the same for a user on every date, in CSV, Parquet and folders", async () => {
    const run = await exported({ ...input, formats: ["CSV", "PARQUET", "HIVE"] });
    const [header, ...lines] = (await bytesOf(run, "training_set.csv")).toString().trimEnd().split("\n");
    expect(header).toBe("as_of,user_id,skips_7d,churn_label,held_out");
    const rows = lines.map((line) => line.split(","));
    expect(rows).toHaveLength(USERS.length * 2 + NEWCOMERS.length);
    expect(rows.map((row) => row[4])).toEqual(rows.map((row) => String(isHeldOut(row[1]!))));
    const held = rows.filter((row) => row[4] === "true").length;
    expect(run.result).toMatchObject({
      ...{ rows: rows.length, heldOutRows: held },
      columns: ["as_of", "user_id", "skips_7d", "churn_label", "held_out"],
    });
    const file = new Uint8Array(await bytesOf(run, "training_set.parquet")).buffer;
    const whole = await parquetReadObjects({ file });
    expect(whole.map(({ held_out }) => String(held_out))).toEqual(rows.map((row) => row[4]));
    const { schema, key_value_metadata } = parquetMetadata(file);
    expect(schema.at(-1)).toMatchObject({ name: "held_out", type: "BOOLEAN", repetition_type: "REQUIRED" });
    expect(key_value_metadata).toEqual([
      {
        key: "asof.held_out",
        value: '{"column":"held_out","seed":7,"test_fraction":0.3,"below":"4ccccccc"}',
      },
    ]);
    const dated = new Uint8Array(await bytesOf(run, `training_set/as_of=${FEBRUARY}/part-0.parquet`)).buffer;
    expect(await parquetReadObjects({ file: dated })).toEqual(
      whole.slice(USERS.length).map(({ as_of: _, ...row }) => row),
    );
  });

  it("describes its files in a manifest, and has the same bytes each time", async () => {
    const of = { ...input, formats: ["PARQUET"] };
    const [one, two] = [await exported(of), await exported(of)];
    const hashes = (run: FinishedRun) => run.artifacts.map(({ name, sha256 }) => [name, sha256]);
    expect(hashes(one)).toEqual(hashes(two));
    expect(one.artifacts.map(({ name }) => name)).toEqual(["training_set.json", "training_set.parquet"]);
    const manifest = JSON.parse((await bytesOf(one, "training_set.json")).toString());
    expect(manifest).toMatchObject({
      model: "churn",
      dates: [
        { as_of: JANUARY, revision: 1, label_as_of: JANUARY, label_revision: 1 },
        { as_of: FEBRUARY, revision: 1, label_as_of: FEBRUARY, label_revision: 1 },
      ],
      features: ["skips_7d"],
      held_out: { column: "held_out", seed: 7, test_fraction: 0.3, below: "4ccccccc" },
      categories: null,
      ...{ rows: one.result.rows, held_out_rows: one.result.heldOutRows, files: one.result.files },
    });
    expect(manifest.columns.at(-1)).toEqual({ name: "held_out", type: "bool" });
  });

  it("is refused with a share or a seed that is none", async () => {
    const error = (heldOut: Record<string, unknown>) =>
      refusal(
        app.client.query(
          "mutation($input: ExportTrainingSetInput!) { exportTrainingSet(input: $input) { id } }",
          { input: { asOfFrom: JANUARY, heldOut } },
        ),
      );
    expect(await error({ testFraction: 0.9 })).toMatchObject({
      code: "BAD_USER_INPUT",
      message: expect.stringMatching(/testFraction: 0.9 is out of range/),
    });
    expect(await error({ seed: -1 })).toMatchObject({ code: "BAD_USER_INPUT" });
  });
});

describe("a model that was trained on it", () => {
  let run: FinishedRun;
  beforeAll(async () => {
    run = await exported({ asOfFrom: JANUARY, asOfTo: FEBRUARY, heldOut: RULE, formats: ["CSV"] });
  });

  it("is judged on exactly the rows of the export's last date that it held out", async () => {
    const { judgedBy } = await register({ trainedOn: run.id });
    const held = [...USERS, ...NEWCOMERS].filter(isHeldOut);
    expect(judgedBy.outcome).toEqual({
      ...{ rows: USERS.length + NEWCOMERS.length, scoredRows: USERS.length + NEWCOMERS.length },
      heldOutRows: held.length,
      sample: `all ${held.length} held-out rows of snapshot ${FEBRUARY} revision 1`,
    });
    expect(judgedBy.params).toMatchObject({ ...RULE, splitRule: "THRESHOLD" });
  });

  it("is judged on them on another date, too, and on a sample of them alone", async () => {
    const { judgedBy } = await register({ trainedOn: run.id, asOf: JANUARY, maxRows: 100 });
    const held = USERS.filter(isHeldOut);
    expect(judgedBy.outcome).toMatchObject({ scoredRows: 100, heldOutRows: 30 });
    expect(judgedBy.outcome.sample).toBe(
      `30 of the ${held.length} held-out rows of snapshot ${JANUARY} revision 1, evenly by the hash of their keys; the threshold on 70 of the others`,
    );
    const [snapshot] = await app.sql<{ id: number }>("select id from snapshots order by id limit 1");
    const ids = { features: snapshot!.id, label: snapshot!.id };
    const chosen = await chooseRows(pool, testing, findService(testing, "churn")!, ids, binary, {
      ...{ split: { rule: "THRESHOLD", ...RULE }, most: 100 },
    });
    const { train, test } = chosen.among(USERS);
    expect([test.length, train.length]).toEqual([30, 70]);
    expect([...test].every((row) => isHeldOut(USERS[row]!))).toBe(true);
    expect([...train].some((row) => isHeldOut(USERS[row]!))).toBe(false);
  });

  it("is refused with another seed or share than the export's, and taken with the same", async () => {
    expect(await refusal(register({ trainedOn: run.id, seed: 42 }))).toMatchObject({
      code: "BAD_USER_INPUT",
      message: `seed: run ${run.id} held out by 7, which is what its model is judged by; got 42: leave it out`,
    });
    expect((await refusal(register({ trainedOn: run.id, testFraction: 0.25 }))).code).toBe("BAD_USER_INPUT");
    expect((await register({ trainedOn: run.id, ...RULE })).status).toBe("READY");
  });

  it("is compared on users that neither it nor Production may have been trained on, whatever each was split by", async () => {
    const { modelVersion } = await trained(app, { asOf: JANUARY, seed: 3, params: STRONG });
    await promote(app, modelVersion!.version);
    const labels = await app.sql<{ user_id: string; churn_label: boolean }>(
      `select user_id, churn_label from labels_snapshots where as_of = '${JANUARY}' order by user_id collate "C"`,
    );
    const keys = labels.map(({ user_id }) => user_id);
    const ofOwn = stratifiedSplit(
      keys,
      Uint8Array.from(labels, (row) => Number(row.churn_label)),
      0.25,
      3,
    );
    const learnt = new Set(Array.from(ofOwn.train, (row) => keys[row]!));
    const { version } = await register({ trainedOn: run.id });
    const details = await compared(version);
    const both = [...USERS, ...NEWCOMERS].filter((key) => isHeldOut(key) && !learnt.has(key));
    expect(details).toMatchObject({ asOf: FEBRUARY, rows: both.length });
    expect(both.length).toBeGreaterThan(5);
  });

  it("of several dates without the column: nobody of them but whom the judged date holds out is new to it", async () => {
    const plain = await exported({ asOfFrom: JANUARY, asOfTo: FEBRUARY, formats: ["CSV"] });
    const [one, other] = [
      await register({ asOf: JANUARY }),
      await register({ asOf: JANUARY, trainedOn: plain.id }),
    ];
    // To a version that read January alone, who came in February is new; the export has them.
    const rows = [(await compared(one.version)).rows, (await compared(other.version)).rows];
    expect(rows[0]! - rows[1]!).toBe(NEWCOMERS.length);
  });
});
