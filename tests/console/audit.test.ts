import { afterAll, beforeAll, expect, test } from "vitest";
import { operate } from "../support/ask.js";
import { type ConsoleUnderTest, hasBrowser, picture, signIn, startConsole, violations } from "./support.js";

const LOOKS = [
  ["light", 1_440],
  ["dark", 1_440],
  ["light", 380],
  ["dark", 380],
] as const;
const ADMIN = "the-admins-token-of-this-test";
let site: ConsoleUnderTest;
let viewer = "";

beforeAll(async () => {
  if (!hasBrowser) return;
  site = await startConsole({ role: "api", config: { adminToken: ADMIN } });
  const { body } = await operate(
    site.app,
    'mutation { createToken(name: "ci", role: VIEWER) { secret } }',
    ADMIN,
  );
  viewer = body.data.createToken.secret;
  await operate(site.app, 'mutation { createRun(input: { name: "mine" }) { id } }', ADMIN);
  await operate(site.app, 'mutation { createRun(input: { name: "not mine" }) { id } }', viewer);
  await operate(
    site.app,
    'mutation { promote(input: { version: 9, force: true, reason: "it is late" }) { version } }',
    ADMIN,
  );
});
afterAll(() => site?.stop());

test.skipIf(!hasBrowser).each(LOOKS)(
  "an admin finds who did what, by outcome, actor and text, and sees what came of it: %s, %i px",
  async (scheme, width) => {
    const { page, complaints } = await site.open(scheme, width);
    await page.goto(`${site.app.asof.address}/audit`);
    await signIn(page, ADMIN);
    const table = page.getByRole("table", { name: "Audit log" });
    await table.getByRole("cell", { name: "promote" }).waitFor();
    expect(await table.getByRole("row").count()).toBe(5);
    expect(await violations(page)).toEqual([]);
    await picture(page, `audit-${scheme}-${width}`);
    await page.getByLabel("Actor").fill("ci");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await page.waitForURL(/actor=ci/);
    await table.getByRole("cell", { name: "promote" }).waitFor({ state: "detached" });
    expect(await table.getByRole("row").count()).toBe(2);
    await page.goto(`${site.app.asof.address}/audit?outcome=REFUSED&search=it%20is%20late`);
    await table.getByRole("cell", { name: "MODEL_NOT_FOUND" }).waitFor();
    await table.getByRole("button", { name: /^Entry \d+$/ }).click();
    const entry = page.getByRole("dialog");
    await entry.getByText('"reason": "it is late"').waitFor();
    await entry.getByText("What came of it").waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(page, `audit-entry-${scheme}-${width}`);
    await page.goto(`${site.app.asof.address}/audit?from=2020-01-01&to=2020-01-31`);
    await page.getByText("The log has no such entry").waitFor();
    // The first answer says that nobody is signed in.
    expect(complaints.slice(1)).toEqual([]);
  },
);

test.skipIf(!hasBrowser)("who is no admin is offered no link to it, and told so at its address", async () => {
  const { page } = await site.open();
  await page.goto(`${site.app.asof.address}/audit`);
  await signIn(page, viewer);
  await page.getByText("The audit log is for admins").waitFor();
  expect(await page.getByRole("link", { name: "Audit", exact: true }).count()).toBe(0);
  expect(await violations(page)).toEqual([]);
});
