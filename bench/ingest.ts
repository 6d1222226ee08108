/**
 * npm run bench:ingest -- [users=100000] [rounds=3] [months]: a whole ingest (fingerprint, COPY, every check, hash, upsert of six
 * tables, snapshot, online store) against the physical limit: psql \copy of the same files into typed tables
 * and the same upsert, no checks. Both in one run, in turns, on one embedded server, into fresh tables.
 *
 * With `months` the first month is followed by the next one, where every row is an update, and by a correction of that
 * one, where one user in a hundred has changed and which becomes its second revision.
 */
import "reflect-metadata";
import { join } from "node:path";
import { pino } from "pino";
import { definitions } from "../src/definitions/index.js";
import { startAsof } from "../src/process/app.js";
import type { Run } from "../src/registry/run.js";
import { testConfig } from "../tests/support/config.js";
import { cpuMeter } from "./support/cpu.js";
import { writeMonth } from "./support/delivery.js";
import { createLiveTables, loadByPsql } from "./support/limit.js";
import { hardware, measured, median, peakMemory, type Sample } from "./support/measure.js";
import { onServer, startScratchServer } from "./support/scratch-database.js";

const users = Number(process.argv[2] ?? 100_000);
const rounds = Number(process.argv[3] ?? 3);
const deliveries = [
  { name: "first month", folder: "first", asOf: "2024-01-31", month: () => 1 },
  { name: "next month, every row an update", folder: "next", asOf: "2024-02-29", month: () => 2 },
  {
    ...{ name: "correction of it, 1 % of the users", folder: "correction", asOf: "2024-02-29" },
    month: (user: number) => (user % 100 === 0 ? 3 : 2),
  },
].slice(0, process.argv[4] === "months" ? 3 : 1);
/** CPU of both sides of the connection. */
type LimitSample = Sample & { allCpuSeconds: number };
type AsofSample = LimitSample & { steps: Record<string, number>; megabytes: number };

const server = await startScratchServer();
const { home, at } = server;
const allCpu = await cpuMeter(server.url);
try {
  for (const { folder, month } of deliveries) await writeMonth(home, folder, users, month);
  const limits: LimitSample[][] = [];
  const asofs: AsofSample[][] = [];
  for (let round = 0; round < rounds; round++) {
    limits.push(await measureLimit(round));
    asofs.push(await measureAsof(round));
  }
  print(limits, asofs);
} finally {
  await server.stop();
}

/** What was written before is on disk, so that neither side pays for the other. */
async function settle(): Promise<void> {
  await onServer(server.url, "checkpoint");
}

async function withAllCpu(work: () => Promise<unknown>): Promise<LimitSample> {
  const before = allCpu() ?? Number.NaN;
  const sample = await measured(work);
  return { ...sample, allCpuSeconds: (allCpu() ?? Number.NaN) - before };
}

async function measureLimit(round: number): Promise<LimitSample[]> {
  const database = `limit_${round}`;
  await onServer(server.url, `create database ${database}`);
  await onServer(at(database), createLiveTables(definitions));
  const samples: LimitSample[] = [];
  for (const { folder, asOf } of deliveries) {
    await settle();
    const load = () => loadByPsql(definitions, at(database), join(home, folder), asOf);
    samples.push(await withAllCpu(load));
  }
  await onServer(server.url, `drop database ${database}`);
  return samples;
}

async function measureAsof(round: number): Promise<AsofSample[]> {
  const database = `asof_${round}`;
  await onServer(server.url, `create database ${database}`);
  const config = testConfig({ databaseUrl: at(database), home, dataDir: home });
  const asof = await startAsof(config, definitions, pino({ level: "silent" }));
  const samples: AsofSample[] = [];
  try {
    for (const { folder, asOf } of deliveries) {
      await settle();
      samples.push(await measureIngest(asof, folder, asOf));
    }
    return samples;
  } finally {
    await asof.close();
    await onServer(server.url, `drop database ${database} with (force)`);
  }
}

async function measureIngest(
  asof: Awaited<ReturnType<typeof startAsof>>,
  source: string,
  asOf: string,
): Promise<AsofSample> {
  const { jobs, runs } = asof.services;
  let run: Run | null | undefined = null;
  const { value: sample, megabytes } = await peakMemory(() =>
    withAllCpu(async () => {
      const { id } = await jobs.start("INGEST", { source, asOf }, "bench");
      for await (const event of runs.follow(id, null)) {
        if (event.type === "STATUS" && !["QUEUED", "RUNNING"].includes(event.status)) break;
      }
      [run] = await runs.findByIds([id]);
    }),
  );
  if (run!.status !== "SUCCEEDED") throw new Error(JSON.stringify(run!.error));
  const [steps] = await runs.steps([run!.id]);
  const seconds = steps!.map((step) => [step.name, step.durationMs! / 1000] as const);
  return { ...sample, megabytes, steps: Object.fromEntries(seconds) };
}

function print(limits: LimitSample[][], asofs: AsofSample[][]): void {
  const rows = users * definitions.sources.length;
  console.log(
    `# Ingest of ${users} users, ${rows} rows in ${definitions.sources.length} files, ${rounds} rounds`,
  );
  console.log(`${hardware()}; npm run bench:ingest -- ${process.argv.slice(2).join(" ")}`);
  for (const [index, { name }] of deliveries.entries()) {
    console.log(`\n## ${name}\n`);
    printDelivery(
      rows,
      limits.map((samples) => samples[index]!),
      asofs.map((samples) => samples[index]!),
    );
  }
}

function printDelivery(rows: number, limits: LimitSample[], asofs: AsofSample[]): void {
  const over = (samples: LimitSample[], value: (sample: LimitSample) => number) => median(samples.map(value));
  const line = (name: string, samples: LimitSample[]) => {
    const wall = over(samples, (s) => s.wallSeconds);
    const all = samples.map((s) => s.wallSeconds.toFixed(2)).join(" ");
    const cpu = over(samples, (s) => s.allCpuSeconds).toFixed(2);
    return `| ${name} | ${wall.toFixed(2)} (${all}) | ${Math.round(rows / wall)} | ${cpu} |`;
  };
  const ratio = (value: (sample: LimitSample) => number) =>
    (over(asofs, value) / over(limits, value)).toFixed(2);
  console.log("| | wall s, median (all) | rows/s | CPU s, median, server's included |\n|---|---|---|---|");
  console.log(line("psql \\copy + upsert, no checks", limits));
  console.log(line("asof ingest, whole", asofs));
  console.log(`| ratio | ${ratio((s) => s.wallSeconds)} | | ${ratio((s) => s.allCpuSeconds)} |`);
  const own = median(asofs.map((s) => s.cpuSeconds)).toFixed(2);
  const memory = Math.round(Math.max(...asofs.map((s) => s.megabytes)));
  console.log(`\nasof's own process: ${own} s CPU, peak RSS ${memory} MB\n\n| step | s, median |\n|---|---|`);
  for (const step of Object.keys(asofs[0]!.steps)) {
    console.log(`| ${step} | ${median(asofs.map((s) => s.steps[step]!)).toFixed(2)} |`);
  }
}
