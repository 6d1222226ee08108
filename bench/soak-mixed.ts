/**
 * npm run bench:soak-mixed -- [minutes=6] [users=2000]: a day's mixed work in minutes: predictions over REST and GraphQL all the
 * time; in each round an ingest of a changed month, a training that ends and one that is cancelled, subscriptions that come and
 * go, a schedule each second. Prints what asof holds after each round; ends with 1 where memory, descriptors, connections or
 * threads are not flat after a third of the time, or anything failed.
 */
import "reflect-metadata";
import { readdirSync } from "node:fs";
import { type Client, createClient } from "graphql-ws";
import WebSocket from "ws";
import { createPool } from "../src/db/pool.js";
import { until } from "../tests/support/until.js";
import type { Load, Loaded } from "./serving/load.js";
import { type BenchServer, Helper, startServer } from "./serving/server.js";
import { AS_OF, kindsOf, putIntoService } from "./serving/workload.js";
import { rssMegabytesOf } from "./support/cpu.js";
import { writeMonth } from "./support/delivery.js";
import { conditions } from "./support/measure.js";
import { startScratchServer } from "./support/scratch-database.js";

const SUBSCRIBERS = 50;
/** On a machine where others work, too. */
const LONGEST_RUN_MS = 300_000;
/** What garbage collection and the allocator make of a flat line: of medians of the warm rounds' halves. */
const MOST_MB = 60;
const MOST_DESCRIPTORS = 8;
const MOST_CONNECTIONS = 4;

const [minutes = 6, users = 2_000] = process.argv.slice(2).map(Number);
const database = await startScratchServer();
const { home, url } = database;
const pool = createPool(url, 1);
await writeMonth(home, AS_OF, users, 1);
for (const month of [1, 2])
  await writeMonth(home, `round_${month}`, users, (user) => (user % 4 === 0 ? month : 1));
const server = await startServer(database.env);
const load = new Helper("./load.ts");
const failures: string[] = [];
let predictions = 0;
try {
  await putIntoService(server, "LOGISTIC_REGRESSION");
  await server.client.query("mutation($input: ScheduleInput!) { setSchedule(input: $input) { name } }", {
    input: { name: "each second", cron: "* * * * * *", kind: "VERIFY_PARITY", params: {} },
  });
  console.log(`${conditions()}; ${users} users\n`);
  console.log(
    "| minute | resident MB | descriptors | threads | connections | predictions | runs | cancelled | fired | events |\n|---|---|---|---|---|---|---|---|---|---|",
  );
  const since = performance.now();
  const predicting = predict(since).catch(
    (error: Error) => void failures.push(`predictions: ${error.message}`),
  );
  const states = await soak(since);
  await predicting;
  judge(states);
} catch (error) {
  failures.push((error as Error).message);
} finally {
  load.stop();
  await server.stop();
  await pool.end();
  await database.stop();
}
for (const what of failures) console.error(`FAILED: ${what}`);
if (failures.length > 0) process.exitCode = 1;

interface State {
  minute: number;
  megabytes: number;
  descriptors: number;
  threads: number;
  connections: number;
}

function isOver(since: number): boolean {
  return performance.now() - since > minutes * 60_000;
}

async function predict(since: number): Promise<void> {
  const kinds = kindsOf(users).filter(({ name }) => name !== "many");
  const requests = kinds[0]!.requests.flatMap((_, i) => kinds.map((kind) => kind.requests[i]!));
  while (!isOver(since)) {
    const one: Load = { port: server.port, connections: 8, seconds: 5, requests };
    const loaded = await load.ask<Loaded>(one);
    if (loaded.failures > 0) failures.push(`${loaded.failures} predictions`);
    predictions += loaded.requests;
  }
}

async function soak(since: number): Promise<State[]> {
  const states: State[] = [];
  let cancelled = 0;
  let events = 0;
  for (let round = 0; !isOver(since); round++) {
    const leave = follow(server, () => events++);
    await succeeded("mutation($input: IngestInput!) { ingest(input: $input) { id } }", {
      source: `round_${1 + (round % 2)}`,
      asOf: AS_OF,
    });
    await succeeded("mutation($input: TrainInput!) { train(input: $input) { id } }", {
      asOf: AS_OF,
      algorithm: "LOGISTIC_REGRESSION",
    });
    if (await cancelATraining(server)) cancelled++;
    await leave();
    const [counts] = (
      await pool.query<{ runs: number; fired: number; failed: number; connections: number }>(
        `select (select count(*)::int from runs) as runs, (select count(*)::int from run_schedule_firings) as fired,
           (select count(*)::int from runs where status = 'FAILED') + (select count(*)::int from run_schedule_firings where error is not null) as failed,
           (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as connections`,
      )
    ).rows;
    if (counts!.failed > 0) failures.push(`${counts!.failed} runs or firings`);
    const state = {
      minute: (performance.now() - since) / 60_000,
      megabytes: rssMegabytesOf(server.pid),
      descriptors: countOf("fd"),
      threads: countOf("task"),
      connections: counts!.connections,
    };
    states.push(state);
    console.log(
      `| ${state.minute.toFixed(1)} | ${state.megabytes.toFixed(0)} | ${state.descriptors} | ${state.threads} | ${state.connections} | ${predictions} | ${counts!.runs} | ${cancelled} | ${counts!.fired} | ${events} |`,
    );
  }
  if (cancelled === 0) failures.push("no training was cancelled");
  if (events === 0) failures.push("no subscriber heard an event");
  return states;
}

async function succeeded(mutation: string, input: Record<string, unknown>): Promise<void> {
  const [run] = Object.values(await server.client.query<Record<string, { id: string }>>(mutation, { input }));
  const { status, error } = await server.client.finished(run!.id, LONGEST_RUN_MS);
  if (status !== "SUCCEEDED") failures.push(`${mutation}: ${status} ${JSON.stringify(error)}`);
}

/** Of Linux: open descriptors, or threads. */
function countOf(what: "fd" | "task"): number {
  return process.platform === "linux" ? readdirSync(`/proc/${server.pid}/${what}`).length : 0;
}

/** Subscribers to all runs, on a socket each. @returns what lets them leave */
function follow({ port }: BenchServer, heard: () => void): () => Promise<void> {
  const clients: Client[] = [];
  for (let n = 0; n < SUBSCRIBERS; n++) {
    const client = createClient({
      url: `ws://127.0.0.1:${port}/graphql`,
      webSocketImpl: WebSocket,
      lazy: false,
    });
    client.subscribe(
      { query: "subscription { runEvents { id runId type run { status } } }" },
      {
        next: heard,
        error: (error) => failures.push(`subscription: ${JSON.stringify(error)}`),
        complete: () => {},
      },
    );
    clients.push(client);
  }
  return async () => {
    for (const client of clients) await client.dispose();
  };
}

/** @returns whether it was not faster */
async function cancelATraining({ client }: BenchServer): Promise<boolean> {
  const { train } = await client.query("mutation($input: TrainInput!) { train(input: $input) { id } }", {
    input: { asOf: AS_OF, algorithm: "GRADIENT_BOOSTING", params: { trees: 1_000 } },
  });
  const status = async () =>
    (await client.query("query($id: ID!) { run(id: $id) { status } }", { id: train.id })).run
      .status as string;
  await until("the training has begun", async () => (await status()) !== "QUEUED", LONGEST_RUN_MS);
  await client.raw("mutation($id: ID!) { cancelRun(id: $id) { id } }", { id: train.id });
  return (await client.finished(train.id, LONGEST_RUN_MS)).status === "CANCELLED";
}

function judge(states: readonly State[]): void {
  const warm = states.slice(Math.floor(states.length / 3));
  const half = Math.floor(warm.length / 2);
  if (half < 2) return void failures.push(`only ${states.length} rounds: run it longer`);
  const grown = (of: (state: State) => number) =>
    median(warm.slice(-half).map(of)) - median(warm.slice(0, half).map(of));
  const growth = {
    megabytes: grown(({ megabytes }) => megabytes),
    descriptors: grown(({ descriptors }) => descriptors),
    connections: grown(({ connections }) => connections),
    threads: grown(({ threads }) => threads),
  };
  console.log(
    `\nsecond half of the warm rounds against the first, medians: ${growth.megabytes.toFixed(0)} MB, ${growth.descriptors} descriptors, ${growth.connections} connections, ${growth.threads} threads`,
  );
  if (growth.megabytes > MOST_MB) failures.push("memory is not flat");
  if (growth.descriptors > MOST_DESCRIPTORS) failures.push("descriptors are not flat");
  if (growth.connections > MOST_CONNECTIONS) failures.push("connections are not flat");
  if (growth.threads > MOST_CONNECTIONS) failures.push("threads are not flat");
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
