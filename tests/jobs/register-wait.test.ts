import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { ingestMonth, JANUARY, learnableMonth } from "../support/months.js";
import { perFeatureModel } from "../support/onnx.js";
import { tracker } from "../support/tracker.js";
import { until } from "../support/until.js";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ requestTimeoutMs: 6_000 });
  await ingestMonth(app, JANUARY, learnableMonth());
}, 180_000);
afterAll(() => app?.stop());

it("a registration is waited for no longer than its request may take, however long is asked for", async () => {
  const client = tracker(app);
  const { id: runId } = await client.create();
  // Its run waits for the rows that the model is judged on.
  const held = await app.hold("labels_snapshots");
  const onnx = Buffer.from(perFeatureModel({ skips_7d: 0.1 }, -5, 5)).toString("base64");
  try {
    const { registerModel } = await app.client.query(
      "mutation($input: RegisterModelInput!) { registerModel(input: $input) { status judgedBy { status } } }",
      { input: { runId, onnx, asOf: JANUARY, waitSeconds: 60 } },
    );
    expect(registerModel.status).toBe("PENDING");
  } finally {
    await held.release();
  }
  await until(
    "it is judged",
    async () => {
      const { models } = await app.client.query("{ models { versions { status } } }");
      return models[0].versions[0].status === "READY";
    },
    60_000,
  );
});
