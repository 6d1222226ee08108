/**
 * npm run bench:soak -- [requests=1000000] [users=5000]: what memory asof holds after so many requests, REST, GraphQL and
 * `/features` in turn, 32 connections. Prints resident memory and open descriptors at every tenth, and the slope over the last seven tenths; ends
 * with 1 where either is not flat.
 */
import "reflect-metadata";
import { readdirSync } from "node:fs";
import type { Load, Loaded } from "./serving/load.js";
import { Helper, startServer } from "./serving/server.js";
import { AS_OF, kindsOf, putIntoService } from "./serving/workload.js";
import { rssMegabytesOf } from "./support/cpu.js";
import { writeMonth } from "./support/delivery.js";
import { conditions } from "./support/measure.js";
import { startScratchServer } from "./support/scratch-database.js";

/** What the collector's own rhythm and the pools' may make of a flat line. */
const MOST_MB_A_MILLION = 40;
const MOST_DESCRIPTORS = 8;
const descriptorsOf = (pid: number): number =>
  process.platform === "linux" ? readdirSync(`/proc/${pid}/fd`).length : 0;

const [wanted = 1_000_000, users = 5_000] = process.argv.slice(2).map(Number);
const database = await startScratchServer();
const { home, env } = database;
await writeMonth(home, AS_OF, users, 1);
const server = await startServer(env);
const load = new Helper("./load.ts");
try {
  await putIntoService(server, "LOGISTIC_REGRESSION");
  const kinds = kindsOf(users).filter(({ name }) => name !== "many");
  const requests = kinds[0]!.requests.flatMap((_, i) => kinds.map((kind) => kind.requests[i]!));
  console.log(
    `${conditions()}; ${wanted} requests, ${users} users\n\n| requests | resident MB | descriptors | requests/s |\n|---|---|---|---|`,
  );
  const points: [number, number][] = [];
  const descriptors: [number, number][] = [];
  let done = 0;
  let seconds = 0;
  for (let tenth = 0; tenth <= 10; tenth++) {
    while (done < (wanted * tenth) / 10) {
      const one: Load = { port: server.port, connections: 32, seconds: 5, requests };
      const loaded = await load.ask<Loaded>(one);
      if (loaded.failures > 0) throw new Error(`${loaded.failures} failures`);
      done += loaded.requests;
      seconds += loaded.seconds;
    }
    points.push([done, rssMegabytesOf(server.pid)]);
    descriptors.push([done, descriptorsOf(server.pid)]);
    console.log(
      `| ${done} | ${points.at(-1)![1].toFixed(0)} | ${descriptors.at(-1)![1]} | ${seconds ? (done / seconds).toFixed(0) : ""} |`,
    );
  }
  const isWarm = ([at]: [number, number]) => at >= wanted * 0.3;
  const warm = points.filter(isWarm);
  const open = descriptors.filter(isWarm).map(([, count]) => count);
  const growth = open.at(-1)! - open[0]!;
  console.log(
    `\nslope after ${warm[0]![0]} requests: ${(slope(warm) * 1e6).toFixed(1)} MB a million requests; ${growth} more descriptors`,
  );
  if (wanted >= 1_000_000 && slope(warm) * 1e6 > MOST_MB_A_MILLION) fail("memory is not flat");
  if (growth > MOST_DESCRIPTORS) fail("descriptors are not flat");
} finally {
  load.stop();
  await server.stop();
  await database.stop();
}

function fail(what: string): void {
  console.error(`FAILED: ${what}`);
  process.exitCode = 1;
}

/** Least squares. */
function slope(points: readonly [number, number][]): number {
  const mean = (place: 0 | 1) => points.reduce((sum, point) => sum + point[place], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const above = points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return above / points.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}
