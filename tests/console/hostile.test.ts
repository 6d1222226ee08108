import { afterAll, beforeAll, expect, test } from "vitest";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { type ConsoleUnderTest, hasBrowser, startConsole } from "./support.js";

const REPORT = `<h1>report</h1><script>parent.hacked = 1; document.body.append("ran")</script>
  <img src="https://elsewhere.example/x.png"><a href="javascript:parent.hacked=1" target="_top">go</a>`;

let under: ConsoleUnderTest;
let runId: string;
beforeAll(async () => {
  under = await startConsole();
  const { client } = under.app;
  writeDelivery(under.app.dataDir, "january", smallDelivery(userIds(10)));
  await client.ingest("january", "2024-01-31");
  for (const name of ["<script>hacked = 1</script>", "javascript:hacked=1", "__proto__", "A".repeat(200)]) {
    const { createRun } = await client.query(
      `mutation ($name: String!, $params: JSON) { createRun(input: { name: $name, params: $params }) { id } }`,
      { name, params: { [name]: name } },
    );
    runId = createRun.id;
  }
  await client.query(
    `mutation ($id: ID!, $base64: String!) {
      logArtifact(input: { runId: $id, name: "report.html", mediaType: "text/html", base64: $base64 }) { name }
    }`,
    { id: runId, base64: Buffer.from(REPORT).toString("base64") },
  );
});
afterAll(() => under?.stop());

const at = (path: string) => `${under.app.asof.address}${path}`;

test.skipIf(!hasBrowser)("an address that means nothing says so, and nothing is waited for", async () => {
  const { page } = await under.open();
  const errors: string[] = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  const [user] = userIds(10);
  for (const [path, words] of [
    ["/users/%E0%A4%A", /There is no user/],
    ["/users/%00", /could not be loaded/],
    [`/users/${user}?asOf=nope`, /a calendar date was expected/],
    ["/runs/%00", /There is no run of this id/],
    ["/runs?after=garbage", /is no cursor of this list/],
    ["/compare?ids=x", /no run has the id "x"/],
    ["/models/..%2f", /There is no model named/],
    ["/features/__proto__", /No feature view is called/],
    ["/start/constructor", /There is no such operation/],
  ] as const) {
    await page.goto(at(path));
    await page.locator("main").getByText(words).first().waitFor();
    await expect.poll(() => page.getByRole("status", { name: "Loading" }).count(), { message: path }).toBe(0);
    expect(await page.getByRole("link", { name: "Overview" }).count(), path).toBeGreaterThan(0);
  }
  expect(errors).toEqual([]);
});

test.skipIf(!hasBrowser)("names are shown as they are, and leave the other columns in sight", async () => {
  const { page } = await under.open();
  const refused: unknown[] = [];
  page.on("requestfailed", (request) => refused.push([request.url(), request.failure()?.errorText]));
  await page.goto(at("/runs"));
  await page.getByRole("link", { name: "<script>hacked = 1</script>" }).waitFor();
  const took = await page.getByRole("columnheader", { name: "Took" }).boundingBox();
  expect(took!.x + took!.width).toBeLessThan(1_440);
  await page.getByRole("link", { name: "A".repeat(200) }).click();
  await page.getByRole("button", { name: "Show report.html" }).click();
  const report = page.frameLocator("iframe").locator("body");
  await report.getByText("report").waitFor();
  expect(await report.innerText()).not.toContain("ran");
  expect(await page.evaluate("window.hacked")).toBeUndefined();
  // What it would fetch is refused by its policy, before anything is sent.
  await expect.poll(() => refused).toEqual([["https://elsewhere.example/x.png", "csp"]]);
});
