import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { changedSources } from "../support/changed-sources.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ definitions: changedSources({ usage_agg_30d: { onInvalid: "quarantine" } }) });
});
afterAll(() => app?.stop());

it("drops what was quarantined with its date, and leaves that of other dates", async () => {
  const kept = () => app.sql("select as_of, line from quarantined_rows order by as_of, line");
  const apply = (dryRun: boolean) =>
    app.client.query(
      'mutation($dryRun: Boolean!) { applyRetention(until: "2024-02-29", dryRun: $dryRun) { dates { asOf outcome } } }',
      { dryRun },
    );
  const users = userIds(3);
  const files = smallDelivery(users);
  files.usage_agg_30d![2] = `${users[1]},x,1,1,1,1`;
  writeDelivery(app.dataDir, "delivery", files);
  for (const asOf of ["2024-01-31", "2024-02-29"]) {
    expect((await app.client.ingest("delivery", asOf)).error).toBeNull();
  }
  const both = await kept();
  expect(both).toEqual([
    { as_of: "2024-01-31", line: 3 },
    { as_of: "2024-02-29", line: 3 },
  ]);
  await apply(true);
  expect(await kept()).toEqual(both);
  const { applyRetention } = await apply(false);
  expect(applyRetention.dates).toEqual([
    { asOf: "2024-01-31", outcome: "DROPPED" },
    { asOf: "2024-02-29", outcome: "KEPT" },
  ]);
  expect(await kept()).toEqual([{ as_of: "2024-02-29", line: 3 }]);
});
