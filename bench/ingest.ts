/**
 * npm run bench:ingest -- [users=100000] [rounds=3]: a whole ingest (fingerprint, COPY, every check, hash, upsert of six
 * tables, snapshot, online store) against the physical limit: psql \copy of the same files into typed tables
 * and the same upsert, no checks. Both in one run, in turns, on one embedded server, into fresh tables.
 */
import "reflect-metadata";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { startAsof } from "../src/app.js";
import { startEmbedded } from "../src/db/embedded/server.js";
import { createClient } from "../src/db/pool.js";
import { definitions } from "../src/definitions/index.js";
import type { Run } from "../src/registry/run.js";
import { writeMonth } from "./support/delivery.js";
import { command, hardware, measured, median, peakMemory, type Sample } from "./support/measure.js";

const users = Number(process.argv[2] ?? 100_000);
const rounds = Number(process.argv[3] ?? 3);
const home = mkdtempSync(join(tmpdir(), "asof-bench-"));
const TYPES = {
  int: "integer",
  float: "double precision",
  bool: "boolean",
  string: "text",
  date: "date",
} as const;

const server = await startEmbedded(home);
try {
  await writeMonth(home, "month", users, 1);
  const limits: Sample[] = [];
  const asofs: (Sample & { steps: Record<string, number>; megabytes: number })[] = [];
  for (let round = 0; round < rounds; round++) {
    limits.push(await measureLimit(round));
    asofs.push(await measureAsof(round));
  }
  print(limits, asofs);
} finally {
  await server.stop();
  rmSync(home, { recursive: true, force: true });
}

async function onServer(database: string, sql: string): Promise<void> {
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  const client = createClient(url.href);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function databaseUrl(database: string): string {
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  return url.href;
}

async function measureLimit(round: number): Promise<Sample> {
  const database = `limit_${round}`;
  await onServer("postgres", `create database ${database}`);
  const script = [String.raw`\set ON_ERROR_STOP on`];
  for (const { name, columns } of definitions.sources) {
    const typed = Object.entries(columns).map(([column, { type }]) => `${column} ${TYPES[type]}`);
    const names = Object.keys(columns);
    script.push(
      `create unlogged table s_${name} (user_id text not null, ${typed.join(", ")});`,
      `create table ${name} (user_id text primary key, ${typed.join(", ")}, as_of date not null);`,
      `\\copy s_${name} from '${join(home, "month", name)}.csv' with (format csv, header)`,
      `insert into ${name} select user_id, ${names.join(", ")}, '2024-01-31' from s_${name} order by user_id
         on conflict (user_id) do update set ${names.map((column) => `${column} = excluded.${column}`).join(", ")};`,
    );
  }
  const file = join(home, `limit_${round}.sql`);
  // psql's backslash commands end with their line.
  writeFileSync(file, `${script.map((line) => line.replace(/\n\s*/g, " ")).join("\n")}\n`);
  const sample = await measured(() => command("psql", ["-q", "-d", databaseUrl(database), "-f", file]));
  await onServer("postgres", `drop database ${database}`);
  return sample;
}

async function measureAsof(round: number) {
  const database = `asof_${round}`;
  await onServer("postgres", `create database ${database}`);
  const config = {
    host: "127.0.0.1",
    port: 0,
    databaseUrl: databaseUrl(database),
    home,
    dataDir: home,
    role: "all" as const,
    logLevel: "silent",
  };
  const asof = await startAsof(config, definitions, pino({ level: "silent" }));
  try {
    let run: Run | null | undefined = null;
    const { value: sample, megabytes } = await peakMemory(() =>
      measured(async () => {
        const { id } = await asof.services.jobs.ingest({ source: "month", asOf: "2024-01-31" }, "bench");
        for await (const event of asof.services.runs.follow(id, null)) {
          if (event.type === "STATUS" && !["QUEUED", "RUNNING"].includes(event.status)) break;
        }
        [run] = await asof.services.runs.findByIds([id]);
      }),
    );
    if (run!.status !== "SUCCEEDED") throw new Error(JSON.stringify(run!.error));
    const [steps] = await asof.services.runs.steps([run!.id]);
    return {
      ...sample,
      megabytes,
      steps: Object.fromEntries(steps!.map((s) => [s.name, s.durationMs! / 1000])),
    };
  } finally {
    await asof.close();
    await onServer("postgres", `drop database ${database} with (force)`);
  }
}

function print(limits: Sample[], asofs: Awaited<ReturnType<typeof measureAsof>>[]): void {
  const rows = users * definitions.sources.length;
  const limit = median(limits.map((s) => s.wallSeconds));
  const asof = median(asofs.map((s) => s.wallSeconds));
  console.log(
    `# Ingest of ${users} users, ${rows} rows in ${definitions.sources.length} files, ${rounds} rounds`,
  );
  console.log(`${hardware()}; npm run bench:ingest -- ${users} ${rounds}\n`);
  console.log("| | wall s, median (all) | rows/s | own CPU s, median | peak RSS MB |\n|---|---|---|---|---|");
  const all = (samples: Sample[]) => samples.map((s) => s.wallSeconds.toFixed(2)).join(" ");
  console.log(
    `| psql \\copy + upsert, no checks | ${limit.toFixed(2)} (${all(limits)}) | ${Math.round(rows / limit)} | | |`,
  );
  const cpu = median(asofs.map((s) => s.cpuSeconds)).toFixed(2);
  const memory = Math.round(median(asofs.map((s) => s.megabytes)));
  console.log(
    `| asof ingest, whole | ${asof.toFixed(2)} (${all(asofs)}) | ${Math.round(rows / asof)} | ${cpu} | ${memory} |`,
  );
  console.log(`\nratio ${(asof / limit).toFixed(2)}\n\n| step | s, median |\n|---|---|`);
  for (const step of Object.keys(asofs[0]!.steps)) {
    console.log(`| ${step} | ${median(asofs.map((s) => s.steps[step]!)).toFixed(2)} |`);
  }
}
