/**
 * npm run bench:serving -- [users=20000] [rounds=3] [seconds=2]: what a request costs, in turns of a few seconds each:
 *   asof — `node main.js` over an embedded PostgreSQL with a trained model in Production, requests of random users;
 *   bare — (a) node:http that answers the same bytes;
 *   raw  — (b) one prepared statement through `pg` and one ONNX run, for one user and for 32 at once.
 * Over HTTP with 1, 32 and 256 connections, driven by another process. CPU is that of the process that answers, and
 * beside it that of PostgreSQL. BENCH_ONLY=rest,features,graphql,many picks; BENCH_PROFILE=<folder> writes CPU profiles.
 */
import "reflect-metadata";
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startEmbedded } from "../src/db/embedded/server.js";
import type { Load, Loaded } from "./serving/load.js";
import type { Raw } from "./serving/raw.js";
import { type BenchServer, Helper, startServer } from "./serving/server.js";
import { cpuSecondsOf, databaseCpuMeter } from "./support/cpu.js";
import { userId, writeMonth } from "./support/delivery.js";
import { hardware, median } from "./support/measure.js";

const [users = 20_000, rounds = 3, seconds = 2] = process.argv.slice(2).map(Number);
const only = process.env.BENCH_ONLY?.split(",");
const CONNECTIONS = (process.env.BENCH_CONNECTIONS ?? "1,32,256").split(",").map(Number);
const AS_OF = "2024-01-31";
const MANY = 1_000;
const IDLE_SECONDS = 5;

interface Sample extends Loaded {
  /** Microseconds a request. */
  cpu: number;
  databaseCpu: number;
}
interface Kind {
  name: string;
  requests: string[];
}

const post = (path: string, body: unknown): string => {
  const text = JSON.stringify(body);
  return `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
};
const anyone = (): string => userId(Math.floor(Math.random() * users));
const several = (count: number, request: () => string) => Array.from({ length: count }, request);
const PREDICT =
  "query($userId: ID!) { predict(userId: $userId) { userId prediction probability threshold modelVersion { model version } } }";
const PREDICT_MANY =
  "query($userIds: [ID!]!) { predictMany(userIds: $userIds) { userId prediction { prediction probability } error { code } } }";
const SERVED =
  '{ model(name: "churn") { production { run { artifacts { name url } } signature { features { name kind } } } } }';
interface ModelVersion {
  run: { artifacts: { name: string; url: string }[] };
  signature: { features: { name: string; kind: string }[] };
}
const KINDS: Kind[] = [
  { name: "rest", requests: several(2_000, () => post("/predict", { user_id: anyone() })) },
  {
    name: "features",
    requests: several(2_000, () => `GET /features/${anyone()} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`),
  },
  {
    name: "graphql",
    requests: several(2_000, () => post("/graphql", { query: PREDICT, variables: { userId: anyone() } })),
  },
  {
    name: "many",
    requests: several(50, () =>
      post("/graphql", { query: PREDICT_MANY, variables: { userIds: several(MANY, anyone) } }),
    ),
  },
].filter(({ name }) => !only || only.includes(name));

const home = mkdtempSync(join(tmpdir(), "asof-bench-"));
const database = await startEmbedded(home);
const url = database.url.replace(/\/asof$/, "/postgres");
const helpers: Helper[] = [];
let server: BenchServer | undefined;
try {
  await writeMonth(home, AS_OF, users, 1);
  const env = { DATABASE_URL: url, ASOF_HOME: home, DATA_DIR: home };
  const profile = process.env.BENCH_PROFILE;
  server = await startServer(env, profile ? ["--cpu-prof", "--cpu-prof-dir", profile] : []);
  await putIntoService(server);
  const databaseCpu = await databaseCpuMeter(url);
  const load = helper("./load.ts");
  console.log(
    `${hardware()}, load average ${loadavg()[0]!.toFixed(1)}; ${users} users, ${rounds} rounds of ${seconds} s\n`,
  );
  if (!only || only.includes("raw")) await raw(databaseCpu);
  await overHttp(server, load, databaseCpu);
} finally {
  for (const each of helpers) each.stop();
  await server?.stop();
  await database.stop();
  rmSync(home, { recursive: true, force: true });
}

function helper(file: string): Helper {
  const started = new Helper(file);
  helpers.push(started);
  return started;
}

async function putIntoService({ client }: BenchServer): Promise<void> {
  const ingested = await client.ingest(AS_OF, AS_OF);
  if (ingested.status !== "SUCCEEDED") throw new Error(`ingest: ${JSON.stringify(ingested.error)}`);
  const trained = await client.train({ asOf: AS_OF, algorithm: "GRADIENT_BOOSTING" });
  if (trained.status !== "SUCCEEDED") throw new Error(`train: ${JSON.stringify(trained.error)}`);
  await client.query(
    'mutation { promote(input: { version: 1, force: true, reason: "to measure" }) { version } }',
  );
}

async function overHttp(asof: BenchServer, load: Helper, databaseCpu: () => number): Promise<void> {
  console.log(
    "| request | connections | side | requests/s | p50 ms | p95 | p99 | CPU µs/request | PostgreSQL's | CPU / bare |\n|---|---|---|---|---|---|---|---|---|---|",
  );
  const bare = helper("./bare.ts");
  const { port } = await bare.told<{ port: number }>();
  const idle = cpuSecondsOf(asof.pid)!;
  await delay(IDLE_SECONDS * 1_000);
  const idleMs = ((cpuSecondsOf(asof.pid)! - idle) * 1e3) / IDLE_SECONDS;
  console.error(
    `asof without requests: ${idleMs.toFixed(0)} ms of CPU a second, which is in its figures below`,
  );
  for (const { name, requests } of KINDS) {
    await bare.ask(await answerOf(asof.port, requests[0]!));
    const sides = [
      { side: "bare", port, pid: bare.pid },
      { side: "asof", port: asof.port, pid: asof.pid },
    ];
    for (const connections of name === "many" ? [1, 8] : CONNECTIONS) {
      const samples = new Map(sides.map(({ side }): [string, Sample[]] => [side, []]));
      for (let round = -1; round < rounds; round++) {
        for (const { side, port, pid } of sides) {
          const one: Load = { port, connections, seconds: round < 0 ? 1 : seconds, requests };
          const sample = await measure(load, one, pid, databaseCpu);
          if (sample.failures > 0) throw new Error(`${name} of ${side}: ${sample.failures} failures`);
          if (round >= 0) samples.get(side)!.push(sample);
        }
      }
      print(name, connections, samples);
    }
  }
}

async function measure(load: Helper, one: Load, pid: number, databaseCpu: () => number): Promise<Sample> {
  const [cpu, ofDatabase] = [cpuSecondsOf(pid)!, databaseCpu()];
  const loaded = await load.ask<Loaded>(one);
  return {
    ...loaded,
    cpu: ((cpuSecondsOf(pid)! - cpu) * 1e6) / loaded.requests,
    databaseCpu: ((databaseCpu() - ofDatabase) * 1e6) / loaded.requests,
  };
}

async function raw(databaseCpu: () => number): Promise<void> {
  const version: ModelVersion = (await server!.client.query(SERVED)).model.production;
  const model = version.run.artifacts.find(({ name }) => name === "model.onnx")!;
  const bytes = await (await fetch(new URL(model.url, server!.client.address))).arrayBuffer();
  const namesOf = (wanted: string) =>
    version.signature.features.flatMap(({ name, kind }) => (kind === wanted ? [name] : []));
  const process = helper("./raw.ts");
  console.log("| raw, users at once | CPU µs/user | PostgreSQL's |\n|---|---|---|");
  for (const batch of [1, 32, MANY]) {
    const found: { cpu: number; database: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const before = databaseCpu();
      const asked: Raw = {
        url,
        model: Buffer.from(bytes).toString("base64"),
        numeric: namesOf("numeric"),
        categorical: namesOf("categorical"),
        users,
        batch,
        seconds,
      };
      const { requests, cpuSeconds } = await process.ask<{ requests: number; cpuSeconds: number }>(asked);
      found.push({
        cpu: (cpuSeconds * 1e6) / requests,
        database: ((databaseCpu() - before) * 1e6) / requests,
      });
    }
    const [own, ofDatabase] = [
      median(found.map(({ cpu }) => cpu)),
      median(found.map(({ database }) => database)),
    ];
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

function print(name: string, connections: number, samples: Map<string, Sample[]>): void {
  const of = (side: string, figure: (sample: Sample) => number) => median(samples.get(side)!.map(figure));
  for (const side of samples.keys()) {
    const cells = [
      of(side, ({ requests, seconds }) => requests / seconds).toFixed(0),
      ...(["p50", "p95", "p99"] as const).map((q) => of(side, (sample) => sample[q]).toFixed(2)),
      of(side, ({ cpu }) => cpu).toFixed(0),
      of(side, ({ databaseCpu }) => databaseCpu).toFixed(0),
      (of(side, ({ cpu }) => cpu) / of("bare", ({ cpu }) => cpu)).toFixed(2),
    ];
    console.log(`| ${name} | ${connections} | ${side} | ${cells.join(" | ")} |`);
  }
}
