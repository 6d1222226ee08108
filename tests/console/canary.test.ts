import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  GOOD,
  ingestMonth,
  JANUARY,
  learnableMonth,
  OTHER,
  promote,
  STRONG,
  trained,
  USERS,
} from "../support/months.js";
import { until } from "../support/until.js";
import { type ConsoleUnderTest, hasBrowser, picture, startConsole, violations } from "./support.js";

let under: ConsoleUnderTest;
let model: string;
beforeAll(async () => {
  if (!hasBrowser) return;
  under = await startConsole({ predictionLog: { sample: 1, perSecond: 1_000, keepDays: 30 } });
  await ingestMonth(under.app, JANUARY, learnableMonth());
  for (const seed of [1, 2]) await trained(under.app, { asOf: JANUARY, seed, params: STRONG });
  await promote(under.app, GOOD);
  model = `${under.app.asof.address}/models/churn`;
});
afterAll(() => under?.stop());

beforeEach(async () => {
  await under?.app.sql(
    "update canaries set ended_at = now(), ended_by = 'test', outcome = 'ENDED', reason = 'a test' where ended_at is null",
  );
});

const canaries = async () =>
  (
    await under.app.client.query(`{ model(name: "churn") { canaries { version share outcome reason endedBy
      stopRule { minRows minAgreement maxFallbackShare metric maxLoss } } } }`)
  ).model.canaries;
const predicted = () =>
  under.app.client.query("query($ids: [ID!]!) { predictMany(userIds: $ids) { prediction { arm } } }", {
    ids: USERS,
  });

test.skipIf(!hasBrowser)(
  "a canary is started on its version's page with a stop rule, seen live, and ended by one click",
  async () => {
    const { page, complaints } = await under.open();
    await page.goto(`${model}/${OTHER}`);
    const canary = page.getByRole("region", { name: "Canary", exact: true });
    await canary.getByText("It has not been tried in a canary").waitFor();
    await canary.getByLabel("Per cent of the keys").fill("40");
    await canary.getByRole("switch", { name: "Stop by itself" }).check();
    await canary.getByLabel("From so many rows on").fill("1000");
    await canary.getByLabel("Left to Production at most, %").fill("");
    await canary.getByRole("textbox", { name: "Metric by labels" }).click();
    await page.getByRole("option", { name: "auc" }).click();
    await canary.getByLabel("May lose at most").fill("0.05");
    await canary.getByRole("button", { name: "Start a canary" }).click();
    await canary.getByText("Version 2 answers 40.0 % of the keys").waitFor();
    await canary
      .getByText(
        "It ends by itself where, from 1000 rows on, both say the same on less than 90 %, or it loses more than 0.05 of auc, and chance does not explain it.",
      )
      .waitFor();
    const stopRule = {
      minRows: 1000,
      minAgreement: 0.9,
      maxFallbackShare: null,
      metric: "auc",
      maxLoss: 0.05,
    };
    expect(await canaries()).toMatchObject([{ version: OTHER, share: 0.4, outcome: null, stopRule }]);
    // What is asked meanwhile comes to the page by itself.
    await predicted();
    const both = canary.getByRole("table", { name: "Both versions" });
    await both.waitFor();
    await expect
      .poll(async () => {
        const cells = await both.getByRole("row").locator("td:nth-child(3)").allInnerTexts();
        return cells.reduce((sum, text) => sum + Number(text), 0);
      })
      .toBe(USERS.length);
    await canary.getByText("Say the same on", { exact: true }).waitFor();
    for (const scheme of ["light", "dark"] as const)
      for (const width of [1_400, 390]) {
        await page.emulateMedia({ colorScheme: scheme });
        await page.setViewportSize({ width, height: 900 });
        expect(await violations(page)).toEqual([]);
        await picture(page, `canary-version-${scheme}-${width}`);
      }
    await page.setViewportSize({ width: 1_400, height: 900 });
    await canary.getByRole("button", { name: "End the canary" }).click();
    await page.getByText("The canary has ended: version 1 answers all keys").waitFor();
    await canary.getByRole("table", { name: "Canaries before" }).waitFor();
    expect(await canaries()).toMatchObject([{ outcome: "ENDED", reason: "ended in the console" }]);
    await page.goto(`${under.app.asof.address}/audit?action=endCanary`);
    await page.getByRole("button", { name: /^Entry \d+$/ }).click();
    const changed = page.getByRole("table", { name: "What changed" });
    await changed.getByRole("row", { name: "canary.outcome – ENDED" }).waitFor();
    expect(await changed.getByRole("row").count()).toBe(3);
    expect(complaints).toEqual([]);
    await page.close();
  },
);

test.skipIf(!hasBrowser)(
  "a canary is started on the model's page without a rule, one that its rule ends is seen, and one is promoted",
  async () => {
    const { page, complaints } = await under.open();
    await page.goto(model);
    const canary = page.getByRole("region", { name: "Canary", exact: true });
    await canary.getByRole("button", { name: "Start a canary" }).click();
    await canary.getByText("It has no stop rule: it runs until somebody ends it.").waitFor();
    expect((await canaries())[0]).toMatchObject({
      share: 0.05,
      stopRule: { minAgreement: null, metric: null },
    });
    for (const [scheme, width] of [
      ["light", 1_400],
      ["dark", 390],
    ] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 900 });
      expect(await violations(page)).toEqual([]);
      await picture(page, `canary-model-${scheme}-${width}`);
    }
    await page.setViewportSize({ width: 1_400, height: 900 });
    // As its rule does, in another process.
    await under.app.sql(
      `update canaries set ended_at = now(), ended_by = 'stop rule', outcome = 'STOPPED', reason = 'both said the same on 0.5 of 300 requests'
       where ended_at is null`,
    );
    await canary.getByRole("cell", { name: "both said the same on 0.5 of 300 requests" }).waitFor();
    await canary.getByRole("cell", { name: "Stopped" }).waitFor();
    await canary.getByRole("button", { name: "Start a canary" }).click();
    await canary.getByRole("button", { name: "Promote its version" }).click();
    await page.getByLabel("Reason").fill("as good, and newer");
    await page.getByRole("dialog").getByRole("button", { name: "Promote its version" }).click();
    await until("it is in Production", async () => (await canaries())[0].outcome === "PROMOTED");
    await page.getByRole("region", { name: "Serving" }).getByText(`Version ${OTHER}`).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  },
);

test.skipIf(!hasBrowser)("one that somebody else starts takes the place of the form by itself", async () => {
  const { page, complaints } = await under.open();
  await page.goto(`${model}/${GOOD}`);
  const canary = page.getByRole("region", { name: "Canary", exact: true });
  await canary.getByRole("button", { name: "Start a canary" }).waitFor();
  await under.app.client.query(`mutation { startCanary(input: { version: ${GOOD}, share: 0.5 }) { id } }`);
  await canary.getByText("Version 1 answers 50.0 % of the keys").waitFor();
  expect(await canary.getByRole("button", { name: "Start a canary" }).count()).toBe(0);
  await under.app.client.query('mutation { endCanary(reason: "over") { id } }');
  await canary.getByRole("cell", { name: "over" }).waitFor();
  expect(complaints).toEqual([]);
  await page.close();
});
