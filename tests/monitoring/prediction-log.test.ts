import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient, createPool } from "../../src/db/pool.js";
import type { LoggedPrediction } from "../../src/monitoring/logged-prediction.js";
import { PredictionLog } from "../../src/monitoring/prediction-log.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { smallDelivery } from "../support/delivery.js";
import { testing } from "../support/deployment/testing.js";
import { GOOD, ingestMonth, JANUARY, OTHER, promote, trainFour, USERS } from "../support/months.js";
import { until } from "../support/until.js";

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ predictionLog: { sample: 1, perSecond: 100_000, keepDays: 30 } });
  await trainFour(app);
  await promote(app, GOOD);
});
afterAll(() => app?.stop());

const logged = () => app.sql("select * from prediction_log order by at");
const predict = (userId: string, more = "") =>
  app.client.query(`{ predict(userId: "${userId}"${more}) { probability prediction } }`);
const alias = (version: number) =>
  app.client.query('mutation($v: Int!) { setModelAlias(alias: "shadow", version: $v) { version } }', {
    v: version,
  });
const versionField = (version: number, field: string) =>
  app.client
    .query(`{ modelVersion(model: "churn", version: ${version}) { ${field} } }`)
    .then(({ modelVersion }) => modelVersion);

describe("a prediction about now", () => {
  it("is kept with what it was made of; a replay of a past date is not", async () => {
    const { predict: answer } = await predict(USERS[3]!);
    await predict(USERS[4]!, `, asOf: "${JANUARY}", version: ${GOOD}`);
    const rows = await until("one is logged", async () => {
      const rows = await logged();
      return rows.length > 0 && rows;
    });
    expect(rows).toMatchObject([
      {
        model: "churn",
        version: GOOD,
        key: USERS[3],
        probability: expect.closeTo(answer.probability, 6),
        prediction: answer.prediction,
        features_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        features: { monthly_fee: 23.5, net_service: "DSL", plan_stream_tv: null },
        shadow_version: null,
      },
    ]);
  });

  it("is answered while the log cannot be written, and logged when it can be again", async () => {
    const before = (await logged()).length;
    const blocker = createClient(app.url);
    await blocker.connect();
    await blocker.query("begin; lock table prediction_log in access exclusive mode");
    await predict(USERS[5]!);
    await blocker.query("rollback");
    await blocker.end();
    await until("it is logged", async () => (await logged()).length === before + 1);
  });
});

describe("a shadow", () => {
  it("scores the same requests after the answer, and how far it agrees can be asked", async () => {
    await alias(OTHER);
    await until("the shadow scores", async () => {
      await predict(USERS[0]!);
      return (await logged()).some((row) => row.shadow_version === OTHER);
    });
    const since = new Date().toISOString();
    const asked = USERS.slice(0, 50);
    await app.client.query("query($ids: [ID!]!) { predictMany(userIds: $ids) { userId } }", { ids: asked });
    const rows = await until("all are logged", async () => {
      const rows = await app.sql("select * from prediction_log where at >= $1 order by at", [since]);
      return rows.length === asked.length && rows;
    });
    const scores = async (version: number) => {
      const { predictMany } = await app.client.query(
        `query($ids: [ID!]!) { predictMany(userIds: $ids, version: ${version}, asOf: "2024-02-29") {
           prediction { probability prediction } } }`,
        { ids: asked },
      );
      return predictMany.map(({ prediction }: any) => prediction);
    };
    const [served, shadow] = [await scores(GOOD), await scores(OTHER)];
    expect(rows.map((row) => row.key)).toEqual(asked);
    for (const [i, row] of rows.entries()) {
      expect(row.shadow_probability).toBeCloseTo(shadow[i].probability, 6);
      expect(row.shadow_prediction).toBe(shadow[i].prediction);
    }
    const shifts = shadow.map(({ probability }: any, i: number) =>
      Math.abs(probability - served[i].probability),
    );
    const same = shadow.filter(
      ({ prediction }: any, i: number) => prediction === served[i].prediction,
    ).length;
    const { shadowComparison } = await versionField(
      OTHER,
      `shadowComparison(since: "${since}") { predictions agreement meanShift maxShift ksStatistic ksPValue table { neither onlyShadow onlyServed both } }`,
    );
    expect(shadowComparison).toMatchObject({
      predictions: 50,
      agreement: expect.closeTo(same / 50, 9),
      meanShift: expect.closeTo(shifts.reduce((a: number, b: number) => a + b) / 50, 6),
      maxShift: expect.closeTo(Math.max(...shifts), 6),
    });
    const { neither, onlyShadow, onlyServed, both } = shadowComparison.table;
    expect(neither + both).toBe(same);
    expect(neither + both + onlyShadow + onlyServed).toBe(50);
  });

  it("that never scored has nothing to compare", async () => {
    const { shadowComparison } = await versionField(
      GOOD,
      "shadowComparison { predictions agreement ksPValue }",
    );
    expect(shadowComparison).toEqual({ predictions: 0, agreement: null, ksPValue: null });
  });
});

describe("live metrics", () => {
  it("judge each user's newest prediction by a later month's labels", async () => {
    // Positives were given 0.9 and 0.4, negatives 0.5 and 0.1: three of four pairs are in order.
    const labels = {
      ...smallDelivery(USERS.slice(0, 4)),
      labels: ["user_id,churn_label", "U-00000,True", "U-00001,False", "U-00002,True", "U-00003,False"],
    };
    await ingestMonth(app, "2024-04-30", labels);
    await app.sql("truncate prediction_log");
    await app.sql(
      `insert into prediction_log (at, model, version, key, features_sha256, features, probability, prediction)
       select now() - age * interval '1 second', 'churn', $1, key, '', '{}', p, 0 from (values
         ('U-00000', 0.9, 0), ('U-00000', 0.01, 5), ('U-00001', 0.5, 0), ('U-00002', 0.4, 0), ('U-00003', 0.1, 0),
         ('U-99999', 0.7, 0)) v(key, p, age)`,
      [GOOD],
    );
    const { live } = await versionField(
      GOOD,
      'live(labelAsOf: "2024-04-30") { predictions users labelled positives auc brier }',
    );
    expect(live).toEqual({
      predictions: 6,
      users: 5,
      labelled: 4,
      positives: 2,
      auc: 0.75,
      brier: expect.closeTo((0.01 + 0.25 + 0.36 + 0.01) / 4, 9),
    });
  });

  it("judge by the newest labels where no date is named, and day by day, each version by itself", async () => {
    const { live } = await versionField(GOOD, "live { labelled auc }");
    expect(live).toEqual({ labelled: 4, auc: 0.75 });
    await app.sql("select asof_prediction_log_day((now() at time zone 'UTC')::date - 1)");
    await app.sql(
      `insert into prediction_log (at, model, version, key, features_sha256, features, probability, prediction)
       select now() - interval '1 day', 'churn', v, key, '', '{}', p, said from (values
         ($1::int, 'U-00000', 0.2, 0), ($1, 'U-00001', 0.6, 1), ($2, 'U-00003', 0.7, 1)) l(v, key, p, said)`,
      [GOOD, OTHER],
    );
    const history = (more: string) =>
      app.client.query(`{ model(name: "churn") { liveHistory${more} {
        day version predictions meanProbability positiveShare live { labelled auc } } } }`);
    const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
    const points = [
      {
        day: day(1),
        version: GOOD,
        predictions: 2,
        meanProbability: 0.4,
        positiveShare: 0.5,
        live: { labelled: 2, auc: 0 },
      },
      {
        day: day(1),
        version: OTHER,
        predictions: 1,
        meanProbability: 0.7,
        positiveShare: 1,
        live: { labelled: 1, auc: null },
      },
      {
        day: day(0),
        version: GOOD,
        predictions: 6,
        meanProbability: expect.closeTo(2.61 / 6, 9),
        positiveShare: 0,
        live: { labelled: 4, auc: 0.75 },
      },
    ];
    expect((await history("")).model.liveHistory).toEqual(
      points.toSorted((a, b) => a.day.localeCompare(b.day) || a.version - b.version),
    );
    expect((await history('(first: 1, labelAsOf: "2024-04-30")')).model.liveHistory).toEqual([points[2]]);
    for (const [first, labelAsOf, code] of [
      [0, "2024-04-30", "BAD_USER_INPUT"],
      [91, "2024-04-30", "BAD_USER_INPUT"],
      [1, "2031-01-31", "SNAPSHOT_NOT_FOUND"],
    ]) {
      const error = await app.client.error(
        `{ model(name: "churn") { liveHistory(first: ${first}, labelAsOf: "${labelAsOf}") { day } } }`,
      );
      expect(error.code).toBe(code);
    }
  });

  it("are null before anything was answered, and refused without labels", async () => {
    await app.sql("delete from prediction_log where version = $1", [OTHER]);
    const { live } = await versionField(
      OTHER,
      'live(labelAsOf: "2024-04-30") { predictions users labelled auc }',
    );
    expect(live).toEqual({ predictions: 0, users: 0, labelled: 0, auc: null });
    const error = await app.client.error(
      `{ modelVersion(model: "churn", version: ${GOOD}) { live(labelAsOf: "2031-01-31") { auc } } }`,
    );
    expect(error.code).toBe("SNAPSHOT_NOT_FOUND");
  });
});

describe("the log", () => {
  const entry = (at: string): LoggedPrediction => ({
    at: new Date(at),
    model: "churn",
    version: 1,
    key: "U-1",
    features: { a: 1 },
    answer: 0.5,
    prediction: 1,
    class: null,
    probabilities: null,
    request: null,
    shadow: null,
  });

  it("keeps the share it is told to, and no more in a second than it may", () => {
    const pool = createPool(app.url, 1);
    const options = { sample: 0.5, perSecond: 3, keepDays: 1 };
    const draws = [0.4, 0.6, 0.1, 0.49, 0.2, 0.3];
    const log = new PredictionLog(pool, testing, options, pino({ level: "silent" }), () => draws.shift()!);
    const wanted = Array.from({ length: 6 }, () => log.wants());
    expect(wanted.slice(0, 4)).toEqual([true, false, true, true]);
    expect(wanted.filter(Boolean).length).toBeLessThanOrEqual(6);
    void pool.end();
  });

  it("drops whole days that are past keeping, and makes days as they come", async () => {
    const pool = createPool(app.url, 1);
    const log = new PredictionLog(
      pool,
      testing,
      { sample: 1, perSecond: 10, keepDays: 30 },
      pino({ level: "silent" }),
    );
    log.add(entry("2020-02-29T23:59:59.999Z"));
    log.add(entry("2020-03-01T00:00:00Z"));
    await log.flush();
    const days = () =>
      app
        .sql(
          "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'prediction_log'::regclass order by 1",
        )
        .then((rows) => rows.map(({ relname }) => relname));
    expect((await days()).slice(0, 2)).toEqual(["prediction_log_20200229", "prediction_log_20200301"]);
    log.start();
    await until("old days are gone", async () => !(await days()).includes("prediction_log_20200301"));
    await log.close();
    await pool.end();
    expect(await days()).not.toContain("prediction_log_20200229");
  });
});
