import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool, type Pool } from "../../src/db/pool.js";
import { findService } from "../../src/definitions/language/deployment.js";
import { ModelStore } from "../../src/registry/model-store.js";
import { RunStore } from "../../src/registry/run-store.js";
import { chooseRows } from "../../src/serving/chosen-rows.js";
import { splitKeys, splitOf } from "../../src/serving/comparison-ground.js";
import { murmur3 } from "../../src/training/murmur3.js";
import { binary } from "../../src/training/tasks/binary/binary.task.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { exported, imported, member } from "../support/archives.js";
import { type Cluster, startCluster } from "../support/cluster.js";
import { testing } from "../support/deployment/testing.js";
import { ingestMonth, learnableMonth, metricOf, STRONG, trained, USERS } from "../support/months.js";

const [JANUARY, FEBRUARY, MARCH, APRIL] = ["2024-01-01", "2024-01-31", "2024-03-01", "2024-03-31"] as const;
const BY_TIME = { asOfFrom: JANUARY, asOfTo: MARCH, splitBy: "TIME", params: STRONG, seed: 1 };

describe("a version that was trained on the past", () => {
  let staging: TestApp;
  let cluster: Cluster;
  let production: TestApp;
  let pool: Pool;
  beforeAll(async () => {
    cluster = await startCluster();
    const [app, { client }] = await Promise.all([startTestApp(), cluster.start("all")]);
    staging = app;
    const { dataDir, url, sql } = cluster;
    production = { ...app, client, dataDir, url, sql };
    pool = createPool(url, 2);
    for (const date of [JANUARY, FEBRUARY, MARCH, APRIL]) await ingestMonth(staging, date, learnableMonth());
    for (const date of [JANUARY, FEBRUARY, MARCH]) await ingestMonth(production, date, learnableMonth());
  });
  afterAll(async () => {
    await pool?.end();
    await staging?.stop();
    await cluster?.stop();
  });

  it("is judged where it is imported on everybody of a date that it did not learn from, and on no earlier one", async () => {
    const run = await trained(staging, { ...BY_TIME, asOfTo: APRIL });
    const file = await exported(staging, run.modelVersion!.version);
    expect(member(file, "manifest.json").split).toEqual({
      ...{ seed: 1, testFraction: 0.25, splitRule: "RANKS" },
      ...{ heldOutFrom: APRIL, heldOutBelow: null },
    });

    const problem = (got: string) => ({
      status: 400,
      body: {
        error: {
          code: "BAD_USER_INPUT",
          message: `as_of: the version of "churn" may have learnt from everybody on dates before ${APRIL}, and can be judged on that date and later ones; ${got}; import it with as_of of such a date, or ingest one with labels first`,
        },
      },
    });
    expect(await imported(production, file)).toMatchObject(
      problem("no snapshot of this deployment has labels of one"),
    );
    expect(await imported(production, file, `?as_of=${MARCH}`)).toMatchObject(problem(`got ${MARCH}`));
    expect(
      await production.sql("select 1 from runs where kind = 'REGISTER' and params->>'seed' = '1'"),
    ).toEqual([]);

    await ingestMonth(production, APRIL, learnableMonth());
    const { status, body } = await imported(production, file, `?as_of=${APRIL}`);
    expect([status, body.status]).toEqual([201, "READY"]);
    const { modelVersion } = await production.client.query(
      `{ modelVersion(model: "churn", version: ${body.version}) { evaluation { rows } auc: metric(name: "auc") snapshots { asOf } } }`,
    );
    expect(modelVersion.snapshots).toContainEqual({ asOf: APRIL });
    expect(modelVersion.evaluation.rows).toBe(USERS.length);
    // The same rows of April, and all of them, in both deployments.
    expect(modelVersion.auc).toBeCloseTo(metricOf(run, "auc")!, 9);
  });

  it("knows everybody of earlier dates and nobody of later ones when versions are compared, and says so where it goes on to", async () => {
    const { version: number } = (await trained(staging, { ...BY_TIME, seed: 2 })).modelVersion!;
    const { body } = await imported(production, await exported(staging, number));
    const version = (await new ModelStore(pool).findJudged("churn", body.version))!;
    const split = (await splitOf(version, testing, new RunStore(pool)))!;
    const { mayKnow, isHeldOut } = await splitKeys(pool, testing, version, split);
    const known = (asOf: string) => USERS.filter((user) => mayKnow(user, asOf)).length;
    expect([JANUARY, FEBRUARY, MARCH].map(known)).toEqual([USERS.length, USERS.length, 0]);
    expect(USERS.every(isHeldOut)).toBe(true);
    const onwards = member(await exported(production, body.version), "manifest.json");
    expect(onwards.split).toMatchObject({ seed: 2, heldOutFrom: MARCH });
  });

  it("whose labels are of later days is not judged on the day of the last that it learnt", async () => {
    const run = await trained(staging, { ...BY_TIME, asOfTo: MARCH, labelAfterDays: 30 });
    expect(run.params.heldOutFrom).toBe(MARCH);
    const file = await exported(staging, run.modelVersion!.version);
    expect(member(file, "manifest.json").split.heldOutFrom).toBe("2024-03-02");
  });

  it("is judged on nobody that it learnt from where it learnt from keys of several dates, whoever else is there", async () => {
    const panel = { asOfFrom: JANUARY, asOfTo: MARCH, params: STRONG, seed: 3 };
    const run = await trained(staging, panel);
    const own = createPool(staging.url, 1);
    const sidesIn = async (db: Pool, number: number) => {
      const version = (await new ModelStore(db).findJudged("churn", number))!;
      const split = (await splitOf(version, testing, new RunStore(db)))!;
      const { mayKnow, isHeldOut } = await splitKeys(db, testing, version, split);
      return {
        heldOut: USERS.filter(isHeldOut),
        known: USERS.filter((user) => mayKnow(user, MARCH)),
      };
    };
    const there = await sidesIn(own, run.modelVersion!.version);
    await own.end();
    const file = await exported(staging, run.modelVersion!.version);
    const { heldOutBelow } = member(file, "manifest.json").split;
    const hashes = USERS.map((user) => murmur3(user, 3));
    expect(hashes).not.toContain(heldOutBelow);

    // A date that it never saw, with labels of half of the people: other ranks.
    const MAY = "2024-05-01";
    const files = learnableMonth();
    const [header, ...labels] = files.labels!;
    const half = labels.filter((_, place) => place % 2 === 0);
    await ingestMonth(production, MAY, { ...files, labels: [header!, ...half] });
    const { status, body } = await imported(production, file, `?as_of=${MAY}`);
    expect([status, body.status]).toEqual([201, "READY"]);
    const here = await sidesIn(pool, body.version);
    expect(here.heldOut.filter((user) => there.known.includes(user))).toEqual([]);
    expect(here.heldOut.length).toBeGreaterThan(there.heldOut.length / 2);
    expect(here.known).toEqual(USERS.filter((user) => !here.heldOut.includes(user)));
    const { modelVersion } = await production.client.query(
      `{ modelVersion(model: "churn", version: ${body.version}) { evaluation { rows } } }`,
    );
    const labelled = half.map((row) => row.split(",")[0]!);
    expect(modelVersion.evaluation.rows).toBe(labelled.filter((user) => here.heldOut.includes(user)).length);
    const onwards = member(await exported(production, body.version), "manifest.json");
    expect(onwards.split).toMatchObject({ seed: 3, heldOutFrom: null, heldOutBelow });
  });

  it("is judged on a sample of those that are held out, where they are many", async () => {
    const [march] = await production.sql(
      "select id from snapshots where as_of = $1 order by revision desc limit 1",
      [MARCH],
    );
    const chosen = await chooseRows(
      pool,
      testing,
      findService(testing, "churn")!,
      { features: march!.id, label: march!.id },
      binary,
      { split: { rule: "RANKS", seed: 1, testFraction: 0.25, heldOutFrom: MARCH }, most: 100 },
    );
    expect(chosen).toMatchObject({ size: 100, heldOut: 100, allHeldOut: USERS.length, total: USERS.length });
    const { train, test } = chosen.among(USERS);
    expect([train.length, test.length]).toEqual([0, 100]);
  });
});
