import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startAsof } from "../../src/process/app.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { testing } from "../support/deployment/testing.js";
import { type ConsoleUnderTest, hasBrowser, picture, signIn, startConsole, violations } from "./support.js";

const html = { accept: "text/html,application/xhtml+xml" };
const MOST_SCRIPT_BYTES = 250_000;

let under: ConsoleUnderTest;
let app: ConsoleUnderTest["app"];
let runId: string;
/** Of a run made elsewhere, which differs from the first in all it has. */
let trackedId: string;
beforeAll(async () => {
  under = await startConsole();
  app = under.app;
  writeDelivery(app.dataDir, "january", smallDelivery(userIds(30)));
  runId = (await app.client.ingest("january", "2024-01-31")).id;
  const tracked = await app.client.query(
    'mutation { createRun(input: { name: "tracked", params: { lr: 0.1 } }) { id } }',
  );
  trackedId = tracked.createRun.id;
});
afterAll(() => under?.stop());

const get = (url: string, headers: Record<string, string> = html) => app.asof.http.inject({ url, headers });

test("a browser gets the console at its own addresses, with a nonce of its own each time", async () => {
  const nonces = new Set<string>();
  const addresses = ["/", "/runs", `/runs/${runId}`, "/models/churn?tab=history", "/users/%E0%A4%A"];
  for (const url of addresses) {
    const { statusCode, headers, body } = await get(url);
    expect([url, statusCode, headers["content-type"]]).toEqual([url, 200, "text/html; charset=utf-8"]);
    const policy = String(headers["content-security-policy"]);
    const nonce = /style-src 'self' 'nonce-([^']+)'/.exec(policy)![1]!;
    expect(body).toContain(`nonce="${nonce}"`);
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    nonces.add(nonce);
  }
  expect(nonces.size).toBe(addresses.length);
});

test("a program is told that there is no such route", async () => {
  const { statusCode, body } = await get("/runs", { accept: "application/json" });
  expect([statusCode, JSON.parse(body).error.code]).toEqual([404, "NOT_FOUND"]);
});

test("files of the console never change, come compressed, and one that is gone is no page", async () => {
  const { body } = await get("/");
  const script = /src="\.\/(assets\/[^"]+\.js)"/.exec(body)![1]!;
  const answer = await get(`/${script}`, { ...html, "accept-encoding": "br" });
  expect([answer.statusCode, answer.headers["content-encoding"]]).toEqual([200, "br"]);
  expect(answer.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
  const gone = await get("/assets/index-of-an-earlier-release.js");
  expect([gone.statusCode, String(gone.headers["content-type"])]).toEqual([
    404,
    expect.stringContaining("application/json"),
  ]);
});

test("the first page needs at most 250 kB of script, compressed", async () => {
  const { body } = await get("/");
  const scripts = [...body.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.js)"/g)].map(([, file]) => file!);
  const bytes = scripts.reduce((sum, file) => sum + gzipSync(readFileSync(`dist/console/${file}`)).length, 0);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(MOST_SCRIPT_BYTES);
});

/** Each scheme and each width; all four pairs by `PAIRS=all`, as CI's workflow has it. */
const LOOKS = [
  ["light", 1_440],
  ["dark", 380],
  ...(process.env.PAIRS === "all"
    ? ([
        ["dark", 1_440],
        ["light", 380],
      ] as const)
    : []),
] as const;

test.skipIf(!hasBrowser).each(LOOKS)(
  "every page shows, says nothing to the browser's console and passes axe: %s, %i px",
  async (scheme, width) => {
    const { page, complaints } = await under.open(scheme, width);
    const pages: [address: string, shows: string][] = [
      ["/", "In Production"],
      ["/runs", "Ingest"],
      [`/runs/${runId}`, "Steps"],
      [`/runs/${runId}?artifact=validation_report.html`, "Artifacts"],
      [`/compare?ids=${runId},${trackedId}`, "Side by side"],
      ["/models", "churn"],
      ["/models/churn", "No version yet"],
      ["/models/churn/1", "churn has no version 1"],
      ["/features", "subs_profile"],
      ["/features/subs_profile", "months_active by date"],
      ["/snapshots", "2024-01-31"],
      ["/snapshots/2024-01-31", "Files"],
      ["/snapshots/diff?from=2024-01-31&to=2024-01-31", "The two are identical"],
      ["/users", "U-00000"],
      ["/users/U-00000", "No version is in Production"],
      ["/predictions", "The log has no such answer"],
      ["/schedules", "Nothing is scheduled"],
      ["/alerts", "Nobody is told of anything"],
      ["/start", "Train and compare"],
      ["/start/trainAndCompare", "Test fraction"],
      ["/access", "Roles"],
      ["/audit", "createRun"],
      ["/no-such-page", "There is no page at this address."],
    ];
    for (const [address, shows] of pages) {
      await page.goto(`${app.asof.address}${address}`);
      await page.locator("main").getByText(shows).first().waitFor();
      expect([address, await violations(page)]).toEqual([address, []]);
      expect([address, complaints]).toEqual([address, []]);
      const name =
        address.replace(runId, "id").replace(/\?.*/, "").replaceAll("/", "-").slice(1) || "overview";
      await picture(page, `${name}-${scheme}-${width}`);
    }
    await page.close();
  },
);

test.skipIf(!hasBrowser)("a run that is started elsewhere is seen to go on and end", async () => {
  const { page, complaints } = await under.open();
  await page.goto(`${app.asof.address}/runs`);
  await page.getByRole("link", { name: "Ingest" }).first().waitFor();
  writeDelivery(app.dataDir, "february", smallDelivery(userIds(30)));
  const { ingest } = await app.client.query(
    'mutation { ingest(input: { source: "february", asOf: "2024-02-29" }) { id } }',
  );
  await page.goto(`${app.asof.address}/runs/${ingest.id}`);
  await page.locator("main").getByText("Succeeded").first().waitFor();
  await page.getByRole("table", { name: "Steps" }).getByText("publish").waitFor();
  expect(complaints).toEqual([]);
  await page.close();
});

test.skipIf(!hasBrowser)(
  "under the path of a reverse proxy its pages, data, reports and the playground are found",
  async () => {
    const config = {
      ...app.asof.config,
      databaseUrl: app.url,
      role: "api",
      port: 0,
      basePath: "/asof",
    } as const;
    const proxied = await startAsof(config, testing, pino({ level: "silent" }));
    const page = await under.newPage();
    const failed: string[] = [];
    page.on("response", (response) => {
      if (response.status() >= 400) failed.push(`${response.status()} ${response.url()}`);
    });
    try {
      expect(proxied.address).toMatch(/:\d+\/asof$/);
      await page.goto(`${proxied.address}/`);
      await page.getByRole("link", { name: "Runs", exact: true }).click();
      await page.getByRole("link", { name: "Ingest" }).last().click();
      await page.waitForURL(`${proxied.address}/runs/${runId}`);
      const report = page.getByRole("link", { name: "validation_report.html" });
      await page.goto((await report.getAttribute("href"))!);
      await page.locator("a").first().click();
      await page.locator(".graphiql-query-editor .view-lines").getByText(runId).first().waitFor();
      expect(page.url().startsWith(`${proxied.address}/graphql?query=`)).toBe(true);
      expect(failed).toEqual([]);
    } finally {
      await page.close();
      await proxied.close();
    }
  },
);

test.skipIf(!hasBrowser)(
  "once there is a token, the page asks for one, and ends when it is revoked",
  async () => {
    const { createToken } = await app.client.query(
      'mutation { createToken(name: "admin", role: ADMIN) { secret } }',
    );
    const admin = { authorization: `Bearer ${createToken.secret}` };
    const asAdmin = async (query: string) => {
      const response = await fetch(`${app.asof.address}/graphql`, {
        method: "POST",
        headers: { ...admin, "content-type": "application/json" },
        body: JSON.stringify({ query }),
      });
      return ((await response.json()) as { data: any }).data;
    };
    const { createToken: viewer } = await asAdmin(
      'mutation { createToken(name: "eve", role: VIEWER) { secret } }',
    );
    const { page } = await under.open();
    await page.goto(`${app.asof.address}/snapshots`);
    await signIn(page, "asof_wrong");
    await page.getByRole("alert").getByText("UNAUTHENTICATED").or(page.getByRole("alert")).first().waitFor();
    await signIn(page, viewer.secret);
    await page.locator("main").getByText("2024-01-31").first().waitFor();
    // A viewer sees no button that would be refused.
    expect(await page.getByRole("button", { name: "Withdraw" }).count()).toBe(0);
    expect(
      await page.evaluate(() => [document.cookie, Object.values(localStorage).join()].join()),
    ).not.toContain("asof_");
    await page.goto(`${app.asof.address}/access`);
    await page.locator("main").getByText("Viewer").first().waitFor();
    expect(await page.getByRole("button", { name: "New token" }).count()).toBe(0);
    await asAdmin('mutation { revokeToken(name: "eve") { name } }');
    await page.getByRole("link", { name: "Runs", exact: true }).click();
    await page.getByRole("heading", { name: "Sign in to asof" }).waitFor();
    await page.close();
  },
);
