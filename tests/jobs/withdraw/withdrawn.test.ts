import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { smallDelivery, writeDelivery } from "../../support/delivery.js";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app?.stop());

async function ingest(users: string[], asOf: string): Promise<void> {
  writeDelivery(app.dataDir, "delivery", smallDelivery(users));
  const run = await app.client.ingest("delivery", asOf);
  expect(run.error).toBeNull();
}
async function served(user: string) {
  const { features } = await app.client.query(
    `{ features(userId: "${user}") { statuses { name status eventTime } } }`,
  );
  const { status, eventTime } = features.statuses[0];
  return { status, eventTime };
}

it("a revision that leaves a user out serves what held before, or nothing, as the point-in-time join does", async () => {
  await ingest(["U-1", "U-2"], "2024-01-31");
  await ingest(["U-1", "U-2", "U-3"], "2024-02-29");
  expect(await served("U-2")).toEqual({ status: "PRESENT", eventTime: "2024-02-29" });

  await ingest(["U-1"], "2024-02-29");

  expect(await served("U-1")).toEqual({ status: "PRESENT", eventTime: "2024-02-29" });
  expect(await served("U-2")).toEqual({ status: "PRESENT", eventTime: "2024-01-31" });
  expect(await served("U-3")).toEqual({ status: "NOT_FOUND", eventTime: null });
  const { features } = await app.client.query(
    `{ features: historicalFeatures(rows: [{ userId: "U-2", asOf: "2024-02-29" }, { userId: "U-3", asOf: "2024-02-29" }]) {
       statuses { status eventTime } } }`,
  );
  expect(features.map((answer: any) => answer.statuses[0])).toEqual([
    { status: "PRESENT", eventTime: "2024-01-31" },
    { status: "NOT_FOUND", eventTime: null },
  ]);
});
