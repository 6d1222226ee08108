/**
 * npm run bench:serving-paths -- [users=20000] [rounds=5] [seconds=1]: what a request costs by the way to PostgreSQL: processes
 * of role `api`, one that connects to the primary, one through PgBouncer in transaction mode, one that reads from a standby.
 * All over the same data, in turns of a second or so, 256 connections each, driven by another process. CPU is that of asof,
 * and beside it that of both servers of PostgreSQL and of PgBouncer, a request.
 */
import "reflect-metadata";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPgbouncer } from "../tests/support/pgbouncer.js";
import { startReplicated } from "../tests/support/replica.js";
import { type LoadSample, measureLoad, warmUp } from "./serving/measured-load.js";
import { Helper, startServer } from "./serving/server.js";
import { AS_OF, kindsOf, putIntoService } from "./serving/workload.js";
import { cpuSecondsOf, databaseCpuMeter } from "./support/cpu.js";
import { writeMonth } from "./support/delivery.js";
import { conditions, loadAverage, median } from "./support/measure.js";

const [users = 20_000, rounds = 5, seconds = 1] = process.argv.slice(2).map(Number);
const CONNECTIONS = 256;

/** Of `databaseCpu` it is the primary's. */
type Sample = LoadSample & { standbyCpu: number; poolerCpu: number };

const stops: (() => unknown)[] = [];
try {
  const home = await mkdtemp(join(tmpdir(), "asof-bench-"));
  stops.push(() => rmSync(home, { recursive: true, force: true }));
  const { primary, replica, stop } = await startReplicated();
  stops.push(stop);
  const pooler = await startPgbouncer(primary, { pool_mode: "transaction" });
  stops.push(pooler.stop);
  await writeMonth(home, AS_OF, users, 1);
  const env = { DATABASE_URL: primary, ASOF_HOME: home, DATA_DIR: home };
  const first = await startServer({ ...env, ASOF_ROLE: "all" });
  await putIntoService(first);
  await first.stop();
  const ways: Record<string, Record<string, string>> = {
    primary: {},
    pooler: { DATABASE_URL: pooler.url, DATABASE_DIRECT_URL: primary },
    standby: { DATABASE_READ_URL: replica },
  };
  const sides = [];
  for (const [name, differs] of Object.entries(ways)) {
    const { port, pid, stop } = await startServer({ ...env, ...differs, ASOF_ROLE: "api" });
    stops.push(stop);
    sides.push({ name, port, pid, warm: new Set<string>() });
  }
  const [ofPrimary, ofReplica] = [await databaseCpuMeter(primary), await databaseCpuMeter(replica)];
  const load = new Helper("./load.ts");
  stops.push(() => load.stop());
  console.log(
    `${conditions()}; ${users} users, ${rounds} rounds of ${seconds} s, ${CONNECTIONS} connections\n`,
  );
  console.log(
    "| request | way | requests/s | p50 ms | p99 ms | CPU µs/request | the primary's | the standby's | PgBouncer's |",
  );
  console.log("|---|---|---|---|---|---|---|---|---|");
  for (const kind of kindsOf(users).filter(({ name }) => name === "rest" || name === "features")) {
    const samples = new Map(sides.map(({ name }): [string, Sample[]] => [name, []]));
    for (const side of sides) await warmUp(load, side, kind);
    for (let round = 0; round < rounds; round++) {
      for (const { name, port, pid } of round % 2 === 0 ? sides : sides.toReversed()) {
        const before = [ofReplica(), cpuSecondsOf(pooler.pid)!] as const;
        const one = { port, connections: CONNECTIONS, seconds, requests: kind.requests };
        const sample = await measureLoad(load, one, pid, ofPrimary);
        if (sample.failures > 0) throw new Error(`${kind.name} by ${name}: ${sample.failures} failures`);
        const [standbyCpu, poolerCpu] = [ofReplica() - before[0], cpuSecondsOf(pooler.pid)! - before[1]].map(
          (spent) => (spent * 1e6) / sample.requests,
        ) as [number, number];
        samples.get(name)!.push({ ...sample, standbyCpu, poolerCpu });
      }
    }
    for (const [name, found] of samples) print(kind.name, name, found);
  }
  console.log(`\n${loadAverage()} at the end`);
} finally {
  for (const stop of stops.reverse()) await stop();
}

function print(kind: string, way: string, samples: readonly Sample[]): void {
  const of = (figure: (sample: Sample) => number) => median(samples.map(figure));
  const cells = [
    of(({ requests, seconds }) => requests / seconds).toFixed(0),
    of(({ p50 }) => p50).toFixed(1),
    of(({ p99 }) => p99).toFixed(1),
    of(({ cpu }) => cpu).toFixed(0),
    of(({ databaseCpu }) => databaseCpu).toFixed(0),
    of(({ standbyCpu }) => standbyCpu).toFixed(0),
    of(({ poolerCpu }) => poolerCpu).toFixed(0),
  ];
  console.log(`| ${[kind, way, ...cells].join(" | ")} |`);
}
