import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ingestMonth,
  JANUARY,
  learnableMonth,
  movedMonth,
  promote,
  STRONG,
  trained,
  USERS,
} from "../support/months.js";
import { type ConsoleUnderTest, hasBrowser, picture, startConsole, violations } from "./support.js";

const FEBRUARY = "2024-02-29";
const ONE = USERS[3]!;
/** Has no row of usage. */
const PARTIAL = USERS[10]!;
let under: ConsoleUnderTest;

beforeAll(async () => {
  under = await startConsole({ predictionLog: { sample: 1, perSecond: 1_000, keepDays: 30 } });
  const { app } = under;
  const lacking = (files: ReturnType<typeof learnableMonth>) => ({
    ...files,
    usage_agg_30d: files.usage_agg_30d!.filter((line) => !line.startsWith(PARTIAL)),
  });
  await ingestMonth(app, JANUARY, lacking(learnableMonth()));
  await ingestMonth(app, FEBRUARY, lacking(movedMonth()));
  await trained(app, { asOf: JANUARY, params: STRONG });
  await promote(app, 1);
  await app.client.query(`{ predict(userId: "${ONE}") { probability } }`);
});
afterAll(() => under?.stop());

test.skipIf(!hasBrowser)(
  "from the overview by clicks: why somebody got an answer, and what it would have been in January",
  async () => {
    const { page, complaints } = await under.open();
    const main = page.locator("main");
    await page.goto(`${under.app.asof.address}/`);
    await page.getByRole("link", { name: "Users", exact: true }).click();
    await page.getByLabel("user_id begins with").fill(ONE.slice(0, 6));
    await main.getByText("10 users found").waitFor();
    await page.getByRole("link", { name: ONE }).click();

    await page.getByRole("img", { name: "Why" }).waitFor();
    await main.getByText("As they are served now.").waitFor();
    const answered = page.getByRole("table", { name: "What was answered" });
    await answered.getByRole("link", { name: "churn 1" }).waitFor();
    const features = page.getByRole("table", { name: "Features" });
    const fee = features.getByRole("row", { name: "monthly_fee" });
    expect(await fee.innerText()).toMatch(/47\s+Present\s+2024-02-29/i);
    expect(await violations(page)).toEqual([]);
    await picture(page, "entity-light-1440");

    // The slider by the keyboard: to the first date.
    await page.getByLabel("As of", { exact: true }).press("Home");
    await main.getByText(`No version was in Production on ${JANUARY}`).waitFor();
    expect(await page.getByLabel("As of", { exact: true }).getAttribute("aria-valuetext")).toBe(JANUARY);
    await page.getByRole("button", { name: "Score with version 1, in Production now" }).click();
    await main.getByText(`What it would have been on ${JANUARY}.`).waitFor();
    await page.getByRole("img", { name: "Why" }).waitFor();
    await fee.getByText("23.5").waitFor();
    expect(new URL(page.url()).search).toBe(`?asOf=${JANUARY}&version=1`);
    expect(await violations(page)).toEqual([]);

    // What was known before anything of February was: the address says it, and can be sent to a colleague.
    await page.getByLabel("Known at").press("Home");
    await page.waitForURL(/knownAt=/);
    await page.goto(page.url().replace(`asOf=${JANUARY}&`, `asOf=${FEBRUARY}&`));
    await main.getByText(`As they held on ${FEBRUARY}.`).waitFor();
    await fee.getByText("2024-01-31").waitFor();
    expect(complaints).toEqual([]);
    await page.close();
    const { predictions } = await under.app.client.query(
      `{ predictions(userId: "${ONE}") { nodes { version } } }`,
    );
    expect(predictions.nodes).toEqual([{ version: 1 }]);
  },
);

test.skipIf(!hasBrowser)("what cannot be answered says why and what to do", async () => {
  const { page } = await under.open("dark", 380);
  const main = page.locator("main");
  await page.goto(`${under.app.asof.address}/users/${PARTIAL}`);
  await main.getByText("No answer: features are missing").waitFor();
  await main.getByText(/skips_7d.*; ingest a delivery that holds this user/).waitFor();
  await page.getByRole("table", { name: "Features" }).getByText("Not found").first().waitFor();
  expect(await violations(page)).toEqual([]);
  await picture(page, "entity-missing-dark-380");
  await page.goto(`${under.app.asof.address}/users/nobody`);
  await main.getByText("There is no user “nobody”").waitFor();
  await page.getByRole("link", { name: "Search all users" }).click();
  await main.getByText("240 users").waitFor();
  await page.getByRole("button", { name: "Next page" }).click();
  await page.getByRole("link", { name: USERS[50]!, exact: true }).waitFor();
  await page.goto(`${under.app.asof.address}/accounts/7`);
  await main.getByText("There is no page at this address.").waitFor();
  await main.getByRole("link", { name: "users" }).waitFor();
  await page.close();
});

test.skipIf(!hasBrowser)("the prediction log is read by model and key", async () => {
  const { page, complaints } = await under.open();
  await under.app.client.query(`{ predict(userId: "${USERS[5]}") { probability } }`);
  await page.goto(`${under.app.asof.address}/predictions?model=churn`);
  const log = page.getByRole("table", { name: "Predictions" });
  await log.getByRole("link", { name: ONE }).waitFor();
  await page.getByLabel("user_id").fill(ONE);
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.waitForURL(/user_id=/);
  await log.getByRole("link", { name: USERS[5]! }).waitFor({ state: "detached" });
  await log.getByText("14 features").click();
  await log.getByText("monthly_fee 47").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByLabel("user_id").fill("nobody");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.locator("main").getByText("The log has no such answer").waitFor();
  expect(complaints).toEqual([]);
  await page.close();
});
