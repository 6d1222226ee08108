/**
 * npm run bench:interference -- [users=200000] [seconds=20] [algorithm=GRADIENT_BOOSTING]: what a `POST /predict` waits
 * while nothing else goes on, and while the same deployment ingests a month of that many users and trains on the month
 * before. 8 connections, each pausing about 20 ms after an answer. Two deployments, one after the other, each over a
 * database of its own: one process (`all`); `api` and `worker` processes side by side, the worker in a session of its own. BENCH_ROLES=all picks one,
 * BENCH_PROFILE=<folder> writes CPU profiles.
 */
import "reflect-metadata";
import type { GraphQLClient } from "../tests/support/graphql.js";
import type { Load, Loaded } from "./serving/load.js";
import { type BenchServer, Helper, startServer } from "./serving/server.js";
import { AS_OF, kindsOf, putIntoService } from "./serving/workload.js";
import { writeMonth } from "./support/delivery.js";
import { conditions, loadAverage } from "./support/measure.js";
import { startScratchServer } from "./support/scratch-database.js";

const [users = 200_000, seconds = 20] = process.argv.slice(2, 4).map(Number);
const algorithm = process.argv[4] ?? "GRADIENT_BOOSTING";
const deployments = (process.env.BENCH_ROLES ?? "all,api+worker").split(",");
const profile = process.env.BENCH_PROFILE;
const profiling = profile ? ["--cpu-prof", "--cpu-prof-dir", profile] : [];
const NEXT = "2024-02-29";
const SLICE_SECONDS = 2;
const RUN_LIMIT_MS = 600_000;
const INGEST = "mutation($input: IngestInput!) { run: ingest(input: $input) { id kind } }";
const TRAIN = "mutation($input: TrainInput!) { run: train(input: $input) { id kind } }";
const { requests } = kindsOf(users).find(({ name }) => name === "rest")!;

console.log(
  `${conditions()}; ${users} users, ${algorithm}\n\n| deployment | meanwhile | seconds | requests | p50 ms | p95 | p99 | longest | p99 / idle p99 |\n|---|---|---|---|---|---|---|---|---|`,
);
for (const deployment of deployments) await measureDeployment(deployment.split("+"));
console.log(`\n${loadAverage()} at the end`);

async function measureDeployment(roles: readonly string[]): Promise<void> {
  const database = await startScratchServer();
  const { home, env } = database;
  const servers: BenchServer[] = [];
  const load = new Helper("./load.ts");
  try {
    await writeMonth(home, AS_OF, users, 1);
    await writeMonth(home, NEXT, users, 2);
    const first = await startServer({ ...env, ASOF_ROLE: "all" });
    await putIntoService(first, "LOGISTIC_REGRESSION");
    await first.stop();
    for (const role of roles) servers.push(await startServer({ ...env, ASOF_ROLE: role }, profiling));
    const { port, client } = servers[0]!;
    const deployment = roles.join(" + ");
    await sample(load, port, () => false, 10); // compiled and connected
    const idle = await sample(load, port, () => false, seconds);
    print(deployment, "nothing", idle, idle);
    const ended = new Set<string>();
    const work = Promise.all([
      settle(client, INGEST, { source: NEXT, asOf: NEXT }, ended),
      settle(client, TRAIN, { asOf: AS_OF, algorithm }, ended),
    ]);
    work.catch(() => {}); // told where it is waited for
    // Until the first has ended: from then on it is no longer both.
    print(deployment, "ingest and training", await sample(load, port, () => ended.size > 0, Infinity), idle);
    const left = ended.has("INGEST") ? "training alone" : "ingest alone";
    if (ended.size < 2)
      print(deployment, left, await sample(load, port, () => ended.size > 1, Infinity), idle);
    await work;
  } finally {
    load.stop();
    for (const server of servers.reverse()) await server.stop();
    await database.stop();
  }
}

async function settle(
  client: GraphQLClient,
  start: string,
  input: object,
  ended: Set<string>,
): Promise<void> {
  const { run } = await client.query(start, { input });
  const { status, error } = await client.finished(run.id, RUN_LIMIT_MS);
  ended.add(run.kind);
  if (status !== "SUCCEEDED") throw new Error(`${run.kind}: ${JSON.stringify(error)}`);
}

interface Phase {
  seconds: number;
  /** Milliseconds, ascending. */
  latencies: number[];
}

async function sample(load: Helper, port: number, over: () => boolean, seconds: number): Promise<Phase> {
  const phase: Phase = { seconds: 0, latencies: [] };
  while (phase.seconds < seconds && !over()) {
    const one: Load = { port, connections: 8, seconds: SLICE_SECONDS, requests, pauseMs: 20, each: true };
    const loaded = await load.ask<Loaded>(one);
    if (loaded.failures > 0) throw new Error(`${loaded.failures} failures`);
    phase.seconds += loaded.seconds;
    for (const latency of loaded.each!) phase.latencies.push(latency);
  }
  phase.latencies.sort((a, b) => a - b);
  return phase;
}

function print(deployment: string, meanwhile: string, phase: Phase, idle: Phase): void {
  const quantile = ({ latencies }: Phase, q: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))] ?? Number.NaN;
  const cells = [
    phase.seconds.toFixed(0),
    phase.latencies.length,
    ...[0.5, 0.95, 0.99, 1].map((q) => quantile(phase, q).toFixed(1)),
    (quantile(phase, 0.99) / quantile(idle, 0.99)).toFixed(1),
  ];
  console.log(`| ${deployment} | ${meanwhile} | ${cells.join(" | ")} |`);
}
