import { afterAll, beforeAll, expect, test } from "vitest";
import { bottleId, cellar, cellarDelivery } from "../support/cellar.js";
import { ingestMonth, JANUARY, promote, trained } from "../support/months.js";
import { type ConsoleUnderTest, hasBrowser, picture, startConsole, violations } from "./support.js";

let under: ConsoleUnderTest;
const key = bottleId(7);
/** A class of such a name takes no place from the others. */
const LONG_NAME = `nebbiolo ${"of the hills ".repeat(12)}`.trim();

beforeAll(async () => {
  under = await startConsole({
    definitions: cellar(),
    predictionLog: { sample: 1, perSecond: 1_000, keepDays: 30 },
  });
  const { app } = under;
  await ingestMonth(app, JANUARY, cellarDelivery(300, 1, ["barbera", "dolcetto", LONG_NAME]));
  const params = { trees: 20, min_leaf_rows: 5 };
  await trained(app, { asOf: JANUARY, model: "cultivar", params });
  await trained(app, { asOf: JANUARY, model: "cultivar", algorithm: "LOGISTIC_REGRESSION" });
  await promote(app, 1, { model: "cultivar", force: true, reason: "a test" });
  await app.client.query(`{ predict(bottleId: "${key}", model: "cultivar") { class } }`);
}, 180_000);
afterAll(() => under?.stop());

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

test.skipIf(!hasBrowser).each(["light", "dark"] as const)(
  "a version shows which classes are taken for which, and each one's figures: %s",
  async (scheme) => {
    const { modelVersion } = await under.app.client.query(
      `{ modelVersion(model: "cultivar", version: 1) { evaluation { confusion perClass { class rows called precision recall } } } }`,
    );
    const { confusion, perClass } = modelVersion.evaluation as {
      confusion: number[][];
      perClass: { class: string; rows: number; called: number; precision: number; recall: number }[];
    };
    const { page, complaints } = await under.open(scheme);
    await page.goto(`${under.app.asof.address}/models/cultivar/1`);
    const cells = page.getByRole("table", { name: "Confusion matrix" }).getByRole("cell");
    await cells.first().waitFor();
    const counts = (await cells.allInnerTexts()).map((text) => Number.parseInt(text, 10));
    expect(counts).toEqual(confusion.flat());
    const figures = page.getByRole("table", { name: "Each class against the rest" });
    for (const each of perClass) {
      const row = await figures.getByRole("row", { name: each.class }).getByRole("cell").allInnerTexts();
      expect(row.slice(0, 5)).toEqual([
        ...[each.class, String(each.rows), String(each.called)],
        ...[percent(each.precision), percent(each.recall)],
      ]);
    }
    await page.getByRole("img", { name: "By permutation", exact: true }).waitFor();
    for (const width of [1_440, 380]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await violations(page)).toEqual([]);
      const [content, frame] = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.clientWidth,
      ]);
      expect(content).toBeLessThanOrEqual(frame!);
      await picture(page, `classes-${scheme}-${width}`);
    }
    const text = await page.locator("main").innerText();
    expect(text).not.toMatch(/null|undefined|NaN|Threshold/);
    expect(complaints).toEqual([]);
    await page.close();
  },
);

test.skipIf(!hasBrowser)(
  "an answer is a class with each one's probability, and what was added to it",
  async () => {
    const { predict } = await under.app.client.query(
      `{ predict(bottleId: "${key}", model: "cultivar") { class classes { class probability } } }`,
    );
    const sorted = (predict.classes as { class: string; probability: number }[]).toSorted(
      (a, b) => b.probability - a.probability,
    );
    const { page, complaints } = await under.open();
    const main = page.locator("main");
    await page.goto(`${under.app.asof.address}/bottles/${key}`);
    await main.getByText("The likeliest of 3 classes").waitFor();
    const cells = page.getByRole("table", { name: "Classes" }).getByRole("cell");
    expect((await cells.allInnerTexts()).map((text) => text.trim())).toEqual(
      sorted.flatMap((each) => [each.class, percent(each.probability)]),
    );
    await main.getByText(`adds to the score of ${predict.class}`).waitFor();
    await page.getByRole("table", { name: "What was answered" }).getByText(predict.class).first().waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await main.innerText()).not.toMatch(/null|undefined|NaN/);
    await picture(page, "classes-entity");
    expect(complaints).toEqual([]);
    await page.close();
  },
);

test.skipIf(!hasBrowser)(
  "two versions are compared by the task's metrics, without curves of yes and no",
  async () => {
    const { model } = await under.app.client.query(
      `{ model(name: "cultivar") { versions { version run { id } } } }`,
    );
    const ids = (model.versions as { run: { id: string } }[]).map(({ run }) => run.id);
    const { page, complaints } = await under.open();
    const main = page.locator("main");
    await page.goto(`${under.app.asof.address}/compare?ids=${ids.join(",")}`);
    await main.getByText("These models do not answer yes or no").waitFor();
    const by = page.getByRole("textbox", { name: "By", exact: true });
    expect(await by.inputValue()).toBe("log_loss");
    await by.click();
    await page.getByRole("option", { name: "macro_f1" }).click();
    await page.getByRole("button", { name: "Test against the other" }).click();
    await page.getByRole("table", { name: "Differences" }).getByRole("row").nth(1).waitFor();
    await page.goto(`${under.app.asof.address}/`);
    await main.getByText(/log loss \d\S*, macro f1 \d\S* on held-out rows/).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  },
);
