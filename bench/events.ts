/**
 * npm run bench:events -- [events=5000000] [customers=100000] [rounds=3] [delivered]: twelve months of a shop's orders are delivered to
 * asof, a month a delivery, each with the memory that this process and the database's largest took; with `seeded` the months
 * are made in staging tables and only merged, which takes a third of the time. Then the windows of the last date
 *   by asof — of its history, as a publication computes them: the statement alone, and with key and hash of the rows;
 *   by hand — of one plain table of the same rows, in psql: with sums in any order, and in the order of time as asof has them;
 *   by pandas — of the same files, where BENCH_PYTHON names a Python that has pandas and pyarrow.
 * In turns on one embedded server, each with the same work_mem. All must find the same values.
 */
import "reflect-metadata";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { generateDeployment } from "../scripts/generate-deployment.js";
import { migrateDatabase } from "../src/db/database.js";
import { createPool, type Pool, quote } from "../src/db/pool.js";
import { computedSources } from "../src/definitions/language/windows/sources-of.js";
import { windowRowsSql } from "../src/features/windows/window-sql.js";
import { computeWindows } from "../src/ingest/events/compute-windows.js";
import { databaseCpuMeter } from "./support/cpu.js";
import { hardware, loadAverage, median } from "./support/measure.js";
import { onServer, startScratchServer } from "./support/scratch-database.js";
import { byHand, shop } from "./support/shop.js";
import { dateOf, deliverAll, MONTHS, seedAll } from "./support/shop-history.js";

const [events = 5_000_000, customers = 100_000, rounds = 3] = process.argv.slice(2, 5).map(Number);
const way = process.argv[5] ?? "delivered";
const LAST = dateOf(MONTHS.at(-1)!);
const SETTINGS = "set local work_mem = '64MB'; set local maintenance_work_mem = '256MB'";
const partitionOf = (month: Date): string =>
  `orders_events_${month.toISOString().slice(0, 7).replace("-", "")}`;

const FLOATS = ["spend_90d", "spend_all", "mean_basket", "deviation"];
const list = (alias: string): string =>
  Object.keys(computedSources(shop)[0]!.columns)
    .map((name) => `${alias}.${quote(name)}`)
    .join(", ");

const python = process.env.BENCH_PYTHON;

interface Sample {
  wall: number;
  cpu: number;
}

const server = await startScratchServer();
const { home, url: serverUrl } = server;
const cpuOfServer = await databaseCpuMeter(serverUrl);
try {
  console.log(`# Windows over ${events} events of ${customers} customers, ${rounds} rounds in turns`);
  console.log(`${hardware()}; npm run bench:events -- ${process.argv.slice(2).join(" ")}`);
  const url = await createDatabase();
  const place = { url, serverUrl, home, events, customers };
  await (way === "seeded" ? seedAll(place) : deliverAll(place));
  await createPlainTable(url);
  await compare(url);
} finally {
  await server.stop();
}

async function createDatabase(): Promise<string> {
  await onServer(serverUrl, "create database shop");
  const url = server.at("shop");
  await generateDeployment(join(home, "migrations"), shop, "shop");
  await migrateDatabase(url, { ...shop, migrations: join(home, "migrations") });
  return url;
}

/** The same rows in the order of their time, as they would lie after \copy of the files. */
function createPlainTable(url: string): Promise<void> {
  const columns = "customer_id, order_no, ordered_at, dollars, items, channel, cancelled";
  const months = MONTHS.map(
    (month) =>
      `insert into orders_by_hand select ${columns} from ${quote(partitionOf(month))} where asof_ended_by is null order by order_no`,
  );
  return onServer(
    url,
    `create table orders_by_hand (customer_id text collate "C" not null, order_no integer not null, ordered_at timestamp not null,
       dollars double precision, items integer, channel text, cancelled boolean)`,
    ...months,
    "vacuum (analyze) orders_by_hand",
    "checkpoint",
  );
}

async function compare(url: string): Promise<void> {
  const pool = createPool(url, 1);
  try {
    await compareOn(pool, url);
  } finally {
    await pool.end();
  }
}

async function compareOn(pool: Pool, url: string): Promise<void> {
  const samples: Record<string, Sample[]> = {};
  const add = (name: string, sample: Sample) => {
    samples[name] = [...(samples[name] ?? []), sample];
  };
  const pandas: Record<string, number>[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const { name } of computedSources(shop)) {
      add(`${name}: by hand, any order`, await inPsql(url, name, false));
      add(`${name}: by asof`, await byAsof(pool, name));
      if (name === "totals") add(`${name}: by hand, in order`, await inPsql(url, name, true));
    }
    add("both: by asof, with key and hash", await wholeByAsof(pool));
    if (python) pandas.push(byPandas());
  }
  print(samples, pandas);
  console.log(`\nValues that differ: ${JSON.stringify(await differences(pool))}`);
}

async function timed(work: () => unknown): Promise<Sample> {
  const [startedAt, before] = [performance.now(), cpuOfServer()];
  await work();
  return { wall: (performance.now() - startedAt) / 1000, cpu: cpuOfServer() - before };
}

function byAsof(pool: Pool, name: string): Promise<Sample> {
  const view = computedSources(shop).find((source) => source.name === name)!;
  const entities = `(select customer_id from customers)`;
  const sql = windowRowsSql({ view, key: "customer_id", asOf: LAST, entities });
  return timed(async () => {
    await pool.query(`drop table if exists ${quote(`asof_${name}`)}`);
    await pool.query(`begin; ${SETTINGS}; create table ${quote(`asof_${name}`)} as ${sql}; commit`);
  });
}

/** As a publication does, and rolled back. */
function wholeByAsof(pool: Pool): Promise<Sample> {
  return timed(async () => {
    const tx = await pool.connect();
    try {
      await tx.query(`begin; ${SETTINGS}`);
      const runId = "00000000-0000-4000-8000-000000000000";
      await computeWindows(tx, shop, { runId, asOf: LAST, snapshotId: 1_000_000, staged: [] });
    } finally {
      await tx.query("rollback");
      tx.release();
    }
  });
}

function inPsql(url: string, name: string, ordered: boolean): Promise<Sample> {
  const table = `hand_${name}_${ordered ? "ordered" : "any"}`;
  const sql = `drop table if exists ${table}; begin; ${SETTINGS}; create table ${table} as ${byHand(name, LAST, ordered)}; commit;`;
  return timed(() => execFileSync("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql]));
}

function byPandas(): Record<string, number> {
  const script = join(import.meta.dirname, "events_reference.py");
  return JSON.parse(
    execFileSync(python!, [script, home, LAST, join(home, "pandas.csv")], { encoding: "utf8" }),
  );
}

function print(samples: Record<string, Sample[]>, pandas: Record<string, number>[]): void {
  const of = (name: string, what: keyof Sample) => median(samples[name]!.map((sample) => sample[what]));
  console.log(`\n${loadAverage()}\n`);
  console.log(
    "| windows | wall s, median (all) | server's CPU s | wall to by hand | CPU to by hand |\n|---|---|---|---|---|",
  );
  for (const [name, all] of Object.entries(samples)) {
    const hand = `${name.split(":")[0]}: by hand, any order`;
    const ratio = (what: keyof Sample) => (samples[hand] ? (of(name, what) / of(hand, what)).toFixed(2) : "");
    const walls = all.map(({ wall }) => wall.toFixed(1)).join(" ");
    console.log(
      `| ${name} | ${of(name, "wall").toFixed(1)} (${walls}) | ${of(name, "cpu").toFixed(1)} | ${ratio("wall")} | ${ratio("cpu")} |`,
    );
  }
  if (pandas.length === 0) return;
  const figure = (what: string) => median(pandas.map((each) => each[what]!)).toFixed(1);
  console.log(
    `\npandas ${pandas[0]!.version}: both views, wall ${figure("wall")} s, CPU ${figure("cpu")} s; reading the files before it ${figure("readWall")} s, CPU ${figure("readCpu")} s; peak RSS ${figure("megabytes")} MB`,
  );
}

/** Of the values that asof found: equal to those by hand in order, within 1e-9 of those in any order and of pandas'. */
async function differences(pool: Pool): Promise<Record<string, number>> {
  const { rows } = await pool.query(
    `select (select count(*)::int from asof_totals a join hand_totals_ordered h using (customer_id)
               where row(${list("a")}) is distinct from row(${list("h")})) as "by hand, in order",
            (select count(*)::int from asof_totals a join hand_totals_any h using (customer_id)
               where ${FLOATS.map((name) => `abs(a.${name} - h.${name}) > 1e-9 * abs(a.${name})`).join(" or ")}) as "by hand, any order",
            (select count(*)::int from asof_sequences a join hand_sequences_any h using (customer_id)
               where row(a.channels, a.first_channel, a.last_items)
                 is distinct from row(h.channels, h.first_channel, h.last_items)) as "sequences by hand"`,
  );
  const found: Record<string, number> = { ...rows[0] };
  if (!readdirSync(home).includes("pandas.csv")) return found;
  const pandas = new Map(
    readFileSync(join(home, "pandas.csv"), "utf8")
      .trim()
      .split("\n")
      .map((line) => [line.split(",")[0]!, line.split(",").slice(1).map(Number)]),
  );
  const { rows: own } = await pool.query({
    text: `select customer_id, ${list("a")} from asof_totals a`,
    rowMode: "array",
  });
  found.pandas = own.filter(([id, ...values]) =>
    values.some((value: unknown, i: number) => {
      const other = pandas.get(id)?.[i] ?? Number.NaN;
      // Who ordered nothing is no row of pandas'.
      return pandas.has(id) && value !== null && !(Math.abs(Number(value) - other) <= 1e-9 * Math.abs(other));
    }),
  ).length;
  return found;
}
