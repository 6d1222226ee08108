import { afterAll, beforeAll, expect, test } from "vitest";
import { type Files, smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { type ConsoleUnderTest, hasBrowser, picture, startConsole, violations } from "./support.js";

let under: ConsoleUnderTest;
let app: ConsoleUnderTest["app"];
/** Of two trainings, the older one first. */
let trained: string[];
let failed: string;

beforeAll(async () => {
  under = await startConsole();
  app = under.app;
  writeDelivery(app.dataDir, "january", learnable());
  await app.client.ingest("january", "2024-01-31");
  const first = await app.client.train({ asOf: "2024-01-31", algorithm: "LOGISTIC_REGRESSION" });
  const second = await app.client.train({
    asOf: "2024-01-31",
    algorithm: "RANDOM_FOREST",
    params: { trees: 20 },
  });
  trained = [first.id, second.id];
  const broken = learnable();
  broken.subscriptions![17] = broken.subscriptions![17]!.replace(/Month-to-month/, "Weekly");
  writeDelivery(app.dataDir, "broken", broken);
  failed = (await app.client.ingest("broken", "2024-02-29")).id;
});
afterAll(() => under?.stop());

/** Labels that follow a feature: a model has something to learn. */
function learnable(): Files {
  const users = userIds(160);
  const files = smallDelivery(users);
  files.labels = [
    "user_id,churn_label",
    ...users.map((user, i) => `${user},${i % 5 > 2 ? "True" : "False"}`),
  ];
  return files;
}

test.skipIf(!hasBrowser)(
  "two runs are compared by clicks: selected, side by side, curves, real or chance",
  async () => {
    const { page, complaints } = await under.open();
    await page.goto(`${app.asof.address}/runs?kind=TRAIN&metricColumn=auc`);
    const table = page.getByRole("table", { name: "Runs" });
    await table.getByRole("columnheader", { name: "auc" }).waitFor();
    await table.getByRole("checkbox").nth(1).click();
    await table
      .getByRole("checkbox")
      .nth(2)
      .click({ modifiers: ["Shift"] });
    // What is selected stays so over filters, and says where it is.
    await page.goto(`${app.asof.address}/runs?kind=INGEST`);
    await page.getByText("2 selected, 2 of them not on this page").waitFor();
    await page.getByRole("link", { name: "Compare" }).click();
    await page.getByRole("heading", { name: "Compare 2 runs" }).waitFor();
    expect(new URL(page.url()).searchParams.get("ids")!.split(",").sort()).toEqual([...trained].sort());
    const side = page.getByRole("region", { name: "Side by side" }).getByRole("table");
    await side
      .getByRole("row", { name: /^algorithm/ })
      .getByText("RANDOM_FOREST")
      .waitFor();
    expect(await side.getByRole("row", { name: /^testFraction/ }).count()).toBe(0);
    await page.getByRole("switch", { name: "Show what is the same, too" }).press("Space");
    await side.getByRole("row", { name: /^testFraction/ }).waitFor();
    await page.getByRole("img", { name: "ROC" }).waitFor();
    await page.getByRole("img", { name: "Calibration" }).waitFor();
    await page.getByRole("button", { name: "Test against the other" }).click();
    const verdict = page.getByRole("table", { name: "Differences" });
    await verdict.getByText(/real, at 95 %|may be chance|answer alike/).waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, "compare-light-1440");
    expect(complaints).toEqual([]);
    await page.close();
  },
);

test.skipIf(!hasBrowser)("a failed ingest leads to the very line, from the list and by clicks", async () => {
  const { page, complaints } = await under.open("dark", 380);
  await page.goto(`${app.asof.address}/runs`);
  await page
    .getByRole("row", { name: /VALIDATION_FAILED/ })
    .getByRole("link")
    .first()
    .click();
  await page.waitForURL(`**/runs/${failed}`);
  const line = page.getByRole("table", { name: "Lines to correct" }).getByRole("row").nth(1);
  await line.waitFor();
  // The header is line 1.
  for (const text of ["subscriptions.csv:18", "contract_type", "Weekly", "must be one of"]) {
    expect(await line.textContent()).toContain(text);
  }
  await page.getByRole("button", { name: "Show validation_report.html" }).click();
  const report = page.frameLocator("iframe[title='validation_report.html']");
  await report.getByText("Weekly").first().waitFor();
  expect(await violations(page)).toEqual([]);
  await picture(page, "failed-ingest-dark-380");
  expect(complaints).toEqual([]);
  await page.close();
});

test.skipIf(!hasBrowser)("a second browser sees a run advance: in the list, its steps, its end", async () => {
  const [list, run] = [await under.open(), await under.open()];
  await list.page.goto(`${app.asof.address}/runs`);
  await list.page.getByRole("table", { name: "Runs" }).waitFor();
  // It waits for this lock before it publishes: both browsers look at it meanwhile.
  const lock = await app.hold("subscriptions");
  writeDelivery(app.dataDir, "march", learnable());
  const { ingest } = await app.client.query(
    'mutation { ingest(input: { source: "march", asOf: "2024-03-31" }) { id } }',
  );
  const row = list.page.getByRole("row").filter({ has: list.page.locator(`a[href$="/runs/${ingest.id}"]`) });
  try {
    await row.getByText("Running").waitFor();
    await run.page.goto(`${app.asof.address}/runs/${ingest.id}`);
    const steps = run.page.getByRole("table", { name: "Steps" });
    await steps.getByText("Running").waitFor();
    await run.page.getByRole("table", { name: "Events" }).getByText("fingerprint started").waitFor();
  } finally {
    await lock.release();
  }
  await run.page.getByRole("table", { name: "Steps" }).getByText("materialize").waitFor();
  await run.page.locator("main").getByText("Succeeded").first().waitFor();
  await row.getByText("Succeeded").waitFor();
  expect([...list.complaints, ...run.complaints]).toEqual([]);
  await list.page.close();
  await run.page.close();
});

test.skipIf(!hasBrowser)("a page is turned by one request, there and back", async () => {
  const runs = Array.from({ length: 60 }, (_, i) => `a${i}: createRun(input: { name: "run ${i}" }) { id }`);
  for (const half of [runs.slice(0, 30), runs.slice(30)]) {
    await app.client.query(`mutation { ${half.join(" ")} }`);
  }
  const { page } = await under.open();
  await page.goto(`${app.asof.address}/runs?kind=EXTERNAL`);
  const table = page.getByRole("table", { name: "Runs" });
  await table.getByRole("link", { name: "run 59", exact: true }).waitFor();
  await page.getByText("60 runs").waitFor();
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/graphql")) {
      asked.push(request.postDataJSON().operationName);
    }
  });
  await page.getByRole("button", { name: "Next page" }).click();
  await table.getByRole("link", { name: "run 9", exact: true }).waitFor();
  expect(await table.getByRole("link", { name: "run 59", exact: true }).count()).toBe(0);
  await page.getByRole("button", { name: "Previous page" }).click();
  await table.getByRole("link", { name: "run 59", exact: true }).waitFor();
  await page.waitForLoadState("networkidle");
  expect(asked).toEqual(["Runs", "Runs"]);
  await page.close();
});

test.skipIf(!hasBrowser)("a run is named, and deleted where nothing was made from it", async () => {
  const { page } = await under.open();
  await page.goto(`${app.asof.address}/runs/${failed}`);
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Name", { exact: true }).fill("weekly plans");
  await page.getByRole("textbox", { name: "Tags" }).fill("team=red");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "weekly plans" }).waitFor();
  await page.goto(`${app.asof.address}/runs?tag=team%3Dred`);
  await page.getByRole("table", { name: "Runs" }).getByRole("checkbox").nth(1).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "Delete 1 run" }).click();
  await page.getByText("No run matches").waitFor();
  expect((await app.client.query("query($id: ID!) { run(id: $id) { id } }", { id: failed })).run).toBeNull();
  await page.close();
});
