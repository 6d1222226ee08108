/**
 * npm run bench:subscriptions -- [subscriptions=10000]: what memory asof holds for subscriptions that wait, each on a
 * connection of its own: half follow one run, half all transitions; and how long an event takes to all of them. The
 * clients are another process, which speaks the protocol by hand.
 */
import "reflect-metadata";
import { setTimeout as delay } from "node:timers/promises";
import { Helper, startServer } from "./serving/server.js";
import type { Subscribed, Told } from "./serving/subscribers.js";
import { rssMegabytesOf } from "./support/cpu.js";
import { conditions } from "./support/measure.js";
import { startScratchServer } from "./support/scratch-database.js";

const [wanted = 10_000] = process.argv.slice(2).map(Number);
const SETTLE_MS = 15_000;
const database = await startScratchServer();
const { env } = database;
const server = await startServer(env);
const subscribers = new Helper("./subscribers.ts");
try {
  const { client, port, pid } = server;
  const { createRun } = await client.query('mutation { createRun(input: { name: "followed" }) { id } }');
  await delay(SETTLE_MS);
  const before = rssMegabytesOf(pid);
  console.log(
    `${conditions()}\n\n| subscriptions | resident MB | above none |\n|---|---|---|\n| 0 | ${before.toFixed(0)} | |`,
  );
  for (const part of [1, 2, 3, 4]) {
    const count = Math.round((wanted * part) / 4);
    const { open } = await subscribers.ask<Subscribed>({ port, runId: createRun.id, count });
    await delay(SETTLE_MS);
    const now = rssMegabytesOf(pid);
    console.log(`| ${open} | ${now.toFixed(0)} | ${(now - before).toFixed(0)} |`);
  }
  const told = subscribers.told<Told>();
  await client.query("mutation($id: ID!) { finishRun(id: $id) { status } }", { id: createRun.id });
  const { received, ms } = await told;
  console.log(
    `\nan event of the run reached its ${received} subscribers within ${ms.toFixed(0)} ms of the first`,
  );
  console.log(`after it: ${rssMegabytesOf(pid).toFixed(0)} MB`);
} finally {
  subscribers.stop();
  await server.stop();
  await database.stop();
}
