import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { streamflow } from "../../src/definitions/streamflow.js";
import { type ConsoleUnderTest, hasBrowser, startConsole } from "./support.js";

// The pictures of README.md and docs/console.md, on the sample data: `npm run docs:pictures` takes them. What is kept is checked by
// `npm run check:docs`.

const MOST_BYTES = 200_000;
/** Of the sample data. */
const KEY = "8627-ZYGSZ";

let under: ConsoleUnderTest;
const folder = process.env.PICTURES_DIR;
const isAsked = hasBrowser && folder !== undefined;
beforeAll(async () => {
  if (!isAsked) return;
  mkdirSync(folder!, { recursive: true });
  under = await startConsole({ definitions: streamflow, dataDir: resolve("data") });
  const { client } = under.app;
  for (const [source, asOf] of [
    ["month_000", "2024-01-31"],
    ["month_001", "2024-02-29"],
  ] as const)
    expect((await client.ingest(source, asOf)).error).toBeNull();
  for (const algorithm of ["GRADIENT_BOOSTING", "LOGISTIC_REGRESSION"])
    expect((await client.train({ asOf: "2024-02-29", algorithm })).error).toBeNull();
  await client.query('mutation { promote(input: { version: 1, reason: "the better one" }) { id } }');
  await client.query(`{ predict(userId: "${KEY}") { probability } }`);
});
afterAll(() => under?.stop());

test.skipIf(!isAsked).each([
  ["overview", "/", "In Production"],
  ["version", "/models/churn/1", "ROC"],
  ["entity", `/users/${KEY}`, "monthly_fee"],
  ["drift", "/features", "subs_profile"],
])("a picture of %s is small enough to be kept", async (name, address, shows) => {
  const { page } = await under.open("light", 1_280);
  await page.goto(`${under.app.asof.address}${address}`);
  await page.locator("main").getByText(shows).first().waitFor();
  await page.waitForLoadState("networkidle");
  const path = join(folder!, `${name}.png`);
  await page.screenshot({ path });
  expect(readFileSync(path).subarray(1, 4).toString()).toBe("PNG");
  expect(statSync(path).size).toBeGreaterThan(10_000);
  expect(statSync(path).size).toBeLessThan(MOST_BYTES);
});
