import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { deployment } from "../../../src/definitions/language/deployment.js";
import { startTestApp, type TestApp } from "../../support/app.js";
import { testing } from "../../support/deployment/testing.js";
import type { FinishedRun } from "../../support/graphql.js";
import {
  ingestMonth,
  JANUARY,
  learnableMonth,
  PROMOTE,
  promote,
  STRONG,
  trained,
  WEAK,
} from "../../support/months.js";

// Each trains, some twice, which takes long on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const FEBRUARY = "2024-02-29";
const [churn] = testing.services;
const definitions = deployment({
  ...testing,
  services: [
    {
      ...churn!,
      gates: {
        minimum: { auc: 0.6, recall: 0.3 },
        maximum: { brier: 0.25 },
        notWorse: { maxLoss: 0.05, seed: 9 },
        reproduced: true,
        fairness: { attribute: "user_gender", maxGap: 0.4, minRows: 2 },
      },
    },
  ],
});

let app: TestApp;
let original: FinishedRun;
beforeAll(async () => {
  app = await startTestApp({ definitions });
  await ingestMonth(app, JANUARY, learnableMonth());
  await ingestMonth(app, FEBRUARY, learnableMonth());
  original = await trained(app, { asOf: JANUARY, seed: 7, params: STRONG });
});
afterAll(() => app?.stop());

const REPRODUCE = "mutation($id: ID!) { reproduce(runId: $id) { id } }";
const reproduced = async (id: string): Promise<FinishedRun> =>
  app.client.finished((await app.client.query(REPRODUCE, { id })).reproduce.id);
/** As a superuser who puts the triggers aside. */
const forge = (sql: string) =>
  app.sql(`do $$ begin set local session_replication_role = replica; ${sql}; end $$`);
const gateOf = (gates: any[], name: string) => gates.find((gate) => gate.name === name);
const refusedGates = async (version: number) =>
  ((await app.client.error(PROMOTE, { input: { version } })) as any).gates as any[];

describe("the gate reproduced", () => {
  it("is not passed before the training was reproduced", async () => {
    const gates = await refusedGates(1);
    expect(gates.filter(({ passed }) => !passed)).toEqual([
      {
        name: "reproduced",
        passed: false,
        message: "its training was not reproduced yet: mutation { reproduce(runId) }",
      },
    ]);
  });
});

describe("reproduce", () => {
  it("of an untouched run makes the same model: identical, byte for byte", async () => {
    const run = await reproduced(original.id);
    expect(run).toMatchObject({ status: "SUCCEEDED", params: { runId: original.id, seed: 7 } });
    expect(run.steps.map(({ name }) => name)).toEqual(["verify", "fit", "compare"]);
    expect(run.result).toEqual({
      runId: original.id,
      identical: true,
      differences: [],
      environment: [],
      complete: true,
      sha256: original.modelVersion!.sha256,
    });
    expect(run.modelVersion).toBeNull();
  });

  it("names one changed row of a forged snapshot and one changed parameter", async () => {
    const row = "snapshot_id = 1 and user_id = 'U-00010'";
    await forge(`update usage_agg_30d_snapshots set skips_7d = skips_7d + 3 where ${row}`);
    await forge(
      `update runs set params = jsonb_set(params, '{hyperparameters,trees}', '25') where id = '${original.id}'`,
    );
    const { result } = await reproduced(original.id);
    expect(result.identical).toBe(false);
    const named = Object.fromEntries(result.differences.map(({ what, ...values }: any) => [what, values]));
    expect(named["params.hyperparameters.trees"]).toEqual({ original: 40, reproduced: 25 });
    expect(Object.keys(named)).toEqual(
      expect.arrayContaining(["snapshot 1, usage_agg_30d", "data", "model"]),
    );
    expect(Object.keys(named)).not.toContain("split");
    expect(Object.keys(named)).not.toContain("snapshot 1, subs_profile");
    expect(named.model.original).toBe(original.modelVersion!.sha256);
    expect(named.model.reproduced).toBe(result.sha256);
    await forge(`update usage_agg_30d_snapshots set skips_7d = skips_7d - 3 where ${row}`);
    await forge(
      `update runs set params = jsonb_set(params, '{hyperparameters,trees}', '40') where id = '${original.id}'`,
    );
    expect((await reproduced(original.id)).result.identical).toBe(true);
  });

  it("names a label that was changed, and the split that follows from it", async () => {
    const flip =
      "update labels_snapshots set churn_label = not churn_label where snapshot_id = 1 and user_id = 'U-00001'";
    await forge(flip);
    const { result } = await reproduced(original.id);
    const named = result.differences.map(({ what }: any) => what);
    expect(named).toEqual(expect.arrayContaining(["snapshot 1, labels", "data"]));
    await forge(flip);
  });

  it("of a run without a record compares what its row and its version tell", async () => {
    await app.sql("delete from artifacts where run_id = $1 and name = 'training_record.json'", [original.id]);
    const { result } = await reproduced(original.id);
    expect(result).toMatchObject({ identical: true, complete: false, differences: [] });
  });

  it.each([
    ["no run", "0b0e5b1a-0000-4000-8000-000000000001", "RUN_NOT_FOUND"],
    ["no id", "seven", "RUN_NOT_FOUND"],
  ])("of %s is refused", async (_, id, code) => {
    expect(await app.client.error(REPRODUCE, { id })).toMatchObject({ code });
  });

  it("of a run that trained nothing, or failed, is refused", async () => {
    const [ingest] = await app.sql("select id from runs where kind = 'INGEST' limit 1");
    const nothing = await app.client.error(REPRODUCE, { id: ingest!.id });
    expect(nothing.code).toBe("BAD_USER_INPUT");
    expect(nothing.message).toContain("of kind INGEST trained nothing");
    await app.sql("update runs set status = 'FAILED' where id = $1", [original.id]);
    const failed = await app.client.error(REPRODUCE, { id: original.id });
    expect(failed).toMatchObject({ code: "CONFLICT", status: "FAILED" });
    await app.sql("update runs set status = 'SUCCEEDED' where id = $1", [original.id]);
  });
});

describe("gates as they are declared", () => {
  it("are all on record with their numbers", async () => {
    await promote(app, 1);
    const { model } = await app.client.query(
      '{ model(name: "churn") { transitions { to gates { name passed message value limit details } } } }',
    );
    const { gates } = model.transitions.find(({ to }: any) => to === "PRODUCTION");
    expect(gates.map(({ name }: any) => name)).toEqual([
      "snapshot_validated",
      "signature_compatible",
      "min_auc",
      "min_recall",
      "max_brier",
      "not_worse_than_production",
      "reproduced",
      "fairness",
    ]);
    expect(gateOf(gates, "max_brier")).toMatchObject({ limit: 0.25, value: expect.any(Number) });
    const { value, limit, details } = gateOf(gates, "fairness");
    expect(limit).toBe(0.4);
    const rates = details.groups.map(({ rate }: any) => rate);
    expect(value).toBeCloseTo(Math.max(...rates) - Math.min(...rates), 12);
    expect(details.groups.map(({ group }: any) => group)).toEqual(["Female", "Male"]);
    const [{ test_rows }] = (await app.sql(
      "select value::int as test_rows from run_metrics where run_id = $1 and name = 'test_rows'",
      [original.id],
    )) as [{ test_rows: number }];
    expect(details.groups.reduce((sum: number, { rows }: any) => sum + rows, 0)).toBe(test_rows);
  });

  it("refuse a model that misses one group's positives, with each group's rate and size", async () => {
    const weak = await trained(app, { asOf: JANUARY, seed: 7, params: WEAK });
    // What the one split finds are the users whose number is divisible by three.
    await forge(
      "update users_snapshots set user_gender = case when substring(user_id from 3)::int % 3 = 0 then 'Female' else 'Male' end",
    );
    // What is known of them today is not asked.
    await app.sql("update users set user_gender = null");
    const gates = await refusedGates(weak.modelVersion!.version);
    const fairness = gateOf(gates, "fairness");
    expect(fairness).toMatchObject({ passed: false, value: 1, limit: 0.4 });
    expect(fairness.message).toMatch(
      /^true_positive_rate by user_gender differs by 1\.0000, at most 0\.4 asked; Female 1\.0000 of \d+, Male 0\.0000 of \d+$/,
    );
    const worse = gateOf(gates, "not_worse_than_production");
    expect(worse.value).toBe(worse.details.difference.lower);
    expect(worse).toMatchObject({
      passed: false,
      limit: -0.05,
      details: { difference: { seed: 9, confidence: 0.95, resamples: 1000 }, asOf: FEBRUARY },
    });
    expect(worse.details.production.auc - worse.details.candidate.auc).toBeCloseTo(
      -worse.details.difference.observed,
      12,
    );
  });

  it("refuse a fairness that too few rows tell of", async () => {
    await forge("update users_snapshots set user_gender = null where user_id <> 'U-00003'");
    const fairness = gateOf(await refusedGates(2), "fairness");
    expect(fairness).toMatchObject({ passed: false });
    expect(fairness.message).toContain("cannot be compared: fewer than two groups have 2 rows");
  });

  it("refuse a version whose features the service does not declare", async () => {
    await forge(
      `update model_versions set signature = jsonb_set(signature, '{features,0}', '{"name": "shoe_size", "kind": "numeric"}') where version = 2`,
    );
    const error = (await app.client.error(PROMOTE, { input: { version: 2 } })) as any;
    expect(error).toMatchObject({ code: "MODEL_NOT_SERVABLE", version: 2, features: ["shoe_size"] });
    expect(error.message).toContain("shoe_size is not declared");
  });
});

describe("what retention dropped", () => {
  it("is not reproduced: CONFLICT names the snapshot", async () => {
    const february = await trained(app, { asOf: FEBRUARY, seed: 7, params: WEAK });
    await app.sql("insert into snapshot_drops (snapshot_id, actor) values (2, 'tester')");
    const error = await app.client.error(REPRODUCE, { id: february.id });
    expect(error).toMatchObject({ code: "DROPPED", asOf: FEBRUARY, rowsAvailable: false });
  });
});
