/**
 * npm run bench:rest -- [users=20000] [rounds=3] [settle=60] [seconds=30]: what asof in role `all` takes while nobody asks, with
 * a month in its store and a model in Production: it is started, left alone for `settle` seconds, and then looked at for
 * `seconds`. CPU and memory (PSS: what is shared counts by shares) are those of asof and of PostgreSQL, all of its processes.
 * Linux alone.
 */
import "reflect-metadata";
import { setTimeout as delay } from "node:timers/promises";
import { type BenchServer, startServer } from "./serving/server.js";
import { AS_OF, putIntoService } from "./serving/workload.js";
import { cpuSecondsOf, databaseCpuMeter, databasePssMegabytes, pssMegabytesOf } from "./support/cpu.js";
import { writeMonth } from "./support/delivery.js";
import { conditions, loadAverage, median } from "./support/measure.js";
import { startScratchServer } from "./support/scratch-database.js";

const [users = 20_000, rounds = 3, settle = 60, seconds = 30] = process.argv.slice(2).map(Number);

const database = await startScratchServer();
const env = { ...database.env, ASOF_ROLE: "all" };
let server: BenchServer | null = null;
try {
  await writeMonth(database.home, AS_OF, users, 1);
  server = await startServer(env);
  await putIntoService(server);
  const databaseCpu = await databaseCpuMeter(database.url);
  console.log(`${conditions()}; ${users} users, ${settle} s after a start, ${seconds} s\n`);
  console.log("| round | asof, ms of CPU a second | PostgreSQL | both | asof, MB | PostgreSQL | both |");
  console.log("|---|---|---|---|---|---|---|");
  const found: number[][] = [];
  for (let round = 1; round <= rounds; round++) {
    await server.stop();
    server = await startServer(env);
    await delay(settle * 1_000);
    const before = [cpuSecondsOf(server.pid)!, databaseCpu()] as const;
    await delay(seconds * 1_000);
    const cpu = [cpuSecondsOf(server.pid)! - before[0], databaseCpu() - before[1]].map(
      (spent) => (spent * 1_000) / seconds,
    );
    const memory = [pssMegabytesOf(server.pid), await databasePssMegabytes(database.url)];
    found.push([...withSum(cpu), ...withSum(memory)]);
    print(String(round), found.at(-1)!);
  }
  print(
    "median",
    found[0]!.map((_, i) => median(found.map((figures) => figures[i]!))),
  );
  console.log(`\n${loadAverage()} at the end`);
} finally {
  await server?.stop();
  await database.stop();
}

function withSum([own = 0, ofDatabase = 0]: readonly number[]): number[] {
  return [own, ofDatabase, own + ofDatabase];
}

function print(name: string, figures: readonly number[]): void {
  const cells = figures.map((figure, i) => figure.toFixed(i < 3 ? 1 : 0));
  console.log(`| ${[name, ...cells].join(" | ")} |`);
}
