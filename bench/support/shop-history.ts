import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { createPool, withTransaction } from "../../src/db/pool.js";
import { mergeEvents } from "../../src/ingest/events/merge-events.js";
import { createStagingTable, stagingTable } from "../../src/ingest/staging.js";
import { startAsof } from "../../src/process/app.js";
import { testConfig } from "../../tests/support/config.js";
import { databaseCpuMeter, watchServerMemory } from "./cpu.js";
import { peakMemory } from "./measure.js";
import { customerId, shop, stagedOrders, writeOrders } from "./shop.js";

export const MONTHS = Array.from({ length: 12 }, (_, month) => new Date(Date.UTC(2023, month)));
export const dateOf = (month: Date): string =>
  new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 0)).toISOString().slice(0, 10);

/** Where the history is made, and how much of it. */
export interface ShopPlace {
  /** Of a database with the shop's tables. */
  url: string;
  serverUrl: string;
  /** With its migrations; files are written there. */
  home: string;
  events: number;
  customers: number;
}

const HEADER =
  "| delivery | events | wall s | own CPU s | server's CPU s | own peak RSS MB | a server process's peak MB |\n|---|---|---|---|---|---|---|";

const partsOf = (events: number): { month: Date; from: number; count: number }[] =>
  MONTHS.map((month, index) => {
    const from = Math.floor((events * index) / MONTHS.length);
    return { month, from, count: Math.floor((events * (index + 1)) / MONTHS.length) - from };
  });

/** Each month as asof ingests it, checks, merge and snapshot included. */
export async function deliverAll(place: ShopPlace): Promise<void> {
  const { url, home, events, customers } = place;
  const migrations = join(home, "migrations");
  const config = testConfig({ databaseUrl: url, home, dataDir: home, migrations });
  const asof = await startAsof(config, { ...shop, migrations }, pino({ level: "silent" }));
  try {
    console.log(`\n${HEADER}`);
    for (const [index, { month, from, count }] of partsOf(events).entries()) {
      const name = dateOf(month);
      await writeOrders(join(home, name), month, from, count, customers);
      if (index === 0) writeCustomers(join(home, name), customers);
      const figures = await watched(place, () => ingest(asof, name));
      console.log(`| ${name} | ${count} | ${figures} |`);
    }
  } finally {
    await asof.close();
  }
}

/** Each month made in a staging table and merged as an ingest does it, without files and checks. */
export async function seedAll(place: ShopPlace): Promise<void> {
  const { url, events, customers } = place;
  const pool = createPool(url, 1);
  const runId = "00000000-0000-4000-8000-000000000000";
  const source = shop.sources.find(({ name }) => name === "orders")!;
  try {
    await pool.query(
      "insert into runs (id, kind, status, params, actor) values ($1, 'INGEST', 'SUCCEEDED', '{}', 'bench')",
      [runId],
    );
    await pool.query(
      `insert into customers (customer_id, region, as_of)
       select 'C' || lpad(n::text, 8, '0'), 'north', '2023-01-31' from generate_series(0, $1::int - 1) n`,
      [customers],
    );
    console.log(`\n${HEADER}`);
    for (const { month, from, count } of partsOf(events)) {
      const asOf = dateOf(month);
      await createStagingTable(pool, shop, runId, source);
      const table = stagingTable(runId, source);
      await pool.query(stagedOrders(table, month, from, count, customers));
      const figures = await watched(place, () =>
        withTransaction(pool, async (tx) => {
          await tx.query("set local work_mem = '64MB'; set local maintenance_work_mem = '256MB'");
          await mergeEvents(tx, "customer_id", source, { runId, asOf });
        }),
      );
      await pool.query(`drop table ${table}`);
      console.log(`| ${asOf} | ${count} | ${figures} |`);
    }
  } finally {
    await pool.end();
  }
}

function writeCustomers(folder: string, customers: number): void {
  mkdirSync(folder, { recursive: true });
  const rows = Array.from({ length: customers }, (_, i) => `${customerId(i)},north\n`);
  writeFileSync(join(folder, "customers.csv"), `customer_id,region\n${rows.join("")}`);
}

async function ingest(asof: Awaited<ReturnType<typeof startAsof>>, name: string): Promise<void> {
  const { jobs, runs } = asof.services;
  const { id } = await jobs.start("INGEST", { source: name, asOf: name }, "bench");
  for await (const event of runs.follow(id, null))
    if (event.type === "STATUS" && !["QUEUED", "RUNNING"].includes(event.status)) break;
  const [run] = await runs.findByIds([id]);
  if (run!.status !== "SUCCEEDED") throw new Error(JSON.stringify(run!.error));
}

/** Time and memory that something took, as the last cells of a row. */
async function watched({ serverUrl }: ShopPlace, work: () => Promise<void>): Promise<string> {
  const cpuOfServer = await databaseCpuMeter(serverUrl);
  const memory = await watchServerMemory(serverUrl);
  const [startedAt, own, before] = [performance.now(), process.cpuUsage(), cpuOfServer()];
  const { megabytes } = await peakMemory(work);
  const { user, system } = process.cpuUsage(own);
  const seconds = [(performance.now() - startedAt) / 1000, (user + system) / 1e6, cpuOfServer() - before];
  return [...seconds.map((value) => value.toFixed(1)), megabytes.toFixed(0), memory.stop().toFixed(0)].join(
    " | ",
  );
}
