import { afterAll, beforeAll, expect, test } from "vitest";
import { ingestMonth, learnableMonth, movedMonth, promote, STRONG, trained } from "../support/months.js";
import { type ConsoleUnderTest, hasBrowser, picture, startConsole, violations } from "./support.js";

const [JANUARY, FEBRUARY, MARCH] = ["2024-01-31", "2024-02-29", "2024-03-31"];

let under: ConsoleUnderTest;
beforeAll(async () => {
  under = await startConsole();
  const { app } = under;
  await ingestMonth(app, JANUARY, learnableMonth());
  const { modelVersion } = await trained(app, { asOf: JANUARY, seed: 1, params: STRONG });
  await promote(app, modelVersion!.version, { reason: "the first" });
  await ingestMonth(app, FEBRUARY, learnableMonth(), "february");
  await ingestMonth(app, MARCH, movedMonth(), "march");
});
afterAll(() => under?.stop());

const at = (path: string) => `${under.app.asof.address}${path}`;

test.skipIf(!hasBrowser)(
  "what drifted is read off the features page, and a click shows how it is distributed",
  async () => {
    const { page, complaints } = await under.open();
    await page.goto(at("/"));
    const production = page.getByRole("region", { name: "In Production" });
    await production.getByText(`2 of 14 features drifted in the snapshot of ${MARCH}`).waitFor();
    await production.getByRole("link", { name: "drift" }).press("Enter");
    await page.waitForURL(at("/features?model=churn"));
    await page.getByText(`2 of 14 features drifted in the snapshot of ${MARCH}`).waitFor();
    const heat = page.getByRole("table", { name: "Drift by feature and date" });
    // A row a feature, those that drifted first; a column a date.
    expect(await heat.getByRole("row").nth(1).getByRole("rowheader").innerText()).toMatch(
      /^(monthly_fee|net_service)$/,
    );
    expect(await heat.getByRole("columnheader").allInnerTexts()).toEqual([
      "Feature",
      ...[JANUARY, FEBRUARY, MARCH],
    ]);
    const cell = heat
      .getByRole("row", { name: /^monthly_fee/ })
      .getByRole("cell")
      .nth(2);
    expect(await cell.innerText()).toMatch(/▲ \d+\.\d\d/);
    // By keyboard, too.
    await cell.focus();
    await page.getByRole("tooltip").getByText(`monthly_fee, ${MARCH} against ${JANUARY}: PSI`).waitFor();
    await heat.getByRole("link", { name: "monthly_fee" }).click();
    await page.waitForURL(at("/features/subs_profile#monthly_fee"));
    const fee = page.getByRole("region", { name: "monthly_fee", exact: true });
    await fee.getByRole("img", { name: "monthly_fee by date" }).waitFor();
    await fee.getByRole("button", { name: "Table" }).click();
    const rows = fee.getByRole("region").getByRole("row");
    await rows.filter({ hasText: JANUARY }).first().waitFor();
    const dates = await rows.allInnerTexts();
    expect(new Set(dates.slice(1).map((row) => row.slice(0, 10)))).toEqual(
      new Set([JANUARY, FEBRUARY, MARCH]),
    );
    expect(complaints).toEqual([]);
    await page.close();
  },
);

test.skipIf(!hasBrowser)(
  "the chosen date stands in the address, and a retired or empty one says so",
  async () => {
    const { page, complaints } = await under.open("dark", 380);
    await page.goto(at(`/features/subs_profile?asOf=${JANUARY}`));
    const fee = page.getByRole("region", { name: "monthly_fee", exact: true });
    const january = "140 ± 69.4262";
    await fee.getByText(january).waitFor();
    await page.getByRole("textbox", { name: "Snapshot" }).click();
    await page.getByRole("option", { name: MARCH }).click();
    // Fees were doubled.
    await fee.getByText("280 ± 138.8524").waitFor();
    expect(page.url()).toBe(at("/features/subs_profile"));
    expect(await violations(page)).toEqual([]);
    await picture(page, "feature-view-dark-380");
    await page.goto(at("/features/nothing"));
    await page.getByText("No feature view is called nothing").waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  },
);

test.skipIf(!hasBrowser)("from which bytes Production was trained is two clicks from any page", async () => {
  const { page, complaints } = await under.open();
  await page.goto(at("/"));
  await page.getByRole("link", { name: "Snapshots", exact: true }).click();
  const trainedOn = page.getByRole("row").filter({ hasText: "churn 1" });
  await trainedOn.getByRole("link", { name: JANUARY }).click();
  await page.waitForURL(at(`/snapshots/${JANUARY}?revision=1`));
  await page.getByText("Production").first().waitFor();
  const { snapshot } = await under.app.client.query(
    `{ snapshot(asOf: "${JANUARY}") { sources { name sha256 } } }`,
  );
  const files = page.getByRole("table", { name: "Files" });
  for (const { name, sha256 } of snapshot.sources) {
    await files.getByRole("row", { name: new RegExp(`^${name} .*${sha256.slice(0, 12)}`) }).waitFor();
  }
  expect(await violations(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await page.close();
});

test.skipIf(!hasBrowser)(
  "two snapshots are chosen and compared, view by view, with the distributions laid over each other",
  async () => {
    const { page, complaints } = await under.open();
    await page.goto(at("/snapshots"));
    await page.getByRole("link", { name: "Compare" }).click();
    await page.waitForURL(at(`/snapshots/diff?from=${FEBRUARY}&to=${MARCH}`));
    const rows = page.getByRole("table", { name: "Rows by view" });
    await rows.getByRole("row", { name: "subs_profile 0 0 240 0" }).waitFor();
    const fee = page.getByRole("region", { name: "monthly_fee", exact: true });
    await fee.getByRole("img").waitFor();
    await fee.getByText("240 values changed").waitFor();
    await page.getByRole("tab", { name: "usage_agg_30d" }).click();
    await page
      .getByRole("region", { name: "watch_hours_30d", exact: true })
      .getByText("PSI 0.000; 0 values")
      .waitFor();
    expect(page.url()).toContain("view=usage_agg_30d");
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  },
);

test.skipIf(!hasBrowser)(
  "a withdrawal asks for a reason, and what is left is shown with the reason",
  async () => {
    const { page, complaints } = await under.open();
    await page.goto(at("/snapshots"));
    const march = page.getByRole("row").filter({ hasText: MARCH });
    await march.getByRole("button", { name: "Withdraw" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Reason").fill("fees twice");
    await dialog.getByRole("button", { name: "Withdraw" }).click();
    await page.getByText(`The withdrawal of ${MARCH} was started`).waitFor();
    const { runs } = await under.app.client.query("{ runs(first: 1) { nodes { id } } }");
    await under.app.client.finished(runs.nodes[0].id);
    await page.goto(at(`/snapshots/${MARCH}`));
    await page.getByText("fees twice").waitFor();
    await page.goto(at("/features"));
    await page.getByText(`0 of 14 features drifted in the snapshot of ${FEBRUARY}`).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  },
);

test("the address of a view's page still answers programs with the features of an entity", async () => {
  const { http } = under.app.asof;
  const url = "/features/U-00001";
  const program = await http.inject({ url, headers: { accept: "application/json" } });
  expect([program.statusCode, JSON.parse(program.body).user_id]).toEqual([200, "U-00001"]);
  expect(JSON.parse((await http.inject({ url })).body).user_id).toBe("U-00001");
  const browser = await http.inject({ url, headers: { accept: "text/html,application/xhtml+xml" } });
  expect([browser.statusCode, browser.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
});
