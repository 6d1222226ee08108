import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createClient } from "../../../src/db/pool.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { retry } from "../../support/cluster.js";
import type { FinishedRun } from "../../support/graphql.js";
import {
  ingestMonth,
  JANUARY,
  learnableMonth,
  promote,
  registryState,
  STRONG,
  trained,
  WEAK,
} from "../../support/months.js";
import { until } from "../../support/until.js";

// Each trains two models, which takes long on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const INPUT = { asOf: JANUARY, seed: 5, params: STRONG };
const TRAIN_AND_COMPARE = `mutation($input: TrainInput!, $delta: Float, $candidates: [Algorithm!]) {
  trainAndCompare(input: $input, delta: $delta, candidates: $candidates) { id kind status } }`;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await ingestMonth(app, JANUARY, learnableMonth());
});
afterAll(() => app?.stop());

const begin = async (variables: Record<string, unknown>): Promise<string> =>
  (await app.client.query(TRAIN_AND_COMPARE, { input: INPUT, ...variables })).trainAndCompare.id;
const compared = async (variables: Record<string, unknown> = {}): Promise<FinishedRun> =>
  app.client.finished(await begin(variables));
const family = async (id: string) =>
  (
    await app.client.query(
      `query($id: ID!) { run(id: $id) { modelVersion { version run { id parent { id } } } children {
        name kind status params parent { id } modelVersion { version algorithm } metric(name: "validation_auc")
        steps { name status } artifacts { name } } } }`,
      { id },
    )
  ).run;
const versions = async () =>
  (await app.sql<{ version: number }>("select version from model_versions order by 1")).map((v) => v.version);

describe("trainAndCompare", () => {
  it("with nothing in Production promotes the candidate that did best out of fold", async () => {
    const run = await compared();
    expect(run.error).toBeNull();
    expect(run.result).toMatchObject({
      decision: "PROMOTED",
      delta: 0.01,
      metric: "auc",
      production: null,
      candidate: { version: 1, algorithm: "GRADIENT_BOOSTING", auc: expect.any(Number) },
      challengers: [{ version: 2, algorithm: "LOGISTIC_REGRESSION" }],
    });
    const { candidate, challengers } = run.result;
    expect(candidate.validationAuc).toBeGreaterThan(challengers[0].validationAuc);
    expect(run.steps.map(({ name }) => name)).toEqual([
      "train GRADIENT_BOOSTING",
      "train LOGISTIC_REGRESSION",
      "compare",
      "promote",
    ]);
    const { production, transitions } = await registryState(app);
    expect(production).toBe(1);
    expect(transitions).toMatchObject([
      {
        version: 1,
        to: "PRODUCTION",
        actor: "tester",
        forced: false,
        reason: expect.stringContaining(run.id),
      },
    ]);
    expect(transitions[0].gates.map(({ name }: any) => name)).toEqual([
      "snapshot_validated",
      "signature_compatible",
      "min_auc",
      "not_worse_than_production",
      "wins_by_delta",
    ]);
  });

  it("shows each candidate as a child run with parameters, metrics, artifacts and a version of its own", async () => {
    const [run] = (await app.sql("select id from runs where kind = 'TRAIN_AND_COMPARE'")) as [{ id: string }];
    const { children, modelVersion } = await family(run.id);
    expect(children).toMatchObject([
      {
        name: "candidate GRADIENT_BOOSTING",
        kind: "TRAIN",
        status: "SUCCEEDED",
        parent: { id: run.id },
        params: { asOf: JANUARY, seed: 5, hyperparameters: { trees: 40 } },
        modelVersion: { version: 1, algorithm: "GRADIENT_BOOSTING" },
        metric: expect.any(Number),
        steps: [{ name: "fit", status: "SUCCEEDED" }],
      },
      { name: "candidate LOGISTIC_REGRESSION", modelVersion: { version: 2 }, status: "SUCCEEDED" },
    ]);
    expect(children[0].artifacts.map(({ name }: any) => name)).toContain("model.onnx");
    expect(modelVersion).toMatchObject({ version: 1, run: { parent: { id: run.id } } });
  });

  it("keeps Production where the candidate is the same model: no difference is no progress", async () => {
    const run = await compared({ delta: 0 });
    expect(run.result).toMatchObject({
      decision: "KEPT",
      production: { version: 1 },
      difference: { observed: 0, lower: 0, upper: 0, resamples: 1000, seed: 1 },
    });
    expect(run.result.candidate.auc).toBe(run.result.production.auc);
    expect(run.result.reason).toContain("may be noise");
    expect((await registryState(app)).production).toBe(1);
  });

  it("promotes over a worse Production, by numbers on the same held-out rows that are on record", async () => {
    const weak = await trained(app, { asOf: JANUARY, seed: 5, params: WEAK });
    await promote(app, weak.modelVersion!.version, { force: true, reason: "to be beaten" });
    const run = await compared({ delta: 0.05 });
    const { candidate, production, difference, heldOutRows } = run.result;
    expect(run.result.decision).toBe("PROMOTED");
    expect(production).toMatchObject({ version: weak.modelVersion!.version });
    expect(difference.observed).toBeCloseTo(candidate.auc - production.auc, 12);
    expect(difference.lower).toBeGreaterThan(0);
    expect(heldOutRows).toBe(run.result.gates.at(-1).details.rows);
    // The trainer's own measure of the candidate, and the ONNX file as served, agree.
    const { children } = await app.client
      .query(`{ run(id: "${run.id}") { children { metric(name: "auc") modelVersion { version } } } }`)
      .then(({ run }) => run);
    const own = children.find(({ modelVersion }: any) => modelVersion.version === candidate.version);
    expect(candidate.auc).toBeCloseTo(own.metric, 9);
    expect((await registryState(app)).production).toBe(candidate.version);
  });

  it("takes the challenger where that is better out of fold, and keeps Production where the gain is less than asked", async () => {
    const input = { ...INPUT, params: { trees: 1, leaves: 2, min_leaf_rows: 150 } };
    const { result } = await compared({ input, delta: 0.5 });
    expect(result.decision).toBe("KEPT");
    expect(result.reason).toContain("a gain of 0.5 was asked");
    expect(result.candidate.algorithm).toBe("LOGISTIC_REGRESSION");
    expect(result.challengers).toMatchObject([{ algorithm: "GRADIENT_BOOSTING" }]);
  });

  it("trains logistic regression once where it is what was asked for", async () => {
    const { result } = await compared({ input: { asOf: JANUARY, algorithm: "LOGISTIC_REGRESSION" } });
    expect(result).toMatchObject({ candidate: { algorithm: "LOGISTIC_REGRESSION" }, challengers: [] });
  });

  it("fails with CONFLICT where Production changed meanwhile, and a retry compares the same versions again", async () => {
    const before = await registryState(app);
    const blocker = createClient(app.url);
    await blocker.connect();
    await blocker.query("begin; select pg_advisory_xact_lock(hashtextextended('asof_promotion churn', 0))");
    const id = await begin({ delta: -1 });
    await until(
      "the run waits for its turn to promote",
      async () => {
        const rows = await app.sql(
          `select 1 from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database()) and not granted`,
        );
        return rows.length > 0;
      },
      60_000,
    );
    await blocker.query("update model_versions set stage = 'ARCHIVED' where stage = 'PRODUCTION'");
    await blocker.query("update model_versions set stage = 'PRODUCTION' where version = 2");
    await blocker.query("commit");
    await blocker.end();
    const failed = await app.client.finished(id);
    expect(failed).toMatchObject({ status: "FAILED", error: { code: "CONFLICT", step: "promote" } });
    expect(failed.error!.message).toContain(
      `version 2 is in Production of "churn" now, version ${Math.max(...(await versions())) - 1} was compared with version ${before.production}`,
    );
    expect((await registryState(app)).transitions).toEqual(before.transitions);
    const registered = await versions();
    await retry(app.client, id);
    const again = await app.client.finished(id);
    expect(again).toMatchObject({ status: "SUCCEEDED", attempt: 2, result: { decision: "PROMOTED" } });
    expect(again.result.production.version).toBe(2);
    expect(await versions()).toEqual(registered);
  });

  it.each([
    [{ delta: 2 }, "delta: 2 is out of range"],
    [{ input: { asOf: JANUARY, params: { tree: 3 } } }, 'no parameter "tree"'],
    [{ input: { asOf: JANUARY, testFraction: 0.9 } }, "testFraction: 0.9 is out of range"],
  ])("of %j is refused", async (variables, message) => {
    const error = await app.client.error(TRAIN_AND_COMPARE, { input: INPUT, ...variables });
    expect(error.code).toBe("BAD_USER_INPUT");
    expect(error.message).toContain(message);
  });

  it("is cancelled and retried as one: a candidate by itself is not", async () => {
    const [child] = await app.sql("select id from runs where parent_run_id is not null limit 1");
    for (const call of ["cancelRun", "retryRun"]) {
      const error = await app.client.error(`mutation { ${call}(id: "${child!.id}") { id } }`);
      expect(error.code).toBe("CONFLICT");
      expect(error.message).toContain("is part of run");
    }
  });
});
