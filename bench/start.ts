/**
 * npm run bench:start -- [rounds=5]: what a start takes until /ready, in turns: `node -e 0`, PostgreSQL alone (`pg_ctl start`
 * on the same data), asof on a home that exists, asof on a fresh one. CPU is that of all processes, PostgreSQL's included;
 * the parts are those that asof's log gives, by the clock. Linux alone.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { readPostmasterFile } from "../src/db/embedded/guarded-start.js";
import { startEmbedded } from "../src/db/embedded/server.js";
import { cpuSecondsOf, cpuSecondsOfTree } from "./support/cpu.js";
import { conditions, median } from "./support/measure.js";
import { startOptions } from "./support/start-options.js";

/** So many at once: a tick of /proc is 10 ms. */
const NODES = 10;
const [rounds = 5] = process.argv.slice(2).map(Number);

interface Start {
  wall: number;
  cpu: number;
  parts?: Record<string, number>;
}

const existing = newHome();
const results = new Map<string, Start[]>();
try {
  await startAsof(existing);
  for (let round = 0; round < rounds; round++) {
    note("node -e 0", bareNode());
    note("PostgreSQL alone", await startPostgres(existing));
    note("asof, its home exists", await startAsof(existing));
    const fresh = newHome();
    note("asof, a fresh home", await startAsof(fresh));
    remove(fresh);
  }
} finally {
  remove(existing);
}

console.log(
  `${conditions()}; ${rounds} rounds in turns, medians\n\n| start | seconds | CPU s |\n|---|---|---|`,
);
for (const [name, starts] of results)
  console.log(`| ${name} | ${of(starts, ({ wall }) => wall)} | ${of(starts, ({ cpu }) => cpu)} |`);
for (const [name, starts] of results) {
  const parts = Object.keys(starts[0]!.parts ?? {});
  if (parts.length === 0) continue;
  console.log(
    `\nParts of "${name}", ms by the clock: ${parts.map((part) => `${part} ${of(starts, (start) => start.parts![part]!, 0)}`).join(", ")}.`,
  );
}

function note(name: string, start: Start): void {
  results.set(name, [...(results.get(name) ?? []), start]);
}

function of(starts: readonly Start[], value: (start: Start) => number, digits = 2): string {
  return median(starts.map(value)).toFixed(digits);
}

function newHome(): string {
  return mkdtempSync(join(tmpdir(), "asof-bench-"));
}

/** As root the data is kept outside the home, behind a link. */
function remove(home: string): void {
  rmSync(realpathSync(join(home, "postgres")), { recursive: true, force: true });
  rmSync(home, { recursive: true, force: true });
}

function bareNode(): Start {
  const [startedAt, before] = [performance.now(), cpuSecondsOf(process.pid)!];
  for (let i = 0; i < NODES; i++) spawnSync(process.execPath, ["-e", "0"]);
  const cpu = cpuSecondsOf(process.pid)! - before;
  return { wall: (performance.now() - startedAt) / 1000 / NODES, cpu: cpu / NODES };
}

async function startPostgres(home: string): Promise<Start> {
  const [startedAt, before] = [performance.now(), cpuSecondsOf(process.pid)!];
  const server = await startEmbedded(home);
  const wall = (performance.now() - startedAt) / 1000;
  const cpu = cpuSecondsOf(process.pid)! - before + serverCpu(server.dataDir);
  await server.stop();
  return { wall, cpu };
}

function serverCpu(dataDir: string): number {
  return cpuSecondsOfTree(readPostmasterFile(dataDir).pid);
}

async function startAsof(home: string): Promise<Start> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...startOptions(), ".bench-dist/main.js"], {
    env: {
      ...process.env,
      NODE_ENV: "production",
      HOST: "127.0.0.1",
      PORT: "0",
      ASOF_HOME: home,
      LOG_LEVEL: "info",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let ready: (parts: Record<string, number>) => void = () => {};
  const started = new Promise<Record<string, number>>((resolve, reject) => {
    ready = resolve;
    void exited.then(() => reject(new Error("asof ended before it was ready")));
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { startMs } = JSON.parse(line);
    if (startMs) ready(startMs);
  });
  const parts = await started;
  const wall = (performance.now() - startedAt) / 1000;
  const cpu = cpuSecondsOfTree(child.pid!) + serverCpu(realpathSync(join(home, "postgres", "data")));
  child.kill("SIGTERM");
  await exited;
  return { wall, cpu, parts };
}
