/**
 * npm run bench:processes -- [users=20000] [rounds=7] [seconds=2]: asof in role `api` beside a bare Fastify route with one
 * `select`, over the same PostgreSQL:
 *   a lone client — one connection: p50, p99 and p99 / p50 of each, in turns;
 *   two processes — 32 connections with one process, 16 with one, 16 with each of two, in turns: CPU a request of the
 *   processes that answer and of PostgreSQL, and how many times the first line's it is. What Fastify's two take more is the
 *   machine's: caches, and two cores that also carry PostgreSQL and the load.
 * BENCH_PROFILE=<folder> writes CPU profiles of asof's processes.
 */
import "reflect-metadata";
import type { Loaded } from "./serving/load.js";
import { type LoadSample, measureLoad, warmUp } from "./serving/measured-load.js";
import { Helper, startServer } from "./serving/server.js";
import { AS_OF, type Kind, kindsOf, putIntoService } from "./serving/workload.js";
import { cpuSecondsOf, databaseCpuMeter } from "./support/cpu.js";
import { writeMonth } from "./support/delivery.js";
import { conditions, loadAverage, median } from "./support/measure.js";
import { startScratchServer } from "./support/scratch-database.js";

const [users = 20_000, rounds = 7, seconds = 2] = process.argv.slice(2).map(Number);
/** Of each load. */
const CONNECTIONS = 16;
/** The second says what fewer requests at once cost, which a process answers together. */
const WAYS = [
  { processes: 1, loads: 2 },
  { processes: 1, loads: 1 },
  { processes: 2, loads: 2 },
];
const PROCESSES = 2;
/** Milliseconds that a connection waits after each answer: with some, neither side has both cores for itself. */
const PAUSE_MS = Number(process.env.BENCH_PAUSE_MS ?? 0);

interface Side {
  name: string;
  of: { port: number; pid: number; warm: Set<string> }[];
}

const database = await startScratchServer();
const stops: (() => unknown)[] = [() => database.stop()];
try {
  await writeMonth(database.home, AS_OF, users, 1);
  const first = await startServer({ ...database.env, ASOF_ROLE: "all" });
  await putIntoService(first);
  await first.stop();
  const sides: Side[] = [
    { name: "Fastify", of: [] },
    { name: "asof", of: [] },
  ];
  const profile = process.env.BENCH_PROFILE;
  for (let n = 0; n < PROCESSES; n++) {
    const bare = helper("./one-select.ts");
    const at = await bare.ask<{ port: number; pid: number }>({ url: database.url });
    sides[0]!.of.push({ ...at, warm: new Set() });
    const options = profile ? ["--cpu-prof", "--cpu-prof-dir", profile] : [];
    const asof = await startServer({ ...database.env, ASOF_ROLE: "api" }, options);
    stops.push(asof.stop);
    sides[1]!.of.push({ port: asof.port, pid: asof.pid, warm: new Set() });
  }
  const loads = Array.from({ length: PROCESSES }, () => helper("./load.ts"));
  const databaseCpu = await databaseCpuMeter(database.url);
  console.log(`${conditions()}; ${users} users, ${rounds} rounds of ${seconds} s\n`);
  const kinds = kindsOf(users).filter(({ name }) => name === "rest" || name === "features");
  for (const kind of kinds)
    for (const { of } of sides) for (const one of of) await warmUp(loads[0]!, one, kind);
  await aLoneClient(sides, kinds, loads[0]!, databaseCpu);
  await twoProcesses(sides, kinds, loads, databaseCpu);
  console.log(`\n${loadAverage()} at the end`);
} finally {
  for (const stop of stops.reverse()) await stop();
}

function helper(file: string): Helper {
  const started = new Helper(file);
  stops.push(() => started.stop());
  return started;
}

async function aLoneClient(
  sides: readonly Side[],
  kinds: readonly Kind[],
  load: Helper,
  databaseCpu: () => number,
): Promise<void> {
  console.log(
    "| one connection | by | p50 ms | p99 ms | p99 / p50 | that, of Fastify's | CPU µs | PostgreSQL's |",
  );
  console.log("|---|---|---|---|---|---|---|---|");
  for (const { name, requests } of kinds) {
    const samples = sides.map((): LoadSample[] => []);
    for (let round = 0; round < rounds; round++) {
      for (const [i, { of }] of sides.entries()) {
        const one = { port: of[0]!.port, connections: 1, seconds, requests };
        samples[i]!.push(faultless(await measureLoad(load, one, of[0]!.pid, databaseCpu)));
      }
    }
    const ratios = samples.map((of) => median(of.map(({ p50, p99 }) => p99 / p50)));
    for (const [i, of] of samples.entries()) {
      const cells = [
        medianOf(of, "p50").toFixed(2),
        medianOf(of, "p99").toFixed(2),
        ratios[i]!.toFixed(2),
        (ratios[i]! / ratios[0]!).toFixed(2),
        medianOf(of, "cpu").toFixed(0),
        medianOf(of, "databaseCpu").toFixed(0),
      ];
      console.log(`| ${[name, sides[i]!.name, ...cells].join(" | ")} |`);
    }
  }
}

interface Shared {
  rate: number;
  p50: number;
  cpu: number;
  databaseCpu: number;
}

async function twoProcesses(
  sides: readonly Side[],
  kinds: readonly Kind[],
  loads: readonly Helper[],
  databaseCpu: () => number,
): Promise<void> {
  console.log(
    "\n| request | by | processes | connections of each | requests/s | p50 ms | CPU µs | PostgreSQL's | CPU, of the first's | both, of the first's |",
  );
  console.log("|---|---|---|---|---|---|---|---|---|---|");
  for (const { name, requests } of kinds) {
    for (const { name: by, of } of sides) {
      const samples = WAYS.map((): Shared[] => []);
      for (let round = 0; round < rounds; round++)
        for (const way of round % 2 === 0 ? WAYS : WAYS.toReversed()) {
          const all = Array.from({ length: way.loads }, (_, i) => ({
            load: loads[i]!,
            port: of[i % way.processes]!.port,
          }));
          const pids = of.slice(0, way.processes).map(({ pid }) => pid);
          samples[WAYS.indexOf(way)]!.push(await shared(all, pids, requests, databaseCpu));
        }
      const whole = samples.map((each) => median(each.map(({ cpu, databaseCpu }) => cpu + databaseCpu)));
      const own = samples.map((each) => median(each.map(({ cpu }) => cpu)));
      for (const [i, each] of samples.entries()) {
        const { processes, loads } = WAYS[i]!;
        const cells = [
          processes,
          (loads * CONNECTIONS) / processes,
          median(each.map(({ rate }) => rate)).toFixed(0),
          median(each.map(({ p50 }) => p50)).toFixed(2),
          own[i]!.toFixed(0),
          median(each.map(({ databaseCpu }) => databaseCpu)).toFixed(0),
          (own[i]! / own[0]!).toFixed(2),
          (whole[i]! / whole[0]!).toFixed(2),
        ];
        console.log(`| ${[name, by, ...cells].join(" | ")} |`);
      }
    }
  }
}

/** As many requests as are answered, of all the loads at once. */
async function shared(
  all: readonly { load: Helper; port: number }[],
  pids: readonly number[],
  requests: string[],
  databaseCpu: () => number,
): Promise<Shared> {
  const cpuOf = () => pids.reduce((sum, pid) => sum + cpuSecondsOf(pid)!, 0);
  const before = [cpuOf(), databaseCpu()] as const;
  const loaded = await Promise.all(
    all.map(({ load, port }) =>
      load
        .ask<Loaded>({ port, connections: CONNECTIONS, seconds, requests, pauseMs: PAUSE_MS })
        .then(faultless),
    ),
  );
  const done = loaded.reduce((sum, each) => sum + each.requests, 0);
  return {
    rate: done / Math.max(...loaded.map((each) => each.seconds)),
    p50: median(loaded.map(({ p50 }) => p50)),
    cpu: ((cpuOf() - before[0]) * 1e6) / done,
    databaseCpu: ((databaseCpu() - before[1]) * 1e6) / done,
  };
}

function faultless<T extends Loaded>(loaded: T): T {
  if (loaded.failures > 0) throw new Error(`${loaded.failures} of ${loaded.requests} requests failed`);
  return loaded;
}

function medianOf(samples: readonly LoadSample[], figure: "p50" | "p99" | "cpu" | "databaseCpu"): number {
  return median(samples.map((sample) => sample[figure]));
}
