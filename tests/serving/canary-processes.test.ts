import { afterAll, beforeAll, expect, it } from "vitest";
import { type Cluster, startCluster, startTraining } from "../support/cluster.js";
import { writeDelivery } from "../support/delivery.js";
import type { GraphQLClient } from "../support/graphql.js";
import { JANUARY, learnableMonth, STRONG, USERS } from "../support/months.js";
import type { TestProcess } from "../support/process.js";
import { until } from "../support/until.js";

let cluster: Cluster;
let first: TestProcess;
let second: TestProcess;

beforeAll(async () => {
  cluster = await startCluster();
  const worker = await cluster.start("all");
  writeDelivery(cluster.dataDir, "january", learnableMonth());
  await worker.client.ingest("january", JANUARY);
  for (const seed of [1, 2]) {
    const id = await startTraining(worker.client, { asOf: JANUARY, seed, params: STRONG });
    await until("it is trained", async () => {
      const [run] = await cluster.sql("select status from runs where id = $1", [id]);
      return run?.status === "SUCCEEDED";
    });
  }
  await worker.client.query("mutation { promote(input: { version: 1 }) { version } }");
  await worker.stop();
  [first, second] = await Promise.all([cluster.start("api"), cluster.start("api")]);
}, 120_000);
afterAll(() => cluster?.stop());

const armsOf = async ({ client }: { client: GraphQLClient }): Promise<string[]> => {
  const { predictMany } = await client.query(
    "query($ids: [ID!]!) { predictMany(userIds: $ids) { prediction { arm modelVersion { version } } } }",
    { ids: USERS },
  );
  return predictMany.map(({ prediction }: any) => `${prediction.arm} ${prediction.modelVersion.version}`);
};

it("every process answers each key by the same version, also beside one that was killed, and after it", {
  timeout: 120_000,
}, async () => {
  await first.client.query("mutation { startCanary(input: { version: 2, share: 0.4 }) { id } }");
  const arms = await armsOf(first);
  expect(new Set(arms)).toEqual(new Set(["CHALLENGER 2", "CHAMPION 1"]));
  await until("the other process has heard of it", async () => (await armsOf(second)).join() === arms.join());
  await first.kill();
  expect(await armsOf(second)).toEqual(arms);
  const third = await cluster.start("api");
  expect(await armsOf(third)).toEqual(arms);
  const { endCanary } = await third.client.query('mutation { endCanary(reason: "enough") { outcome } }');
  expect(endCanary).toEqual({ outcome: "ENDED" });
  expect(new Set(await armsOf(third))).toEqual(new Set(["null 1"]));
  await until(
    "the other has heard of its end",
    async () => !(await armsOf(second)).join().includes("CHALLENGER"),
  );
});

it("a worker that starts stops what broke its rule while nobody looked", { timeout: 120_000 }, async () => {
  const { startCanary } = await second.client.query(
    "mutation { startCanary(input: { version: 2, share: 0.4, stopRule: { minRows: 10, minAgreement: 0.99 } }) { id } }",
  );
  await armsOf(second);
  await until("the answers are logged", async () => {
    const [row] = await cluster.sql(
      "select count(shadow_version)::int as n from prediction_log where canary = $1",
      [startCanary.id],
    );
    return row!.n === USERS.length;
  });
  await cluster.sql("update prediction_log set shadow_prediction = 1 - prediction where canary = $1", [
    startCanary.id,
  ]);
  await cluster.start("worker");
  await until("it is stopped", async () => {
    const [row] = await cluster.sql("select outcome from canaries where id = $1", [startCanary.id]);
    return row!.outcome === "STOPPED";
  });
  await until(
    "the processes have heard of it",
    async () => !(await armsOf(second)).join().includes("CHALLENGER"),
  );
});
