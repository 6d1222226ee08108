import { afterAll, beforeAll, expect, test } from "vitest";
import { bank, bankDelivery, customerIds } from "../support/bank.js";
import { MONTH } from "../support/bank-app.js";
import { writeDelivery } from "../support/delivery.js";
import { type ConsoleUnderTest, hasBrowser, startConsole } from "./support.js";

let under: ConsoleUnderTest;
beforeAll(async () => {
  under = await startConsole({ definitions: bank });
  writeDelivery(under.app.dataDir, "january", bankDelivery(customerIds(20)));
  await under.app.client.ingest("january", MONTH);
});
afterAll(() => under?.stop());

test.skipIf(!hasBrowser)(
  "the console's words are those of the deployment's entity and services",
  async () => {
    const { page, complaints } = await under.open();
    const main = page.locator("main");
    await page.goto(`${under.app.asof.address}/`);
    await page.getByRole("link", { name: "Customers", exact: true }).click();
    await page.getByLabel("customer_id begins with").waitFor();
    await page.getByRole("link", { name: "C-0007" }).click();
    await main.getByText("Prediction: default_risk").waitFor();
    await page.getByRole("table", { name: "Features" }).getByText("overdrafts").waitFor();
    await main.getByText("No version is in Production").waitFor();
    await page.getByRole("textbox", { name: "Feature service" }).click();
    await page.getByRole("option", { name: "upsell" }).click();
    await main.getByText("Prediction: upsell").waitFor();
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe(
      "/customers/C-0007?service=upsell",
    );
    expect(await page.locator("body").innerText()).not.toMatch(/\busers?\b/i);
    expect(complaints).toEqual([]);
    await page.close();
  },
);
