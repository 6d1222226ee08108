import { afterAll, beforeAll, expect, test } from "vitest";
import { ingestMonth, JANUARY, learnableMonth, promote, STRONG, trained, USERS } from "../support/months.js";
import { until } from "../support/until.js";
import { type ConsoleUnderTest, hasBrowser, picture, startConsole, violations } from "./support.js";

let under: ConsoleUnderTest;
let address: string;
beforeAll(async () => {
  under = await startConsole({ predictionLog: { sample: 1, perSecond: 1_000, keepDays: 30 } });
  await ingestMonth(under.app, JANUARY, learnableMonth());
  const { modelVersion } = await trained(under.app, { asOf: JANUARY, seed: 7, params: STRONG });
  await promote(under.app, modelVersion!.version);
  address = `${under.app.asof.address}/models/churn/${modelVersion!.version}`;
});
afterAll(() => under?.stop());

const stored = async () =>
  (
    await under.app.client.query(`{ modelVersion(model: "churn", version: 1) { threshold sha256
      run { id } snapshots { contentSha256 run { id } sources { sha256 } }
      evaluation { thresholds { threshold truePositives falsePositives trueNegatives falseNegatives } } } }`)
  ).modelVersion;

test.skipIf(!hasBrowser).each(["light", "dark"] as const)(
  "a version shows its charts, fits its place and passes axe: %s",
  async (scheme) => {
    const { page, complaints } = await under.open(scheme);
    await page.goto(address);
    for (const width of [1_440, 380]) {
      await page.setViewportSize({ width, height: 900 });
      for (const name of ["ROC", "Precision and recall", "Calibration", "Lift", "By permutation", "By gain"])
        await page.getByRole("img", { name, exact: true }).waitFor();
      expect(await violations(page)).toEqual([]);
      const [content, frame] = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.clientWidth,
      ]);
      expect(content).toBeLessThanOrEqual(frame!);
      await picture(page, `version-${scheme}-${width}`);
    }
    expect(complaints).toEqual([]);
    await page.close();
  },
);

test.skipIf(!hasBrowser)(
  "the threshold moves by keyboard, with its counts and the address, and goes back to the version's",
  async () => {
    const { evaluation, threshold } = await stored();
    const own = evaluation.thresholds.findIndex((row: any) => row.threshold === threshold);
    const { page, complaints } = await under.open();
    await page.goto(address);
    const cells = page.getByRole("table", { name: "Confusion matrix" }).getByRole("cell");
    const counts = async () => (await cells.allInnerTexts()).map((text) => Number.parseInt(text, 10));
    const expected = ({ truePositives, falseNegatives, falsePositives, trueNegatives }: any) => [
      ...[truePositives, falseNegatives, falsePositives, trueNegatives],
    ];
    await cells.first().waitFor();
    expect(await counts()).toEqual(expected(evaluation.thresholds[own]));
    const next = evaluation.thresholds[own + 1];
    await page.getByRole("slider", { name: "Threshold" }).press("ArrowRight");
    await page.waitForURL(`${address}?threshold=${next.threshold}`);
    expect(await counts()).toEqual(expected(next));
    // As a colleague opens it.
    await page.reload();
    await page.getByText(next.threshold.toFixed(4), { exact: true }).first().waitFor();
    expect(await counts()).toEqual(expected(next));
    await page.getByRole("button", { name: /^Back to the version's/ }).click();
    await page.waitForURL(address);
    expect(await counts()).toEqual(expected(evaluation.thresholds[own]));
    expect(complaints).toEqual([]);
    await page.close();
  },
);

test.skipIf(!hasBrowser)(
  "lineage leads from the version to its run, snapshot and files, each with its hash",
  async () => {
    const { sha256, run, snapshots } = await stored();
    await under.app.client.query(`{ predict(userId: "${USERS[4]}") { probability } }`);
    const answer = await until("the answer is logged", async () => {
      const { predictions } = await under.app.client.query(
        '{ predictions(model: "churn", version: 1) { nodes { featuresSha256 } } }',
      );
      return predictions.nodes[0];
    });
    const { page } = await under.open();
    await page.goto(address);
    const lineage = page.getByRole("region", { name: "Lineage" });
    const [snapshot] = snapshots;
    for (const hash of [
      ...[answer.featuresSha256, sha256, snapshot.contentSha256],
      ...snapshot.sources.map((file: any) => file.sha256),
    ])
      await lineage.getByText(hash.slice(0, 12)).first().waitFor();
    // A line for each thing that another was made from.
    const lines = lineage.locator("svg > path");
    await expect.poll(() => lines.count()).toBe(4 + snapshot.sources.length);
    await lineage.getByRole("link", { name: USERS[4]! }).click();
    await page.waitForURL(`**/users/${USERS[4]}`);
    await page.goBack();
    await lineage.getByRole("link", { name: /^Train/ }).click();
    await page.waitForURL(`**/runs/${run.id}`);
    // And the run leads back to its version.
    await page.getByRole("link", { name: "churn version 1" }).click();
    await page.waitForURL(address);
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download ONNX" }).click();
    expect((await download).suggestedFilename()).toMatch(/\.onnx$/);
    await page.close();
  },
);

test.skipIf(!hasBrowser)("a version that is not there leads to those that are", async () => {
  const { page, complaints } = await under.open();
  for (const number of ["first", "1e3", "99"]) {
    await page.goto(`${under.app.asof.address}/models/churn/${number}`);
    await page.getByText(`churn has no version ${number}`).waitFor();
  }
  await page.getByRole("link", { name: "All versions of churn" }).click();
  await page.getByRole("table", { name: "Versions" }).getByRole("link", { name: "1", exact: true }).click();
  await page.waitForURL(address);
  expect(complaints).toEqual([]);
  await page.close();
});
