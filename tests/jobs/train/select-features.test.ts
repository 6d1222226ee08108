import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import {
  ingestMonth,
  JANUARY,
  learnableMonth,
  metricOf,
  STRONG,
  trained,
  USERS,
} from "../../support/months.js";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await ingestMonth(app, JANUARY, learnableMonth());
});
afterAll(() => app?.stop());

const RULE = ["plan_stream_tv", "skips_7d"];
const INPUT = { asOf: JANUARY, params: { ...STRONG, linear_start: 0 }, selectFeatures: { keep: 2 } };

it("learns from the features that are worth most, and its version asks for no others", async () => {
  const run = await trained(app, INPUT);
  expect(run.params.selectFeatures).toEqual({ by: "permutation", keep: 2 });
  const { version } = run.modelVersion!;
  const { modelVersion } = await app.client.query(
    `{ modelVersion(model: "churn", version: ${version}) { servable signature { features { name } } } }`,
  );
  expect(modelVersion.servable).toBe(true);
  expect(modelVersion.signature.features.map(({ name }: any) => name)).toEqual(RULE);
  expect(metricOf(run, "auc")).toBeGreaterThan(0.9);
  const { predict } = await app.client.query(
    `{ predict(userId: "${USERS[0]}", version: ${version}) { probability contributions { feature } } }`,
  );
  expect(predict.contributions.map(({ feature }: any) => feature).sort()).toEqual(RULE);
});

it("says in the log and in an artifact which were left out, and why", async () => {
  const run = await trained(app, INPUT);
  const { run: told } = await app.client.query(`{ run(id: "${run.id}") { events { message data } } }`);
  const said = told.events.find(({ message }: any) => message.startsWith("selectFeatures:"));
  expect(said.message).toContain(`features: ${RULE.join(", ")}; left out: `);
  expect(said.data).toMatchObject({
    features: RULE,
    leftOut: expect.arrayContaining(["monthly_fee", "net_service"]),
  });
  const artifact = run.artifacts.find(({ name }) => name === "feature_selection.json")!;
  const content = await (await fetch(new URL(artifact.url, app.client.address))).json();
  expect(content).toMatchObject({ schemaVersion: 1, by: "permutation", keep: 2 });
  expect(
    content.features
      .filter(({ kept }: any) => kept)
      .map(({ feature }: any) => feature)
      .sort(),
  ).toEqual(RULE);
});

it("is reproduced to the byte, by permutation and by SHAP", async () => {
  for (const selectFeatures of [{ by: "PERMUTATION" }, { by: "SHAP", keep: 3 }]) {
    const run = await trained(app, { ...INPUT, selectFeatures });
    const { reproduce } = await app.client.query("mutation($id: ID!) { reproduce(runId: $id) { id } }", {
      id: run.id,
    });
    expect((await app.client.finished(reproduce.id)).result).toMatchObject({
      identical: true,
      differences: [],
    });
  }
});

it.each([
  [{ keep: 0 }, "keep: 0 is out of range"],
  [{ by: "LASSO" }, "LASSO"],
])("refuses %j", async (selectFeatures, message) => {
  const error = await app.client.error("mutation($input: TrainInput!) { train(input: $input) { id } }", {
    input: { ...INPUT, selectFeatures },
  });
  expect(error.code).toBe("BAD_USER_INPUT");
  expect(error.message).toContain(message);
});

it("chooses for each trial of a search, and for each candidate of a comparison", async () => {
  const { selectFeatures, asOf } = INPUT;
  const finished = async (mutation: string, input: object, type: string) => {
    const { run } = await app.client.query(
      `mutation($input: ${type}!) { run: ${mutation}(input: $input) { id } }`,
      { input: { asOf, selectFeatures, ...input } },
    );
    const { error } = await app.client.finished(run.id);
    expect(error).toBeNull();
  };
  const { model } = await app.client.query('{ model(name: "churn") { versions { version } } }');
  const before = Math.max(...model.versions.map(({ version }: any) => version));
  const space = { trees: 40, min_leaf_rows: 5, linear_start: 0, leaves: { choices: [3, 4] } };
  await finished("tune", { trials: 2, space }, "TuneInput");
  await finished("trainAndCompare", { params: INPUT.params }, "TrainInput");
  const { model: after } = await app.client.query(
    '{ model(name: "churn") { versions { version algorithm signature { features { name } } } production { version } } }',
  );
  const made = after.versions.filter(({ version }: any) => version > before);
  expect(made).toHaveLength(3);
  for (const { algorithm, signature } of made) {
    expect(signature.features).toHaveLength(2);
    if (algorithm === "GRADIENT_BOOSTING")
      expect(signature.features.map(({ name }: any) => name)).toEqual(RULE);
  }
  expect(after.production.version).toBeGreaterThan(before);
});

it("holds monotone constraints of a search to numbers that are learnt from", async () => {
  const error = await app.client.error("mutation($input: TuneInput!) { tune(input: $input) { id } }", {
    input: { asOf: JANUARY, trials: 2, space: { monotone_constraints: { net_service: 1 } } },
  });
  expect(error.code).toBe("BAD_USER_INPUT");
  expect(error.message).toContain('"net_service" is a category, which has no order');
});
