import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TokenStore } from "../../src/auth/token-store.js";
import { createPool } from "../../src/db/pool.js";
import { GOOD, NOISE, promote, registryState, trainFour, WORSE } from "../support/months.js";
import { type ConsoleUnderTest, hasBrowser, signIn, startConsole, violations } from "./support.js";

let under: ConsoleUnderTest;
let app: ConsoleUnderTest["app"];
beforeAll(async () => {
  under = await startConsole();
  app = under.app;
  await trainFour(app);
});
afterAll(() => under?.stop());

const address = () => `${app.asof.address}/models/churn`;

/** The page of the model with the dialog of a version open. */
async function opened(version: number) {
  const { page, complaints } = await under.open();
  await page.goto(address());
  await page.getByRole("button", { name: `Promote version ${version}` }).click();
  return { page, complaints, dialog: page.getByRole("dialog") };
}

describe.skipIf(!hasBrowser)("a promotion by clicks", () => {
  test("says what it would do before it does it, and then which version serves, since when and by whom", async () => {
    const { page, complaints, dialog } = await opened(GOOD);
    await dialog.getByText("It would pass").waitFor();
    await dialog.getByText("nothing is in Production now").waitFor();
    expect(await violations(page)).toEqual([]);
    expect((await registryState(app)).production).toBeNull();
    await dialog.getByLabel("Reason").fill("the first");
    await dialog.getByRole("button", { name: "Promote", exact: true }).click();
    await dialog.waitFor({ state: "hidden" });
    const serving = page.getByRole("region", { name: "Serving" });
    await serving.getByRole("link", { name: `Version ${GOOD}` }).waitFor();
    await serving.getByText(/^since .*, promoted by anonymous: the first$/).waitFor();
    await page.getByRole("region", { name: "History" }).getByText("4 gates passed").waitFor();
    expect((await registryState(app)).production).toBe(GOOD);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("is as well seen in the dark on a phone", async () => {
    const { page, complaints } = await under.open("dark", 380);
    await page.goto(address());
    await page.getByText("4 gates passed").click();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: `Promote version ${NOISE}` }).click();
    await page.getByRole("dialog").getByText("It would be refused").waitFor();
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("that would fail a gate says which, with both versions side by side, and changes nothing", async () => {
    const before = await registryState(app);
    const { page, complaints, dialog } = await opened(WORSE);
    await dialog.getByText("It would be refused: 1 of 4 gates fails").waitFor();
    const [first] = await dialog.getByRole("list", { name: "Gates" }).getByRole("listitem").allInnerTexts();
    expect(first).toMatch(/^Failed\s+not_worse_than_production\s+auc 0\.\d{4}, Production version 1 has/);
    const compared = await dialog.getByRole("table", { name: "Side by side" }).innerText();
    expect(compared).toMatch(/Version 3\s+Production, version 1\s+auc/);
    expect(await dialog.getByRole("button", { name: "Promote", exact: true }).isDisabled()).toBe(true);
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Leave it" }).click();
    expect(await registryState(app)).toEqual(before);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("that is refused since Production changed after the check says which gate failed, and changes nothing", async () => {
    await app.client.query(
      'mutation { promote(input: { version: 1, stage: ARCHIVED, force: true, reason: "a test" }) { id } }',
    );
    const { page, dialog } = await opened(WORSE);
    await dialog.getByText("It would pass").waitFor();
    // Who else looks at the page sees it at once.
    const { page: other } = await under.open();
    const follows = new Promise<void>((resolve) =>
      other.on("websocket", (socket) =>
        socket.on("framesent", ({ payload }) => {
          if (String(payload).includes("ModelMoves")) resolve();
        }),
      ),
    );
    await other.goto(address());
    const serving = other.getByRole("region", { name: "Serving" });
    await serving.getByText("Nothing is in Production").waitFor();
    await follows;
    await promote(app, GOOD);
    await serving.getByRole("link", { name: `Version ${GOOD}` }).waitFor();
    await other.close();
    const before = await registryState(app);
    await dialog.getByRole("button", { name: "Promote", exact: true }).click();
    const refusal = dialog.getByRole("alert");
    await refusal.getByText("It was refused. Nothing was changed.").waitFor();
    await dialog.getByText("not_worse_than_production").waitFor();
    expect(await registryState(app)).toEqual(before);
    await refusal.getByRole("button", { name: "Judge again" }).click();
    await dialog.getByText("It would be refused").waitFor();
    await page.close();
  });

  test("is forced with a reason alone, and stays marked; an alias and a rollback are set by clicks, too", async () => {
    const { page, complaints, dialog } = await opened(NOISE);
    await dialog.getByText("It would be refused").waitFor();
    await dialog.getByLabel("Override the failed gates").check();
    const force = dialog.getByRole("button", { name: "Promote by force" });
    expect(await force.isDisabled()).toBe(true);
    await dialog.getByLabel("Reason").fill("for the test");
    await force.click();
    await dialog.waitFor({ state: "hidden" });
    await page.getByRole("region", { name: "Serving" }).getByText("forced past gates").waitFor();
    expect((await registryState(app)).transitions[0]).toMatchObject({ version: NOISE, forced: true });

    await page.getByRole("button", { name: "Roll back" }).click();
    await dialog.getByLabel("Reason").fill("it is noise");
    await dialog.getByRole("button", { name: "Roll back" }).click();
    await page
      .getByRole("region", { name: "Serving" })
      .getByText(/it is noise$/)
      .waitFor();
    expect((await registryState(app)).production).toBe(GOOD);

    await page.getByRole("button", { name: "Set the alias" }).click();
    await page.getByRole("table", { name: "Aliases" }).getByText("shadow").waitFor();
    await page.getByRole("button", { name: "Remove the alias shadow" }).click();
    await dialog.getByRole("button", { name: "Remove" }).click();
    await page.getByText("No version has an alias").waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("is no button for a viewer, and for an operator no way past the gates", async () => {
    const pool = createPool(app.url, 1);
    const tokens = new TokenStore(pool);
    const viewer = await tokens.create({ name: "looks", role: "viewer" });
    const operator = await tokens.create({ name: "works", role: "operator" });
    await pool.end();

    const looking = await under.open();
    await looking.page.goto(address());
    await signIn(looking.page, viewer.token);
    await looking.page.getByRole("table", { name: "Versions" }).waitFor();
    expect(
      await looking.page
        .locator("main")
        .getByRole("button", { name: /Promote|Roll back|alias/ })
        .count(),
    ).toBe(0);
    await looking.page.close();

    const { page } = await under.open();
    await page.goto(address());
    await signIn(page, operator.token);
    await page.getByRole("button", { name: `Promote version ${NOISE}` }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Only an administrator may override failed gates.").waitFor();
    expect(await dialog.getByRole("button", { name: "Promote", exact: true }).isDisabled()).toBe(true);
    await page.close();
  });
});
