import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, test } from "vitest";
import { createMigratedDatabase, type TestDatabase } from "../support/database.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { freePort } from "../support/free-port.js";
import { startProcess, type TestProcess } from "../support/process.js";
import { hasBrowser, startBrowser } from "./support.js";

let database: TestDatabase;
let browser: Browser;
let server: TestProcess;
let data: string;
let env: Record<string, string>;
beforeAll(async () => {
  if (!hasBrowser) return;
  database = await createMigratedDatabase();
  data = mkdtempSync(join(tmpdir(), "asof-restart-"));
  writeDelivery(data, "january", smallDelivery(userIds(30)));
  env = { DATABASE_URL: database.url, ASOF_HOME: data, DATA_DIR: data, PORT: String(await freePort()) };
  server = await startProcess(env);
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await database?.drop();
  if (data) rmSync(data, { recursive: true, force: true });
});

/** Free until somebody takes it: the server that is started again has to have the same. */

test.skipIf(!hasBrowser)(
  "a page that was open while the server was killed and started again goes on by itself",
  async () => {
    const page = await browser.newPage();
    await page.goto(`${server.client.address}/runs`);
    await page.locator("main").getByText("No run").first().waitFor();
    await server.kill();
    server = await startProcess(env);
    await server.client.ingest("january", "2024-01-31");
    // Nobody touches the page: its subscription is opened again, and the list follows.
    await page.getByRole("link", { name: "Ingest" }).first().waitFor();
    await page.getByRole("link", { name: "Ingest" }).first().click();
    await page.locator("main").getByText("Succeeded").first().waitFor();
    await page.close();
  },
);
