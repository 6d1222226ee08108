/**
 * npm run bench:console-runs -- [runs=100000] [points=1000000]: the console's pages of runs in a browser at that many runs:
 * requests of GraphQL, bytes of their answers, milliseconds until the page has what it asked for and is drawn, and
 * milliseconds PostgreSQL was active for it (`pg_stat_database.active_time`, all statements of the server meanwhile).
 */
import "reflect-metadata";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { chromium, type Page } from "playwright-core";
import { migrateDatabase } from "../src/db/database.js";
import { createPool } from "../src/db/pool.js";
import { definitions } from "../src/definitions/index.js";
import { startAsof } from "../src/process/app.js";
import { testConfig } from "../tests/support/config.js";
import { hardware, loadAverage } from "./support/measure.js";
import { startScratchServer } from "./support/scratch-database.js";
import { seedRuns } from "./support/seed-runs.js";

const runs = Number(process.argv[2] ?? 100_000);
const points = Number(process.argv[3] ?? 1_000_000);
/** A server reports what it did at most a second later. */
const REPORTED_MS = 1_500;
const QUIET_MS = 250;
const LONGEST_MS = 60_000;

interface Seen {
  what: string;
  requests: number;
  kilobytes: number;
  ms: number;
  databaseMs: number;
}

const server = await startScratchServer();
const { home, at } = server;
const control = createPool(server.url, 1);
try {
  await control.query("create database bench_console");
  await migrateDatabase(at("bench_console"), definitions);
  const seeding = createPool(at("bench_console"), 1);
  await seedRuns(seeding, runs, points);
  const { rows } = await seeding.query<{ id: string }>(
    "select id from runs where kind = 'TRAIN' order by created_at desc limit 500",
  );
  await seeding.end();
  const config = testConfig({ databaseUrl: at("bench_console"), home, dataDir: home, role: "api" });
  const asof = await startAsof(config, definitions, pino({ level: "silent" }));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1_440, height: 900 } });
    await visitAll(
      page,
      asof.address,
      rows.map(({ id }) => id),
    );
  } finally {
    await browser.close();
    await asof.close();
  }
} finally {
  await control.end();
  await server.stop();
}

async function visitAll(page: Page, address: string, ids: readonly string[]): Promise<void> {
  const watch = watcher(page);
  printHead();
  let active = await activeMs();
  const look = async (what: string, act: () => Promise<unknown>) => {
    const { requests, bytes, ms } = await watch(act);
    const now = await activeMs();
    print({ what, requests, kilobytes: bytes / 1_000, ms, databaseMs: now - active });
    active = now;
  };
  const open = (path: string) => () => page.goto(`${address}${path}`);
  const click = (name: string | RegExp) => () => page.getByRole("button", { name, exact: true }).click();
  const columns = "metricColumn=auc&metricColumn=f1&paramColumn=algorithm&paramColumn=hyperparameters.trees";
  await look("nothing, for five seconds", () => delay(5_000));
  await look("the first page opened, scripts from the server", open("/runs"));
  await look("the first page again", open("/runs"));
  await look("the next page", click("Next page"));
  await look("the one after it", click("Next page"));
  await look("the page before", click("Previous page"));
  await look("200 a page", open("/runs?size=200"));
  await look("200 a page with four columns", open(`/runs?size=200&${columns}`));
  await look("by auc", open(`/runs?by=auc&${columns}`));
  await look("by auc, the next page", click("Next page"));
  await look("failed ones", open("/runs?status=FAILED"));
  await look("of one parameter, 1 in 20", open("/runs?param=hyperparameters.trees%3D500"));
  await look("of one tag, by loss", open("/runs?tag=team%3Dteam_2&by=loss&direction=ASC"));
  await look(
    "auc of 0.65 and more, of two actors' days",
    open("/runs?metric=auc%3E%3D0.65&from=2024-01-10&to=2024-01-11"),
  );
  await look("of none", open("/runs?param=no.such"));
  await look("names to choose from", click("Columns"));
  await look("one run", open(`/runs/${ids[0]}`));
  for (const count of [2, 200, 500]) {
    await look(`compare ${count}`, open(compare(ids.slice(0, count))));
  }
}

/** As the console packs them beyond a hundred. */
function compare(ids: readonly string[]): string {
  const packed = (id: string) => Buffer.from(id.replaceAll("-", ""), "hex").toString("base64url");
  return `/compare?ids=${ids.length <= 100 ? ids.join(",") : ids.map(packed).join("")}`;
}

/** Does something and waits until its requests are answered and what they brought is drawn. */
function watcher(page: Page) {
  const pending = new Set<unknown>();
  let requests = 0;
  let bytes = 0;
  let last = 0;
  page.on("request", (request) => {
    if (request.method() !== "POST" || !request.url().endsWith("/graphql")) return;
    requests++;
    pending.add(request);
  });
  const ended = (request: unknown) => {
    if (pending.delete(request)) last = performance.now();
  };
  // One that the next page has taken the place of.
  page.on("requestfailed", ended);
  page.on("requestfinished", async (request) => {
    if (!pending.has(request)) return;
    const sizes = await request.sizes().catch(() => null);
    bytes += sizes?.responseBodySize ?? 0;
    ended(request);
  });
  return async (act: () => Promise<unknown>) => {
    [requests, bytes] = [0, 0];
    const begun = performance.now();
    last = begun;
    await act();
    do await delay(QUIET_MS);
    while (
      (pending.size > 0 || performance.now() - last < QUIET_MS) &&
      performance.now() - begun < LONGEST_MS
    );
    const answered = last;
    const idle = performance.now();
    // What the main thread still does once everything has arrived: a long drawing delays this.
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn))));
    const drawing = Math.max(0, performance.now() - idle - 20);
    return { requests, bytes, ms: answered - begun + drawing };
  };
}

async function activeMs(): Promise<number> {
  await delay(REPORTED_MS);
  const { rows } = await control.query<{ ms: number }>(
    "select active_time as ms from pg_stat_database where datname = 'bench_console'",
  );
  return rows[0]!.ms;
}

function printHead(): void {
  console.log(
    `${hardware()}, embedded PostgreSQL 18, ${new Date().toISOString().slice(0, 10)}, ${loadAverage()}`,
  );
  console.log(`${runs} runs, ${points} metric points, Chromium at 1 440 px\n`);
  console.log("| page | requests | kB | ms | database ms |\n|---|---|---|---|---|");
}

function print({ what, requests, kilobytes, ms, databaseMs }: Seen): void {
  const numbers = [kilobytes, ms, databaseMs].map((number) => number.toFixed(0));
  console.log(`| ${[what, requests, ...numbers].join(" | ")} |`);
}
