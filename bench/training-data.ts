/**
 * npm run bench:training-data -- [users=1000000] [rounds=3]: reading a training set as a TRAIN run does, from snapshots in
 * an embedded PostgreSQL (seeded by SQL) into typed arrays, beside one boosting fit of 100 trees x 31 leaves on what was
 * read, one thread. CPU is that of this process and of the database server, from /proc.
 */
import "reflect-metadata";
import { loadavg } from "node:os";
import { createPool } from "../src/db/pool.js";
import { definitions } from "../src/definitions/index.js";
import type { StepContext } from "../src/jobs/run-kind.js";
import type { TrainingRowsParams } from "../src/jobs/training/train-params.js";
import { Trainer } from "../src/jobs/training/trainer.js";
import { trainingDataSha256 } from "../src/training/data-hash.js";
import { refitBoosting } from "../src/training/learners/boosting/fit-boosting.js";
import { gatherMatrix, learnColumns } from "../src/training/matrix.js";
import { resolveParams } from "../src/training/params.js";
import type { TrainingData } from "../src/training/types.js";
import { databaseCpuMeter } from "./support/cpu.js";
import { hardware, median } from "./support/measure.js";
import { withScratchDatabase } from "./support/scratch-database.js";
import { monthEnds, seedSnapshots } from "./support/snapshots.js";

const [users = 1_000_000, rounds = 3] = process.argv.slice(2).map(Number);

interface Sample {
  wall: number;
  cpu: number;
  serverCpu: number;
}
await withScratchDatabase(async (url) => {
  await seedSnapshots(url, users, monthEnds(1));
  await compare(url);
});

async function compare(url: string): Promise<void> {
  const pool = createPool(url, 4);
  const trainer = new Trainer(pool, definitions);
  const serverCpu = await databaseCpuMeter(url);
  const samples: Record<string, Sample[]> = { read: [], "hash alone": [], fit: [] };
  const take = async <T>(name: string, work: () => T | Promise<T>): Promise<T> => {
    const [before, cpu, startedAt] = [serverCpu(), process.cpuUsage(), performance.now()];
    const value = await work();
    const { user, system } = process.cpuUsage(cpu);
    const wall = (performance.now() - startedAt) / 1000;
    const sample = { wall, cpu: (user + system) / 1e6, serverCpu: serverCpu() - before };
    samples[name]!.push(sample);
    console.error(name, JSON.stringify(sample));
    return value;
  };
  const step = { signal: new AbortController().signal, progress: () => {}, log: async () => {} };
  const pinned = { model: definitions.services[0]!.name, snapshot: { id: 1 }, labelSnapshot: { id: 1 } };
  for (let round = 0; round < rounds; round++) {
    const table = await take("read", () =>
      trainer.read(pinned as TrainingRowsParams, step as unknown as StepContext),
    );
    if (table.data.keys.length !== users) throw new Error(`read ${table.data.keys.length} of ${users} rows`);
    await take("hash alone", () => trainingDataSha256(table.data));
    await take("fit", () => fitTrees(table.data as TrainingData));
  }
  await pool.end();
  console.log(`${hardware()}; ${new Date().toISOString().slice(0, 10)}; ${users} users, ${rounds} rounds`);
  console.log(
    `load at the end ${loadavg()
      .map((one) => one.toFixed(1))
      .join(" ")}\n`,
  );
  console.log("| | wall s, median (all) | CPU s | PostgreSQL's CPU s |\n|---|---|---|---|");
  for (const [name, all] of Object.entries(samples)) {
    const walls = all.map(({ wall }) => wall);
    const of = (pick: (sample: Sample) => number) => median(all.map(pick)).toFixed(2);
    console.log(
      `| ${name} | ${median(walls).toFixed(2)} (${walls.map((wall) => wall.toFixed(1)).join(" ")}) | ${of((one) => one.cpu)} | ${of((one) => one.serverCpu)} |`,
    );
  }
}

function fitTrees(table: TrainingData): void {
  const rows = Uint32Array.from({ length: table.keys.length }, (_, row) => row);
  const matrix = gatherMatrix(table, learnColumns(table, rows), rows);
  const settings = { trees: 100, leaves: 31, learning_rate: 0.1, l2: 0, min_leaf_rows: 20, linear_start: 0 };
  refitBoosting(matrix, table.labels, resolveParams("GRADIENT_BOOSTING", settings), () => {});
}
