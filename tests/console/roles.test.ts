import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ingestMonth, JANUARY, learnableMonth, trained, USERS } from "../support/months.js";
import { type ConsoleUnderTest, hasBrowser, signIn, startConsole } from "./support.js";

// Who may not do something finds no button for it, on any page. What the server refuses is tried by tests/auth.

/** Buttons that do something, by the least role that may press them. */
const OPERATORS =
  /^(start a run|start|ingest|train|promote|roll back|withdraw|cancel|retry|reproduce|edit|set |change|pause|resume|run now|new schedule|new alias|remove|look now|check|test$|send again)/i;
const ADMINS = /^(delete|new (token|alert rule)|revoke|force|drop|apply|retention)/i;

let under: ConsoleUnderTest;
let pages: string[];
const secrets: Record<string, string> = {};
beforeAll(async () => {
  if (!hasBrowser) return;
  under = await startConsole();
  const { app } = under;
  await ingestMonth(app, JANUARY, learnableMonth());
  const run = await trained(app, { asOf: JANUARY, algorithm: "LOGISTIC_REGRESSION" });
  await app.client.query(
    'mutation { promote(input: { version: 1, force: true, reason: "a trial" }) { id } }',
  );
  await app.client.query(
    `mutation { setSchedule(input: { name: "nightly", cron: "0 3 * * *", kind: VERIFY_PARITY, params: {} }) { name } }`,
  );
  await app.sql(`insert into alert_rules (name, triggers, channel, options, actor, after_event, after_move)
    values ('on-call', '{"DRIFT": {}}', 'WEBHOOK', '{"url": "https://hooks.example"}', 'tester', 0, 0)`);
  await app.sql(`insert into alert_deliveries (rule, event, key, channel, state, message)
    select 'on-call', 'DRIFT', '1', 'WEBHOOK', 'DEAD', jsonb_build_object('type', 'DRIFT', 'phase', 'HAPPENED', 'summary', 'drift',
      'timestamp', '2024-02-01T03:00:00Z', 'deployment', 'tests', 'rule', 'on-call', 'subject', 'model churn', 'page', '/', 'data', '{}'::jsonb)`);
  pages = [
    ...["/", "/runs", `/runs/${run.id}`, "/models", "/models/churn", "/models/churn/1", "/features"],
    ...[
      "/features/subs_profile",
      "/snapshots",
      `/snapshots/${JANUARY}`,
      `/users/${USERS[0]}`,
      "/predictions",
    ],
    ...["/schedules", "/alerts", "/start", "/start/train", "/access", "/audit"],
  ];
  const create = async (name: string, admin?: string) => {
    const response = await fetch(`${app.asof.address}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(admin ? { authorization: `Bearer ${admin}` } : {}) },
      body: JSON.stringify({ query: `mutation { createToken(name: "${name}", role: ${name}) { secret } }` }),
    });
    secrets[name] = ((await response.json()) as any).data.createToken.secret;
  };
  await create("ADMIN");
  await create("OPERATOR", secrets.ADMIN);
  await create("VIEWER", secrets.ADMIN);
});
afterAll(() => under?.stop());

/** The names of all buttons, and of links to forms, of every page. */
async function offered(page: Page, role: string): Promise<Set<string>> {
  await page.goto(`${under.app.asof.address}/`);
  await signIn(page, secrets[role]!);
  const names = new Set<string>();
  for (const address of pages) {
    await page.goto(`${under.app.asof.address}${address}`);
    await page.locator("main h1, main h2").first().waitFor();
    await page.waitForLoadState("networkidle");
    const found = await page
      .locator("main button:visible, main a[href*='/start']:visible, nav a:visible")
      .evaluateAll((elements) =>
        elements.map((element) => element.getAttribute("aria-label") ?? element.textContent ?? ""),
      );
    for (const name of found) names.add(name.trim());
  }
  return names;
}

test.skipIf(!hasBrowser).each([
  ["VIEWER", [OPERATORS, ADMINS]],
  ["OPERATOR", [ADMINS]],
  ["ADMIN", []],
] as const)("%s finds no button that would be refused", async (role, refused) => {
  const { page, complaints } = await under.open();
  const names = [...(await offered(page, role))];
  expect(names.filter((name) => refused.some((pattern) => pattern.test(name)))).toEqual([]);
  // The patterns mean what is there: whoever may press such buttons finds them.
  if (role !== "VIEWER") expect(names.filter((name) => OPERATORS.test(name)).length).toBeGreaterThan(5);
  if (role === "ADMIN") expect(names.filter((name) => ADMINS.test(name)).length).toBeGreaterThan(1);
  expect(await page.locator("nav").getByText("Operations").count()).toBe(role === "VIEWER" ? 0 : 1);
  // The first answer says that nobody is signed in.
  expect(complaints.slice(1)).toEqual([]);
  await page.close();
});
