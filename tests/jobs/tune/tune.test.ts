import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { cancel } from "../../support/cluster.js";
import { smallDelivery, userIds } from "../../support/delivery.js";
import type { FinishedRun } from "../../support/graphql.js";
import { ingestMonth, JANUARY, learnableMonth } from "../../support/months.js";
import { until } from "../../support/until.js";

// Each trial trains a model, which takes long on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const TUNE = "mutation($input: TuneInput!) { tune(input: $input) { id kind } }";
const FEBRUARY = "2024-02-29";
const INPUT = { asOf: JANUARY, algorithm: "LOGISTIC_REGRESSION", seed: 5, trials: 3 };

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await ingestMonth(app, JANUARY, learnableMonth());
});
afterAll(() => app?.stop());

const begin = async (input: Record<string, unknown>): Promise<string> =>
  (await app.client.query(TUNE, { input: { ...INPUT, ...input } })).tune.id;
const children = async (id: string) =>
  (
    await app.client.query(
      `query($id: ID!) { run(id: $id) { children {
         id name status params metrics { name } artifacts { name } modelVersion { version } } } }`,
      { id },
    )
  ).run.children;

describe("tune", () => {
  let first: FinishedRun;

  it("tries what it drew, a child run a trial, and registers the best by its out-of-fold metric", async () => {
    const id = await begin({ metric: "LOG_LOSS" });
    first = await app.client.finished(id, 170_000);
    expect(first.error).toBeNull();
    const { best, trials, metric } = first.result;
    expect(metric).toBe("log_loss");
    expect(trials.map(({ number }: any) => number)).toEqual([1, 2, 3]);
    expect(best.value).toBe(Math.min(...trials.map(({ value }: any) => value)));
    expect(first.modelVersion).toMatchObject({ version: 1, sha256: best.sha256 });
    expect(first.steps.map(({ name }) => name)).toEqual(["trial 1", "trial 2", "trial 3", "register"]);
    expect(await app.sql("select version from model_versions")).toEqual([{ version: 1 }]);
  });

  it("looks at held-out rows for the best trial alone", async () => {
    const runs = await children(first.id);
    expect(runs.map(({ name, status }: any) => [name, status])).toEqual(
      [1, 2, 3].map((number) => [`trial ${number}`, "SUCCEEDED"]),
    );
    const { run } = await app.client.query(
      "query($id: ID!) { run(id: $id) { children(first: 2) { name } } }",
      { id: first.id },
    );
    expect(run.children).toEqual([{ name: "trial 1" }, { name: "trial 2" }]);
    const drawn = first.params.trials;
    expect(runs.map(({ params }: any) => params.hyperparameters)).toEqual(drawn);
    for (const { id, metrics, artifacts, modelVersion } of runs) {
      const names = metrics.map(({ name }: any) => name);
      const isBest = id === first.result.best.runId;
      expect(names).toContain("validation_log_loss");
      expect([names.includes("auc"), modelVersion !== null, artifacts.length > 0]).toEqual([
        isBest,
        isBest,
        isBest,
      ]);
    }
  });

  it("tells how far it is, trial by trial", async () => {
    const events = await app.sql(
      "select step, message from run_events where run_id = $1 and type = 'LOG' and message like 'trial %' order by id",
      [first.id],
    );
    expect(events.map(({ step }) => step)).toEqual(["trial 1", "trial 2", "trial 3"]);
    expect(events[1]!.message).toMatch(
      /^trial 2 of 3: out-of-fold log_loss 0\.\d{4}; the best was 0\.\d{4}, trial 1$/,
    );
  });

  it("gives the same trials, values and model for the same seeds", async () => {
    const again = await app.client.finished(await begin({ metric: "LOG_LOSS" }), 170_000);
    const outcome = ({ result }: FinishedRun) =>
      result.trials.map(({ number, value, sha256 }: any) => ({ number, value, sha256 }));
    expect(outcome(again)).toEqual(outcome(first));
    expect(again.modelVersion).toMatchObject({ version: 2, sha256: first.modelVersion!.sha256 });
  });

  it("begins on a share of many rows, and goes on with the best and the defaults on all of them", async () => {
    const many = userIds(4_200);
    const labels = many.map((user, row) => `${user},${row % 3 === 0 || row % 7 === 3 ? "True" : "False"}`);
    await ingestMonth(app, FEBRUARY, { ...smallDelivery(many), labels: ["user_id,churn_label", ...labels] });
    const id = await begin({ asOf: FEBRUARY, metric: "LOG_LOSS" });
    const run = await app.client.finished(id, 170_000);
    expect(run.error).toBeNull();
    const { best, trials } = run.result;
    const onRung = (rung: number) => trials.filter((trial: any) => trial.rung === rung);
    expect(onRung(1).map(({ number, share }: any) => [number, share])).toEqual(
      [1, 2, 3].map((number) => [number, 1 / 3]),
    );
    const least = Math.min(...onRung(1).map(({ value }: any) => value));
    const leader = onRung(1).find(({ value }: any) => value === least).number;
    expect(onRung(2).map(({ number }: any) => number)).toEqual([...new Set([leader, 1])]);
    expect(best).toMatchObject({ rung: 2, share: 1 });
    expect(best.value).toBe(Math.min(...onRung(2).map(({ value }: any) => value)));
    expect(run.modelVersion!.sha256).toBe(best.sha256);
    const fits = await children(id);
    expect(fits.map(({ name, params }: any) => [name, params.share])).toEqual(
      trials.map(({ number, rung }: any) =>
        rung === 1 ? [`trial ${number}`, 1 / 3] : [`trial ${number}, rung 2`, undefined],
      ),
    );
  });

  it("of which no trial finishes in time fails and says so", async () => {
    const input = { algorithm: "GRADIENT_BOOSTING", timeBudgetSeconds: 1 };
    const space = {
      trees: 5000,
      leaves: { choices: [200, 256] },
      min_leaf_rows: 1,
      l2: 0,
      learning_rate: 0.001,
    };
    const id = await begin({ ...input, space: { ...space, early_stopping_rounds: 0 } });
    const run = await app.client.finished(id, 170_000);
    expect(run).toMatchObject({ status: "FAILED", error: { code: "BAD_USER_INPUT" } });
    expect(run.error!.message).toContain("no trial finished within 1 s");
    expect((await children(id)).map(({ status }: any) => status)).toEqual(["CANCELLED"]);
  });

  it("is cancelled with the trial that is under way", async () => {
    const space = { trees: 5000, leaves: 256, min_leaf_rows: 1, l2: 0, early_stopping_rounds: 0 };
    const id = await begin({
      algorithm: "GRADIENT_BOOSTING",
      space: { ...space, learning_rate: { choices: [0.001, 0.002] } },
    });
    await until("a trial is under way", async () => (await children(id)).length > 0, 60_000);
    await cancel(app.client, id);
    const run = await app.client.finished(id);
    expect(run.status).toBe("CANCELLED");
    expect((await children(id)).map(({ status }: any) => status)).toEqual(["CANCELLED"]);
  });

  it.each([
    [{ trials: 0 }, "trials: 0 is out of range; take a value from 1 to 200"],
    [{ timeBudgetSeconds: 0 }, "timeBudgetSeconds: 0 is out of range"],
    [{ space: { trees: 3 } }, 'LOGISTIC_REGRESSION has no parameter "trees"'],
    [{ space: { l2: { min: 3, max: 2 } } }, "space.l2: numbers min < max were expected"],
  ])("of %j is refused", async (input, message) => {
    const error = await app.client.error(TUNE, { input: { ...INPUT, ...input } });
    expect(error.code).toBe("BAD_USER_INPUT");
    expect(error.message).toContain(message);
  });
});
