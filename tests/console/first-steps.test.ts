import { join } from "node:path";
import { afterAll, beforeAll, expect, it, test } from "vitest";
import { probableDate } from "../../console/src/pages/overview/next-date.js";
import { type ConsoleUnderTest, hasBrowser, startConsole, violations } from "./support.js";

it.each([
  ["2024-01-31", undefined, "2024-01-31"],
  ["extract_20240229_v2", "2023-12-31", "2024-02-29"],
  ["2024-02-31", "2024-01-31", "2024-02-29"],
  ["month_001", "2024-01-31", "2024-02-29"],
  ["month_012", "2024-12-31", "2025-01-31"],
  ["month_000", undefined, undefined],
])("the delivery %s after a snapshot of %s is probably of %s", (name, newest, date) =>
  expect(probableDate(name, newest)).toBe(date),
);

let under: ConsoleUnderTest;
beforeAll(async () => {
  under = await startConsole({
    dataDir: join(import.meta.dirname, "../../data"),
    predictionLog: { sample: 1, perSecond: 1_000, keepDays: 30 },
  });
});
afterAll(() => under?.stop());

test.skipIf(!hasBrowser)(
  "from an empty deployment to a prediction by clicks alone",
  async () => {
    const { page, complaints } = await under.open();
    const steps = page.getByRole("region", { name: "First steps" });
    await page.goto(`${under.app.asof.address}/`);
    await steps.getByRole("link", { name: "Ingest month_000" }).click();

    // The form knows the delivery; what a folder's name does not say is asked for.
    await page.getByRole("heading", { name: "Ingest", exact: true }).waitFor();
    expect(await page.getByRole("textbox", { name: "Source" }).inputValue()).toBe("month_000");
    await page.getByRole("button", { name: "Start" }).click();
    await page.getByText("It is required.").waitFor();
    await page.getByLabel("As of").fill("2099-01-31");
    await page.getByRole("button", { name: "Start" }).click();
    await page.getByText(/2099-01-31 is after today/).waitFor();
    expect(await page.getByLabel("As of").getAttribute("aria-invalid")).toBe("true");
    expect(await violations(page)).toEqual([]);
    await page.getByLabel("As of").fill("2024-01-31");
    await page.getByRole("button", { name: "Start" }).click();
    await page.waitForURL(/\/runs\/[0-9a-f-]{36}$/);
    await page.locator("main").getByText("Succeeded").first().waitFor();

    await page.getByRole("link", { name: "Overview" }).click();
    const train = steps.getByRole("button", { name: "Train on 2024-01-31" });
    await train.waitFor();
    // The next month's date is that of the month after.
    const ingestNext = steps.getByRole("link", { name: "Ingest month_001" });
    expect(await ingestNext.getAttribute("href")).toContain("asOf=2024-02-29");
    await train.click();
    await steps.getByRole("button", { name: "Promote version 1" }).click();
    await page.getByRole("dialog").getByLabel("Reason").fill("the first one");
    await page.getByRole("dialog").getByRole("button", { name: "Promote version 1" }).click();
    await steps.getByText("version 1 answers").waitFor();
    expect(await violations(page)).toEqual([]);
    await steps.getByRole("button", { name: /^Predict for / }).click();
    await steps.getByText(/probability 0\.\d+: [01], by version 1/).waitFor();
    expect(complaints).toEqual([]);

    // Once it has predicted, what waits is all that is left of it.
    const { page: another } = await under.open("dark", 380);
    await another.goto(`${under.app.asof.address}/`);
    const waiting = another.getByRole("region", { name: "Deliveries not ingested yet" });
    await waiting.getByRole("link", { name: "Ingest month_001" }).waitFor();
    expect(await waiting.getByRole("link", { name: "Ingest month_000" }).count()).toBe(0);
    expect(await violations(another)).toEqual([]);
  },
  90_000,
);
