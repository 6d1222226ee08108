import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { checkAgainstRecords } from "../../../src/process/create-asof.js";
import { testing } from "../../support/deployment/testing.js";
import { ingestMonth, JANUARY, movedMonth, registryState, USERS } from "../../support/months.js";
import { perFeatureModel } from "../../support/onnx.js";
import { TrainingStand } from "./training-stand.js";

// Each starts three runs and a program, which takes long on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const FEBRUARY = "2024-02-29";
/** Two of the fourteen features move. */
const definitions = {
  ...testing,
  services: testing.services.map((service) => ({
    ...service,
    driftPolicy: { maxShare: 0.1, delta: 0.05, trainWith: "good" },
  })),
};
const stand = new TrainingStand();

beforeAll(async () => {
  process.env.TINY_INHERITED = "by name";
  const model = perFeatureModel({ plan_stream_tv: 2, skips_7d: 0.1 }, -5, 5);
  const more = {
    ...{ inherits: ["TINY_INHERITED"], variables: { TINY_SET: "1" }, trackingUrl: "http://127.0.0.1:1" },
  };
  const commands = () => [
    stand.tiny("good", model, more),
    stand.tiny("worse", perFeatureModel({ plan_stream_tv: -2, skips_7d: -0.1 }, 5, 5)),
  ];
  await stand.start(commands, definitions);
}, 300_000);
afterAll(async () => {
  await stand.stop();
  delete process.env.TINY_INHERITED;
});

describe("trainExternally", () => {
  it("exports, runs the command, and registers the version that it made", async () => {
    const expected = [{ key: USERS[1]!, probability: 0.5 }];
    const run = await stand.trained("good", {
      params: { result: { metrics: { rounds: 7 }, expected, expectedTolerance: 1, threshold: 0.4 } },
    });
    expect(run.error).toBeNull();
    expect(run.steps.map(({ name }) => name)).toEqual(["export", "train", "judge"]);
    expect(run.result).toMatchObject({ version: 1 });
    const { run: found } = await stand.app.client.query(
      `query($id: ID!) { run(id: $id) { outcome { ... on TrainExternallyOutcome {
        decision version { version threshold algorithm run { id } } trainer { id kind } trainingSet { kind status } } } } }`,
      { id: run.id },
    );
    expect(found.outcome).toEqual({
      decision: null,
      version: { version: 1, threshold: 0.4, algorithm: "EXTERNAL", run: { id: run.result.trainer } },
      trainer: { id: run.result.trainer, kind: "EXTERNAL" },
      trainingSet: { kind: "EXPORT", status: "SUCCEEDED" },
    });
    expect(await stand.children(run.id)).toMatchObject([
      {
        ...{ kind: "EXTERNAL", status: "SUCCEEDED", artifacts: [{ name: "model.onnx" }] },
        params: { command: "good", asOf: JANUARY },
        metrics: expect.arrayContaining([{ name: "rounds", value: 7 }]),
        modelVersion: { version: 1 },
      },
    ]);
    const [version] = await stand.app.sql("select trained_snapshots, trained_on from model_versions");
    expect(version).toMatchObject({
      trained_on: run.result.trainingSet,
      trained_snapshots: [expect.any(Number)],
    });
    stand.expectNothingLeft();
  });

  it("gives the command no variable that it does not declare", async () => {
    const run = await stand.trained("good");
    const [, names] = /^variables: (.*)$/m.exec(await stand.log(run))!;
    const given = names!
      .split(" ")
      .filter((name) => !["PATH", "LANG", "LC_ALL", "TZ", "TMPDIR"].includes(name));
    expect(given).toEqual([
      "MLFLOW_RUN_ID",
      "MLFLOW_TRACKING_URI",
      "TINY_INHERITED",
      "TINY_SET",
      "TRAINING_RUN_ID",
    ]);
  });

  it("promotes what wins by delta, and keeps Production where it does not", async () => {
    const first = await stand.trained("good", { delta: 0 });
    expect(first.result).toMatchObject({ decision: "PROMOTED", production: null, gates: expect.any(Array) });
    const { production, transitions } = await registryState(stand.app);
    expect(production).toBe(first.result.version);
    expect(transitions[0].reason).toBe(`trainExternally, run ${first.id}: ${first.result.reason}`);
    const second = await stand.trained("worse", { delta: 0 });
    expect(second.error).toBeNull();
    expect(second.result).toMatchObject({ decision: "KEPT", production: { version: production } });
    expect((await registryState(stand.app)).production).toBe(production);
    expect(second.steps.map(({ name }) => name)).toEqual(["export", "train", "judge", "compare", "promote"]);
  });

  it("says what the deployment declares where a command is not", async () => {
    expect(await stand.refusal({ command: "rm -rf /" })).toMatchObject({
      code: "BAD_USER_INPUT",
      message: 'no training command is named "rm -rf /"; known: good, worse',
    });
  });

  it("is started by drift, where the policy names a command", async () => {
    await ingestMonth(stand.app, FEBRUARY, movedMonth(), "february");
    const { detectDrift } = await stand.app.client.query(
      "mutation($input: DriftInput!) { detectDrift(input: $input) { id } }",
      { input: { from: JANUARY, to: FEBRUARY } },
    );
    const { result } = await stand.app.client.finished(detectDrift.id);
    const retraining = await stand.app.client.finished(result.retraining.runId);
    expect(retraining.error).toBeNull();
    expect(retraining.params).toMatchObject({ command: "good", delta: 0.05 });
    expect(retraining.result).toMatchObject({ delta: 0.05, decision: expect.any(String) });
  });

  it("is refused at the start, where a policy names no command that there is", () => {
    const driftPolicy = { maxShare: 0, trainWith: "nobody" };
    const services = testing.services.map((service) => ({ ...service, driftPolicy }));
    expect(() => checkAgainstRecords({ ...testing, services })).toThrow(
      'service churn: driftPolicy.trainWith "nobody" is no training command; known: good, worse',
    );
  });
});
