/**
 * npm run bench:quarantine -- [users=10000] [bad=100000,300000,1000000]: ingests of one good month and of a usage file
 * with so many invalid rows more, all of which go to quarantine: half have a field too few, a quarter break a column's
 * bound and belong to nobody, a quarter break it and repeat a user's key. What is to be seen is how seconds and memory
 * grow with them. In a process and a database of its own each, so that none inherits another's memory.
 */
import "reflect-metadata";
import { fork } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { definitions } from "../src/definitions/index.js";
import { startAsof } from "../src/process/app.js";
import { changedSources } from "../tests/support/changed-sources.js";
import { testConfig } from "../tests/support/config.js";
import { cpuMeter } from "./support/cpu.js";
import { userId, writeMonth } from "./support/delivery.js";
import { hardware, measured, peakMemory } from "./support/measure.js";
import { onServer, type ScratchServer, startScratchServer } from "./support/scratch-database.js";

const USAGE = "usage_agg_30d";

interface Ingested {
  wallSeconds: number;
  ownCpuSeconds: number;
  allCpuSeconds: number;
  megabytes: number;
  quarantined: number;
  steps: Record<string, number>;
}

if (process.send) {
  const [url, home] = process.argv.slice(2) as [string, string];
  process.send(await ingest(url, home));
  process.disconnect();
} else {
  await main(
    Number(process.argv[2] ?? 10_000),
    (process.argv[3] ?? "100000,300000,1000000").split(",").map(Number),
  );
}

async function main(users: number, sizes: readonly number[]): Promise<void> {
  const server = await startScratchServer();
  const { home } = server;
  try {
    console.log(`# Ingest of ${users} users and of invalid rows of ${USAGE}`);
    console.log(`${hardware()}; npm run bench:quarantine -- ${process.argv.slice(2).join(" ")}\n`);
    const steps = ["stage", "validate", "hash", "publish"];
    console.log(
      `| invalid rows | wall s | CPU s, server's included | own CPU s | peak RSS MB | ${steps.join(" s | ")} s |`,
    );
    console.log("|---".repeat(5 + steps.length), "|");
    for (const bad of sizes) {
      await writeMonth(home, "delivery", users, 1);
      await appendInvalid(join(home, "delivery", `${USAGE}.csv`), users, bad);
      const sample = await inProcess(server, bad);
      if (sample.quarantined !== bad) throw new Error(`${sample.quarantined} of ${bad} rows in quarantine`);
      const { wallSeconds, allCpuSeconds, ownCpuSeconds, megabytes } = sample;
      const figures = [wallSeconds, allCpuSeconds, ownCpuSeconds].map((value) => value.toFixed(2));
      const ofSteps = steps.map((step) => sample.steps[step]!.toFixed(2));
      console.log(`| ${[bad, ...figures, Math.round(megabytes), ...ofSteps].join(" | ")} |`);
    }
  } finally {
    await server.stop();
  }
}

async function appendInvalid(file: string, users: number, count: number): Promise<void> {
  const out = createWriteStream(file, { flags: "a", highWaterMark: 1 << 20 });
  for (let i = 0; i < count; i++) {
    const key = i % 4 === 3 ? userId(i % users) : `${i}-NOBODY`;
    const line = i % 2 === 0 ? `${key},1.5,20,2,3\n` : `${key},1.5,20,2,3,-${i}\n`;
    if (!out.write(line)) await once(out, "drain");
  }
  out.end();
  await once(out, "finish");
}

async function inProcess({ url, at, home }: ScratchServer, bad: number): Promise<Ingested> {
  const database = `quarantine_${bad}`;
  await onServer(url, `create database ${database}`, "checkpoint");
  const child = fork(fileURLToPath(import.meta.url), [at(database), home]);
  const ended = once(child, "exit");
  let sample: Ingested | undefined;
  child.once("message", (message) => (sample = message as Ingested));
  await ended;
  if (!sample) throw new Error(`the ingest with ${bad} invalid rows failed`);
  await onServer(url, `drop database ${database} with (force)`);
  return sample;
}

async function ingest(url: string, home: string): Promise<Ingested> {
  const sources = Object.fromEntries(definitions.sources.map((source) => [source.name, source]));
  sources[USAGE] = { ...sources[USAGE]!, onInvalid: "quarantine" };
  const config = testConfig({ databaseUrl: url, home, dataDir: home });
  const asof = await startAsof(config, changedSources(sources, definitions), pino({ level: "silent" }));
  const { jobs, runs } = asof.services;
  const allCpu = await cpuMeter(url);
  const before = allCpu() ?? Number.NaN;
  let runId = "";
  const { value: sample, megabytes } = await peakMemory(() =>
    measured(async () => {
      ({ id: runId } = await jobs.start("INGEST", { source: "delivery", asOf: "2024-01-31" }, "bench"));
      for await (const event of runs.follow(runId, null)) {
        if (event.type === "STATUS" && !["QUEUED", "RUNNING"].includes(event.status)) break;
      }
    }),
  );
  const allCpuSeconds = (allCpu() ?? Number.NaN) - before;
  const [run] = await runs.findByIds([runId]);
  if (run!.status !== "SUCCEEDED") throw new Error(JSON.stringify(run!.error));
  const [steps] = await runs.steps([runId]);
  const seconds = steps!.map((step) => [step.name, step.durationMs! / 1000] as const);
  const quarantined = (run!.result as { quarantined: Record<string, number> }).quarantined[USAGE] ?? 0;
  await asof.close();
  return {
    ...{ wallSeconds: sample.wallSeconds, ownCpuSeconds: sample.cpuSeconds, allCpuSeconds },
    ...{ megabytes, quarantined, steps: Object.fromEntries(seconds) },
  };
}
