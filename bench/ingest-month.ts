/**
 * npm run bench:ingest-month -- [--users 20000] [--rounds 3] [--statements 0]: months of the shipped schema, ingested by asof
 * and by what a team writes by hand: psql \copy, the same checks in SQL, upsert, insert of a snapshot, online upsert
 * (`support/raw-month.ts`). In turns, on one embedded server, each into a database of its own.
 *
 * The first month; an update month, of which one user in a hundred differs; one where all are drawn anew; and a correction of
 * that, where one in a hundred differs, which is the date's second revision; then one of a single file of the six. CPU is of all
 * processes: this one, psql, PostgreSQL's. With `--statements 15` the 15 statements that took longest, of each delivery.
 */
import "reflect-metadata";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { createClient } from "../src/db/pool.js";
import { definitions } from "../src/definitions/index.js";
import { startAsof } from "../src/process/app.js";
import { testConfig } from "../tests/support/config.js";
import { cpuMeter, forgetPeak, peakMegabytes } from "./support/cpu.js";
import { writeMonth } from "./support/delivery.js";
import { conditions, median } from "./support/measure.js";
import { createRawTables, loadRawMonth } from "./support/raw-month.js";
import { onServer, startScratchServer } from "./support/scratch-database.js";

const { values } = parseArgs({
  options: {
    users: { type: "string", default: "20000" },
    rounds: { type: "string", default: "3" },
    statements: { type: "string", default: "0" },
  },
});
const [users, rounds, listed] = [Number(values.users), Number(values.rounds), Number(values.statements)];
const few = (user: number) => user % 100 === 0;
const deliveries = [
  { name: "first month", folder: "first", asOf: "2024-01-31", revision: 1, month: () => 1 },
  {
    ...{ name: "update month, 1 % differ", folder: "few", asOf: "2024-02-29", revision: 1 },
    month: (user: number) => (few(user) ? 2 : 1),
  },
  { name: "month in which all differ", folder: "all", asOf: "2024-03-31", revision: 1, month: () => 3 },
  {
    ...{ name: "correction of it, 1 % differ", folder: "correction", asOf: "2024-03-31", revision: 2 },
    month: (user: number) => (few(user) ? 4 : 3),
  },
  {
    ...{ name: "correction of one file, 1 % differ", folder: "one", asOf: "2024-03-31", revision: 3 },
    month: (user: number) => (few(user) ? 4 : 3),
  },
];

interface Used {
  wall: number;
  cpu: number;
  walMegabytes: number;
}
type OfAsof = Used & { steps: Record<string, number>; megabytes: number };

const server = await startScratchServer(
  listed > 0 ? { shared_preload_libraries: "pg_stat_statements", "pg_stat_statements.track": "all" } : {},
);
const { home, at } = server;
const allCpu = await cpuMeter(server.url);
const watching = createClient(server.url);
await watching.connect();
try {
  if (listed > 0) await watching.query("create extension pg_stat_statements");
  for (const { folder, month } of deliveries) await writeMonth(home, folder, users, month);
  await writeMonth(home, "one", users, (user) => (few(user) ? 5 : 3), ["payments_agg_90d"]);
  const raw: Used[][] = [];
  const asof: OfAsof[][] = [];
  for (let round = 0; round < rounds; round++) {
    // Who comes first changes, so that neither always finds the files in memory.
    if (round % 2 === 0) raw.push(await measureRaw(round));
    asof.push(await measureAsof(round));
    if (round % 2 === 1) raw.push(await measureRaw(round));
  }
  print(raw, asof);
} finally {
  await watching.end();
  await server.stop();
}

async function used(work: () => Promise<unknown>): Promise<Used> {
  // What was written before is on disk, so that neither side pays for the other.
  await watching.query("checkpoint");
  const wal = (await watching.query("select pg_current_wal_lsn() as lsn")).rows[0].lsn;
  const [startedAt, cpu] = [performance.now(), allCpu() ?? Number.NaN];
  await work();
  const wall = (performance.now() - startedAt) / 1000;
  const spent = (allCpu() ?? Number.NaN) - cpu;
  const { rows } = await watching.query(
    "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1)::float8 as bytes",
    [wal],
  );
  return { wall, cpu: spent, walMegabytes: rows[0].bytes / 1e6 };
}

async function measureRaw(round: number): Promise<Used[]> {
  const database = `raw_${round}`;
  await onServer(server.url, `create database ${database}`);
  await onServer(at(database), createRawTables(definitions));
  const samples: Used[] = [];
  for (const { folder, asOf, revision } of deliveries) {
    samples.push(
      await used(() => loadRawMonth(definitions, at(database), join(home, folder), asOf, revision)),
    );
    await vacuum(at(database));
  }
  await onServer(server.url, `drop database ${database}`);
  return samples;
}

async function measureAsof(round: number): Promise<OfAsof[]> {
  const database = `asof_${round}`;
  await onServer(server.url, `create database ${database}`);
  const config = testConfig({ databaseUrl: at(database), home, dataDir: home });
  const asof = await startAsof(config, definitions, pino({ level: "silent" }));
  const samples: OfAsof[] = [];
  try {
    for (const { name, folder, asOf } of deliveries) {
      if (listed > 0) await watching.query("select pg_stat_statements_reset()");
      samples.push(await measureIngest(asof, folder, asOf));
      if (listed > 0) await listStatements(name);
      await vacuum(at(database));
    }
    return samples;
  } finally {
    await asof.close();
    await onServer(server.url, `drop database ${database} with (force)`);
  }
}

/** A month lies between: by then autovacuum has been there, on both sides. */
function vacuum(url: string): Promise<void> {
  return onServer(url, "vacuum (analyze)");
}

async function measureIngest(
  { services: { jobs, runs } }: Awaited<ReturnType<typeof startAsof>>,
  source: string,
  asOf: string,
): Promise<OfAsof> {
  const steps: Record<string, number> = {};
  let id = "";
  forgetPeak();
  const sample = await used(async () => {
    ({ id } = await jobs.start("INGEST", { source, asOf }, "bench"));
    let [step, since] = ["start", allCpu() ?? Number.NaN];
    for await (const event of runs.follow(id, null)) {
      const ended = event.type === "STATUS" && !["QUEUED", "RUNNING"].includes(event.status);
      const now = allCpu() ?? Number.NaN;
      if (event.step !== step || ended) {
        steps[step] = (steps[step] ?? 0) + now - since;
        [step, since] = [event.step ?? step, now];
      }
      if (ended) break;
    }
  });
  const megabytes = peakMegabytes();
  const [run] = await runs.findByIds([id]);
  if (run!.status !== "SUCCEEDED") throw new Error(JSON.stringify(run!.error));
  return { ...sample, megabytes, steps };
}

async function listStatements(delivery: string): Promise<void> {
  const { rows } = await watching.query(
    `select calls, round(total_exec_time)::int as ms, round(wal_bytes / 1e6)::int as mb,
       left(regexp_replace(query, '\\s+', ' ', 'g'), 200) as query
     from pg_stat_statements where toplevel order by total_exec_time desc limit $1`,
    [listed],
  );
  console.log(`\n${delivery}: ms, calls, MB of WAL, statement`);
  for (const { ms, calls, mb, query } of rows) console.log(`${ms}\t${calls}\t${mb}\t${query}`);
}

function print(raw: Used[][], asof: OfAsof[][]): void {
  const rows = users * definitions.sources.length;
  console.log(
    `# Months of ${users} users, ${rows} rows in ${definitions.sources.length} files, ${rounds} rounds in turns`,
  );
  console.log(`${conditions()}; npm run bench:ingest-month -- ${process.argv.slice(2).join(" ")}\n`);
  console.log(
    "| delivery | by hand: CPU s | WAL MB | wall s | asof: CPU s | WAL MB | wall s | CPU ratio | WAL ratio |",
  );
  console.log("|---|---|---|---|---|---|---|---|---|");
  const names = deliveries.map(({ name }) => name);
  for (const [index, name] of names.entries()) {
    const of = (sides: Used[][], value: (sample: Used) => number) =>
      median(sides.map((samples) => value(samples[index]!)));
    const cells = (sides: Used[][]) =>
      [of(sides, (s) => s.cpu), of(sides, (s) => s.walMegabytes), of(sides, (s) => s.wall)].map((v) =>
        v.toFixed(2),
      );
    const ratio = (value: (sample: Used) => number) =>
      median(asof.map((samples, round) => value(samples[index]!) / value(raw[round]![index]!))).toFixed(2);
    const ratios = [ratio((s) => s.cpu), ratio((s) => s.walMegabytes)];
    console.log(`| ${[name, ...cells(raw), ...cells(asof), ...ratios].join(" | ")} |`);
  }
  const share = (sides: Used[][], correction: number) =>
    median(sides.map((samples) => samples[correction]!.cpu / samples[2]!.cpu)).toFixed(2);
  for (const correction of [3, 4]) {
    const shares = `by hand ${share(raw, correction)}, asof ${share(asof, correction)}`;
    console.log(`\nCPU of "${names[correction]}" as a share of the whole month: ${shares}`);
  }
  const memory = Math.max(...asof.flat().map(({ megabytes }) => megabytes));
  console.log(`Peak RSS of asof's process (the bench is in it): ${Math.round(memory)} MB\n`);
  console.log(`| CPU s of a step | ${names.join(" | ")} |\n|---|${names.map(() => "---|").join("")}`);
  for (const step of Object.keys(asof[0]![0]!.steps)) {
    const seconds = names.map((_, i) =>
      median(asof.map((samples) => samples[i]!.steps[step] ?? 0)).toFixed(2),
    );
    console.log(`| ${step} | ${seconds.join(" | ")} |`);
  }
}
