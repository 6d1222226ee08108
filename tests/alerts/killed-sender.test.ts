import { afterAll, beforeAll, expect, it } from "vitest";
import { type Cluster, startCluster } from "../support/cluster.js";
import type { TestProcess } from "../support/process.js";
import { until } from "../support/until.js";
import { AlertReceiver, SECRET } from "./receiver.js";

let cluster: Cluster;
let receiver: AlertReceiver;
beforeAll(async () => {
  receiver = await new AlertReceiver().start();
  cluster = await startCluster();
});
afterAll(async () => {
  await cluster?.stop();
  await receiver?.stop();
});

const start = (): Promise<TestProcess> =>
  cluster.start("api", { ALERT_SECRET: SECRET, ALERT_ALLOW_HOSTS: "127.0.0.1" });
const fail = async ({ client }: TestProcess): Promise<string> => {
  const { createRun } = await client.query("mutation { createRun(input: {}) { id } }");
  await client.query(`mutation { finishRun(id: "${createRun.id}", status: FAILED) { id } }`);
  return createRun.id;
};
const told = (runId: string) => receiver.received.filter(({ message }) => message.data.runId === runId);

it("one that a killed process had under way is sent once more by another, with the same id; others go once", {
  timeout: 120_000,
}, async () => {
  receiver.mood = "silent";
  const first = await start();
  await first.client.query(
    `mutation($options: JSON!) { setAlertRule(input: { name: "on-call", on: [RUN_FAILED], channel: WEBHOOK, options: $options }) { name } }`,
    { options: { url: receiver.url, secret: "ALERT_SECRET" } },
  );
  const taken = await fail(first);
  await until("it was taken", () => told(taken).length === 1);
  // The change is committed, and nobody has looked at it, or what is told of it waits.
  const waiting = await fail(first);
  await first.kill();

  receiver.mood = 204;
  const [second, third] = await Promise.all([start(), start()]);
  // As after the minute for which a process that was killed holds what it sends.
  await cluster.sql("update alert_deliveries set leased_until = clock_timestamp()");
  const later = [await fail(second), await fail(third)];
  for (const run of [waiting, ...later]) await until("it is told", () => told(run).length > 0);
  await until("it is told again", () => told(taken).length === 2);
  const [once, again] = told(taken);
  expect(again).toEqual(once);
  expect(receiver.received).toHaveLength(5);
  await until("all are written", async () => {
    const rows = await cluster.sql(
      "select state, count(*)::int as count from alert_deliveries group by state",
    );
    return rows.length === 1 && rows[0]!.state === "DELIVERED" && rows[0]!.count === 4;
  });
  await Promise.all([second, third].map((each) => each.stop()));
});
