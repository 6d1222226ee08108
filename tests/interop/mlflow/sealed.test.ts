import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { smallDelivery, userIds } from "../../support/delivery.js";
import { ingestMonth, JANUARY } from "../../support/months.js";
import { MlflowCalls, refusal } from "./support.js";

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  await ingestMonth(app, JANUARY, smallDelivery(userIds(40)));
});
afterAll(() => app.stop());

it("what a model version was registered from takes tags, and nothing that gates read", async () => {
  const mlflow = new MlflowCalls(app);
  const run = await mlflow.run("0");
  const id = run.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  await app.sql("insert into artifact_blobs (sha256, bytes) values ('s', 'x')");
  await app.sql(
    `insert into model_versions (model, version, run_id, stage, algorithm, sha256, bytes, threshold, signature, snapshot_id, label_snapshot_id)
     select 'churn', 1, $1, 'NONE', 'EXTERNAL', 's', 1, 0.5, '[]', id, id from snapshots limit 1`,
    [id],
  );
  const refusals = [
    await mlflow.post("runs/log-metric", { run_id: run, key: "roc_auc", value: 1, timestamp: 1 }),
    await mlflow.post("runs/log-parameter", { run_id: run, key: "a", value: "1" }),
  ];
  for (const answer of refusals)
    expect(refusal(answer)).toEqual([
      400,
      "INVALID_PARAMETER_VALUE",
      expect.stringContaining("is what version 1 of churn was registered from"),
    ]);
  await mlflow.ok("POST", "runs/set-tag", { run_id: run, key: "seen", value: "yes" });
});
