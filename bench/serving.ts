/**
 * npm run bench:serving -- [users=20000] [rounds=5] [seconds=1]: what a request costs, in turns of a second or so each:
 *   asof — `node main.js` over an embedded PostgreSQL with a trained model in Production, requests of random users;
 *   bare — (a) node:http that answers the same bytes;
 *   raw  — (b) one prepared statement through `pg` and one ONNX run, for one user, 32 and 1 000 at once;
 *   python — (c) FastAPI, asyncpg and onnxruntime, `POST /predict` only, where BENCH_PYTHON names a Python that has them.
 * Over HTTP with 1, 32 and 256 connections, driven by another process, each side warmed up first. CPU is that of the
 * process that answers, and beside it that of PostgreSQL. BENCH_ONLY=raw,rest,features,graphql,many picks;
 * BENCH_PROFILE=<folder> writes CPU profiles; ASOF_ROLE=api,all chooses which processes of asof are measured (all).
 */
import "reflect-metadata";
import { setTimeout as delay } from "node:timers/promises";
import type { Load } from "./serving/load.js";
import { type LoadSample, type Measured, measureLoad, warmUp } from "./serving/measured-load.js";
import type { Raw } from "./serving/raw.js";
import { startReference } from "./serving/reference.js";
import { type BenchServer, Helper, startServer } from "./serving/server.js";
import { AS_OF, kindsOf, MANY, modelOf, putIntoService } from "./serving/workload.js";
import { cpuSecondsOf, databaseCpuMeter } from "./support/cpu.js";
import { writeMonth } from "./support/delivery.js";
import { conditions, loadAverage, median } from "./support/measure.js";
import { startScratchServer } from "./support/scratch-database.js";

const [users = 20_000, rounds = 5, seconds = 1] = process.argv.slice(2).map(Number);
const only = process.env.BENCH_ONLY?.split(",");
const CONNECTIONS = (process.env.BENCH_CONNECTIONS ?? "1,32,256").split(",").map(Number);
const ROLES = (process.env.ASOF_ROLE ?? "all").split(",");
const IDLE_SECONDS = 10;

interface Side extends Measured {
  side: string;
}
/** (b), microseconds a user of 32 at once; null where it was not measured. */
let rawCpu: number | null = null;

const database = await startScratchServer();
const { home, url, env } = database;
const stops: (() => Promise<void> | void)[] = [];
try {
  await writeMonth(home, AS_OF, users, 1);
  const first = await startServer({ ...env, ASOF_ROLE: "all" });
  await putIntoService(first);
  const model = await modelOf(first);
  await first.stop();
  const profile = process.env.BENCH_PROFILE;
  const servers: BenchServer[] = [];
  for (const role of ROLES) {
    const server = await startServer(
      { ...env, ASOF_ROLE: role },
      profile ? ["--cpu-prof", "--cpu-prof-dir", profile] : [],
    );
    servers.push(server);
    stops.push(server.stop);
  }
  const databaseCpu = await databaseCpuMeter(url);
  const load = helper("./load.ts");
  console.log(`${conditions()}; ${users} users, ${rounds} rounds of ${seconds} s\n`);
  await idle(servers);
  if (!only || only.includes("raw")) await raw({ url, ...model }, databaseCpu);
  const reference = await startReference(url, model);
  if (reference) stops.push(reference.stop);
  else console.error("BENCH_PYTHON is not set: (c) is left out");
  const sides = servers.map(({ port, pid }, i) => ({
    side: ROLES.length > 1 ? `asof ${ROLES[i]}` : "asof",
    port,
    pid,
  }));
  await overHttp(sides, reference && { side: "python", ...reference }, load, databaseCpu);
  console.error(`${loadAverage()} at the end`);
} finally {
  for (const stop of stops.reverse()) await stop();
  await database.stop();
}

function helper(file: string): Helper {
  const started = new Helper(file);
  stops.push(() => started.stop());
  return started;
}

/** Which is in every figure over HTTP. */
async function idle(servers: readonly BenchServer[]): Promise<void> {
  await delay(IDLE_SECONDS * 1_000); // what follows a start
  const before = servers.map(({ pid }) => cpuSecondsOf(pid)!);
  await delay(IDLE_SECONDS * 1_000);
  for (const [i, { pid }] of servers.entries()) {
    const ms = ((cpuSecondsOf(pid)! - before[i]!) * 1e3) / IDLE_SECONDS;
    console.log(`asof in role ${ROLES[i]} without requests: ${ms.toFixed(0)} ms of CPU a second\n`);
  }
}

type Answering = Omit<Side, "warm">;

async function overHttp(
  asof: readonly Answering[],
  reference: Answering | null,
  load: Helper,
  databaseCpu: () => number,
): Promise<void> {
  console.log(
    "| request | connections | side | requests/s | p50 ms | p95 | p99 | CPU µs/request | PostgreSQL's | CPU / bare | CPU / ((a)+(b)) |\n|---|---|---|---|---|---|---|---|---|---|---|",
  );
  const bare = helper("./bare.ts");
  const { port } = await bare.told<{ port: number }>();
  const kinds = kindsOf(users).filter(({ name }) => !only || only.includes(name));
  const all: Side[] = [{ side: "bare", port, pid: bare.pid }, ...asof, ...(reference ? [reference] : [])].map(
    (side) => ({ ...side, warm: new Set<string>() }),
  );
  for (const kind of kinds) {
    await bare.ask(await answerOf(asof[0]!.port, kind.requests[0]!));
    const sides = all.filter(({ side }) => side !== "python" || kind.name === "rest");
    for (const connections of kind.name === "many" ? [1, 8] : CONNECTIONS) {
      const samples = new Map(sides.map(({ side }): [string, LoadSample[]] => [side, []]));
      for (const side of sides) await warmUp(load, side, kind);
      for (let round = 0; round < rounds; round++) {
        for (const { side, port, pid } of sides) {
          const one: Load = { port, connections, seconds, requests: kind.requests };
          const sample = await measureLoad(load, one, pid, databaseCpu);
          if (sample.failures > 0) throw new Error(`${kind.name} of ${side}: ${sample.failures} failures`);
          samples.get(side)!.push(sample);
        }
      }
      print(kind.name, connections, samples);
    }
  }
}

async function raw(
  model: Pick<Raw, "url" | "model" | "numeric" | "categorical">,
  databaseCpu: () => number,
): Promise<void> {
  const process = helper("./raw.ts");
  console.log("| raw, users at once | CPU µs/user | PostgreSQL's |\n|---|---|---|");
  const { url, model: bytes, numeric, categorical } = model;
  const asked = (batch: number): Raw => ({ url, model: bytes, numeric, categorical, users, batch, seconds });
  await process.ask(asked(32));
  for (const batch of [1, 32, MANY]) {
    const found: { cpu: number; database: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const before = databaseCpu();
      const { requests, cpuSeconds } = await process.ask<{ requests: number; cpuSeconds: number }>(
        asked(batch),
      );
      found.push({
        cpu: (cpuSeconds * 1e6) / requests,
        database: ((databaseCpu() - before) * 1e6) / requests,
      });
    }
    const [own, ofDatabase] = [
      median(found.map(({ cpu }) => cpu)),
      median(found.map(({ database }) => database)),
    ];
    if (batch === 32) rawCpu = own;
    console.log(`| ${batch} | ${own.toFixed(1)} | ${ofDatabase.toFixed(1)} |`);
  }
  console.log();
}

/** The body of one answer, for the bare server to repeat. */
async function answerOf(port: number, request: string): Promise<string> {
  const [head, body] = request.split("\r\n\r\n") as [string, string];
  const [method, path] = head.split(" ") as [string, string];
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: method === "POST" ? body : undefined,
  });
  return response.text();
}

function print(name: string, connections: number, samples: Map<string, LoadSample[]>): void {
  const of = (side: string, figure: (sample: LoadSample) => number) => median(samples.get(side)!.map(figure));
  const bare = of("bare", ({ cpu }) => cpu);
  for (const side of samples.keys()) {
    const cpu = of(side, (sample) => sample.cpu);
    const amortised = rawCpu !== null && side !== "bare" && name !== "many" && name !== "features";
    const cells = [
      of(side, ({ requests, seconds }) => requests / seconds).toFixed(0),
      ...(["p50", "p95", "p99"] as const).map((q) => of(side, (sample) => sample[q]).toFixed(2)),
      cpu.toFixed(0),
      of(side, ({ databaseCpu }) => databaseCpu).toFixed(0),
      (cpu / bare).toFixed(2),
      amortised ? (cpu / (bare + rawCpu!)).toFixed(2) : "",
    ];
    console.log(`| ${name} | ${connections} | ${side} | ${cells.join(" | ")} |`);
  }
}
