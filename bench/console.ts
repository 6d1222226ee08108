/**
 * npm run bench:console -- [data] [asOf1] [asOf2]: what each page of the console costs. Ingests the two months of the data
 * folder (month_000, month_001), trains, promotes, predicts. For each page, opened in a browser of its own without a cache:
 * milliseconds until its content stands there, requests, kilobytes of script as sent, and milliseconds that PostgreSQL
 * executed statements (`pg_stat_database.active_time`, less what it does meanwhile with no page open; it is reported up to ten
 * seconds late). Ends with 1 where axe finds something. A hundred thousand runs: npm run bench:console-runs.
 */
import "reflect-metadata";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { createPool, type Pool } from "../src/db/pool.js";
import { startBrowser, violations } from "../tests/console/support.js";
import { type BenchServer, startServer } from "./serving/server.js";
import { conditions } from "./support/measure.js";
import { withScratchDatabase } from "./support/scratch-database.js";

const [data = "data", first = "2024-01-31", second = "2024-02-29"] = process.argv.slice(2);
/** A backend that has nothing to do reports its statistics after ten seconds. */
const REPORTED_MS = 11_000;
const KEY = process.env.CONSOLE_KEY ?? "8627-ZYGSZ";

interface Visit {
  page: string;
  usableMs: number;
  requests: number;
  scriptKb: number;
  databaseMs: number;
}

const home = mkdtempSync(join(tmpdir(), "asof-bench-"));
let found = 0;
try {
  await withScratchDatabase(async (url) => {
    const pool = createPool(url, 1);
    const server = await startServer({ DATABASE_URL: url, ASOF_HOME: home, DATA_DIR: resolve(data) });
    const browser = await startBrowser();
    try {
      console.log(conditions());
      const { trained, ingested } = await fill(server);
      const pages: [string, string][] = [
        ["/", "In Production"],
        ["/runs", "Train"],
        [`/runs/${trained}`, "auc"],
        [`/runs/${ingested}`, "publish"],
        [`/compare?ids=${trained},${ingested}`, "auc"],
        ["/models", "churn"],
        ["/models/churn", "auc"],
        ["/models/churn/1", "ROC"],
        ["/features", "subs_profile"],
        ["/features/subs_profile", "monthly"],
        ["/snapshots", first],
        [`/snapshots/${first}`, "Files"],
        [`/snapshots/diff?from=${first}&to=${second}`, "values changed"],
        ["/users", "0002-"],
        [`/users/${KEY}`, "monthly"],
        ["/predictions", "churn"],
        ["/schedules", "scheduled"],
        ["/access", "Roles"],
      ];
      await report(pages, server, browser, pool);
    } finally {
      await browser.close();
      await server.stop();
      await pool.end();
    }
  });
} finally {
  rmSync(home, { recursive: true, force: true });
}
if (found > 0) process.exitCode = 1;

async function fill({ client }: BenchServer): Promise<{ trained: string; ingested: string }> {
  const done = async (document: string) => {
    const [{ id }] = Object.values(await client.query(document)) as [{ id: string }];
    const { status, error } = await client.finished(id);
    if (status !== "SUCCEEDED") throw new Error(JSON.stringify(error));
    return id;
  };
  const ingested = await done(`mutation { ingest(input: { source: "month_000", asOf: "${first}" }) { id } }`);
  await done(`mutation { ingest(input: { source: "month_001", asOf: "${second}" }) { id } }`);
  const trained = await done(`mutation { train(input: { asOf: "${first}" }) { id } }`);
  await client.query(`mutation { promote(input: { version: 1, reason: "bench" }) { id } }`);
  await client.query(`{ predict(userId: "${KEY}") { probability } }`);
  return { trained, ingested };
}

async function report(
  pages: readonly [string, string][],
  server: BenchServer,
  browser: Browser,
  pool: Pool,
): Promise<void> {
  const idle = await activeWhile(pool, () => pause(2 * REPORTED_MS));
  const perMs = idle.active / idle.took;
  console.log(`With no page open PostgreSQL works ${(1000 * perMs).toFixed(1)} ms a second.\n`);
  console.log(
    "| page | usable after ms | requests | script kB | database ms | axe |\n|---|---|---|---|---|---|",
  );
  for (const [address, shows] of pages) {
    const seen = await visit(address, shows, server, browser, pool, perMs);
    console.log(
      `| \`${seen.page}\` | ${seen.usableMs.toFixed(0)} | ${seen.requests} | ${seen.scriptKb.toFixed(0)} | ${seen.databaseMs.toFixed(0)} | ${seen.axe.join("; ") || "nothing"} |`,
    );
    found += seen.axe.length;
  }
}

async function visit(
  address: string,
  shows: string,
  server: BenchServer,
  browser: Browser,
  pool: Pool,
  perMs: number,
): Promise<Visit & { axe: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1_440, height: 900 } });
  const page = await context.newPage();
  const sent = await countRequests(page);
  let usableMs = 0;
  const { active, took } = await activeWhile(pool, async () => {
    const startedAt = performance.now();
    await page.goto(`http://127.0.0.1:${server.port}${address}`);
    await page.locator("main").getByText(shows).first().waitFor();
    usableMs = performance.now() - startedAt;
    await pause(REPORTED_MS);
  });
  const axe = await violations(page);
  await context.close();
  const name = address.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ":id");
  return { page: name, usableMs, ...sent, databaseMs: Math.max(0, active - perMs * took), axe };
}

/** Bytes as they came over the wire. */
async function countRequests(page: Page): Promise<{ requests: number; scriptKb: number }> {
  const sent = { requests: 0, scriptKb: 0 };
  const protocol = await page.context().newCDPSession(page);
  await protocol.send("Network.enable");
  const scripts = new Set<string>();
  protocol.on("Network.requestWillBeSent", () => sent.requests++);
  protocol.on("Network.responseReceived", ({ requestId, type }) => {
    if (type === "Script") scripts.add(requestId);
  });
  protocol.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) sent.scriptKb += encodedDataLength / 1_000;
  });
  return sent;
}

async function activeWhile(pool: Pool, work: () => Promise<void>): Promise<{ active: number; took: number }> {
  const read = async () => {
    const { rows } = await pool.query(
      "select active_time from pg_stat_database where datname = current_database()",
    );
    return Number(rows[0].active_time);
  };
  const [before, startedAt] = [await read(), performance.now()];
  await work();
  return { active: (await read()) - before, took: performance.now() - startedAt };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
