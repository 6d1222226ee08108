import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { AlertReceiver, SECRET } from "../alerts/receiver.js";
import { until } from "../support/until.js";
import { type ConsoleUnderTest, hasBrowser, startConsole, violations } from "./support.js";

let under: ConsoleUnderTest;
let receiver: AlertReceiver;
beforeAll(async () => {
  if (!hasBrowser) return;
  vi.stubEnv("ALERT_SECRET", SECRET);
  receiver = await new AlertReceiver().start();
  under = await startConsole({ config: { alertAllowHosts: ["127.0.0.1"] } });
});
afterAll(async () => {
  await under?.stop();
  await receiver?.stop();
  vi.unstubAllEnvs();
});

test.skipIf(!hasBrowser)("a rule is set by its form", async () => {
  const { page, complaints } = await under.open();
  await page.goto(`${under.app.asof.address}/alerts`);
  await page.getByRole("link", { name: "New alert rule" }).click();
  await page.getByLabel("Name").fill("by form");
  await page.locator(".mantine-MultiSelect-input").click();
  await page.getByRole("option", { name: "Drift" }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("textbox", { name: /^Channel/ }).click();
  await page.getByRole("option", { name: "Webhook" }).click();
  const options = { url: receiver.url, secret: "ALERT_SECRET" };
  await page.getByLabel(/^Options/).fill(JSON.stringify(options, null, 2));
  await page.locator("main form button[type=submit]").click();
  // What an administrator alone may do is asked once more.
  await page.getByRole("dialog").getByRole("button", { name: "Do it" }).click();
  await until("the rule is set", async () => {
    const { alertRules } = await under.app.client.query("{ alertRules { name on } }");
    return alertRules.some((rule: { name: string }) => rule.name === "by form");
  });
  expect(complaints).toEqual([]);
  await page.close();
});

test.skipIf(!hasBrowser)("a rule is tested, and what it could not send is sent again", async () => {
  await under.app.client.query(
    `mutation($options: JSON!) { setAlertRule(input: { name: "on-call", on: [RUN_FAILED], channel: WEBHOOK, options: $options }) { name } }`,
    { options: { url: receiver.url, secret: "ALERT_SECRET" } },
  );
  const { page, complaints } = await under.open();
  await page.goto(`${under.app.asof.address}/alerts`);
  await page.getByRole("button", { name: "Test on-call" }).click();
  await page.getByText("on-call: the receiver took the test").waitFor();
  expect(receiver.received).toMatchObject([{ message: { type: "TEST", rule: "on-call" } }]);

  receiver.mood = 410;
  const { createRun } = await under.app.client.query("mutation { createRun(input: {}) { id } }");
  await under.app.client.query(`mutation { finishRun(id: "${createRun.id}", status: FAILED) { id } }`);
  await page.goto(`${under.app.asof.address}/alerts?state=DEAD`);
  const again = page.getByRole("button", { name: "Send again" });
  await again.waitFor();
  expect(await violations(page)).toEqual([]);
  receiver.mood = 204;
  await again.click();
  await until("it is taken", () => receiver.of("RUN_FAILED").length === 1);
  expect(complaints).toEqual([]);
  await page.close();
});
