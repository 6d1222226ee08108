import { afterAll, beforeAll, expect, it } from "vitest";
import { type Cluster, startCluster } from "../support/cluster.js";
import type { TestProcess } from "../support/process.js";
import { until } from "../support/until.js";
import { TestReceiver } from "./receiver.js";

let cluster: Cluster;
let receiver: TestReceiver;
beforeAll(async () => {
  receiver = new TestReceiver();
  await receiver.start();
  cluster = await startCluster();
});
afterAll(async () => {
  await cluster?.stop();
  await receiver?.stop();
});

const start = (): Promise<TestProcess> => cluster.start("api", { OPENLINEAGE_URL: receiver.url });
/** As after the half minute for which a process that was killed holds the place. */
const placeIsFree = () => cluster.sql("update lineage_cursors set held_until = clock_timestamp()");

it("an event whose process is killed after the commit is sent by the next one: at least once, and in its order", {
  timeout: 120_000,
}, async () => {
  receiver.mood = "silent";
  const first = await start();
  await until(
    "the cursor is there",
    async () => (await cluster.sql("select 1 from lineage_cursors")).length > 0,
  );
  const create = async (): Promise<string> =>
    (await first.client.query("mutation { createRun(input: {}) { id } }")).createRun.id;
  const taken = await create();
  await until("it was taken", () => receiver.of(taken).length === 1);
  const waiting = await create();
  // Of one nobody knows that it was taken, the other was not sent yet.
  await first.kill();
  expect(receiver.received.length).toBe(1);

  receiver.mood = 201;
  await placeIsFree();
  const second = await start();
  for (const id of [taken, waiting]) {
    await second.client.query(`mutation { finishRun(id: "${id}") { id } }`);
    await until("its end is received", () => receiver.hasEnded(id));
  }
  expect(receiver.typesOf(taken)).toEqual(["START", "START", "COMPLETE"]);
  expect(receiver.typesOf(waiting)).toEqual(["START", "COMPLETE"]);
  const [once, again] = receiver.of(taken);
  // The same event word for word: a receiver knows it again by its run, type and time.
  expect(again).toEqual(once);
  expect(receiver.received.length).toBe(5);
  await second.stop();
});
