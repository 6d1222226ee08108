import { afterAll, beforeAll, expect, it } from "vitest";
import { type Cluster, startCluster } from "../support/cluster.js";
import { writeDelivery } from "../support/delivery.js";
import { learnableMonth, PROMOTE, STRONG, USERS } from "../support/months.js";
import { perFeatureModel } from "../support/onnx.js";
import type { TestProcess } from "../support/process.js";
import { until } from "../support/until.js";

// A file damaged before a promotion, a rollback or a start, in one process: tests/serving/hot-swap.test.ts.

const JANUARY = "2024-01-31";
const PREDICT = `{ predict(userId: "${USERS[4]}") { probability modelVersion { version } } }`;
const REGISTER = "mutation($input: RegisterModelInput!) { registerModel(input: $input) { version } }";
const [GOOD, TRAINED, REGISTERED] = [1, 2, 3];

let cluster: Cluster;
let processes: TestProcess[];
beforeAll(async () => {
  cluster = await startCluster();
  writeDelivery(cluster.dataDir, "january", learnableMonth());
  processes = await Promise.all([cluster.start("all"), cluster.start("api")]);
  const { client } = processes[0]!;
  expect(await client.ingest("january", JANUARY)).toMatchObject({ error: null });
  for (const seed of [1, 2])
    expect(await client.train({ asOf: JANUARY, seed, params: STRONG })).toMatchObject({ error: null });
  const { createRun } = await client.query("mutation { createRun(input: {}) { id } }");
  const onnx = Buffer.from(perFeatureModel({ plan_stream_tv: 2, skips_7d: 0.1 }, -5, 5)).toString("base64");
  const { registerModel } = await client.query(REGISTER, {
    input: { runId: createRun.id, asOf: JANUARY, onnx },
  });
  expect(registerModel.version).toBe(REGISTERED);
  await client.query(PROMOTE, { input: { version: GOOD } });
});
afterAll(() => cluster?.stop());

/** One byte in the middle of a version's file, behind the trigger that refuses it. */
async function flipByte(version: number): Promise<void> {
  const [blob] = await cluster.sql(
    "select b.sha256, b.bytes from artifact_blobs b join model_versions v using (sha256) where v.version = $1",
    [version],
  );
  const bytes: Buffer = blob!.bytes;
  bytes[bytes.length >> 1]! ^= 0xff;
  await cluster.sql("alter table artifact_blobs disable trigger refuse_change");
  await cluster.sql("update artifact_blobs set bytes = $2 where sha256 = $1", [blob!.sha256, bytes]);
  await cluster.sql("alter table artifact_blobs enable trigger refuse_change");
}

it.each([
  ["trained here", TRAINED],
  ["registered from elsewhere", REGISTERED],
])(
  "a model %s whose bytes change in the database is not promoted, and never swapped in by a stage that was set there; the old one serves on",
  async (_, version) => {
    const before = await Promise.all(processes.map(({ client }) => client.query(PREDICT)));
    expect(before[0]!.predict.modelVersion.version).toBe(GOOD);
    await flipByte(version);
    for (const { client } of processes) {
      const error = await client.error(PROMOTE, { input: { version, force: true, reason: "by all means" } });
      expect(error.code).toBe("MODEL_NOT_SERVABLE");
      expect(error.message).toMatch(
        new RegExp(`^version ${version} of "churn" cannot be served: its file has the SHA-256 `),
      );
      const named = await client.error(
        `{ predict(userId: "${USERS[4]}", version: ${version}) { probability } }`,
      );
      expect(named).toMatchObject({ code: "MODEL_NOT_SERVABLE", version });
    }
    // What no gate has seen: the stage is written to the table, and every process is told.
    await cluster.sql("update model_versions set stage = 'ARCHIVED' where stage = 'PRODUCTION'");
    await cluster.sql("update model_versions set stage = 'PRODUCTION' where version = $1", [version]);
    await cluster.sql(
      "insert into stage_transitions (model, version, from_stage, to_stage, actor) values ('churn', $1, 'NONE', 'PRODUCTION', 'by hand')",
      [version],
    );
    for (const process of processes) {
      await until(
        "the process has tried it",
        () =>
          process.output().split("Production could not be loaded; the former version serves on").length >
          (version === TRAINED ? 1 : 2),
      );
    }
    expect(await Promise.all(processes.map(({ client }) => client.query(PREDICT)))).toEqual(before);
    await processes[0]!.client.query(PROMOTE, {
      input: { version: GOOD, force: true, reason: "the file is damaged" },
    });
  },
);
