import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { writeDelivery } from "../support/delivery.js";
import type { FinishedRun } from "../support/graphql.js";
import { learnableMonth, promote, STRONG, trained, USERS } from "../support/months.js";

const JANUARY = "2024-01-31";
const FEBRUARY = "2024-02-29";
/** Has no row in usage_agg_30d. */
const PARTIAL = USERS[10]!;
/** Every third user's plan_stream_tv is empty. */
const WITH_NULL = USERS[0]!;
const USAGE = [
  "watch_hours_30d",
  "avg_session_mins_7d",
  "unique_devices_30d",
  "skips_7d",
  "rebuffer_events_7d",
];

describe("predictions", () => {
  let app: TestApp;
  let runs: FinishedRun[];

  beforeAll(async () => {
    app = await startTestApp();
    for (const [asOf, hours] of [
      [JANUARY, "0.125"],
      [FEBRUARY, "99.5"],
    ] as const) {
      const files = learnableMonth();
      files.usage_agg_30d = files
        .usage_agg_30d!.filter((line) => !line.startsWith(PARTIAL))
        .map((line) => line.replace(`${WITH_NULL},0.125`, `${WITH_NULL},${hours}`));
      writeDelivery(app.dataDir, asOf, files);
      const run = await app.client.ingest(asOf, asOf);
      expect(run.error).toBeNull();
    }
    runs = [
      await trained(app, { asOf: JANUARY, seed: 1, params: STRONG }),
      await trained(app, { asOf: FEBRUARY, seed: 2, algorithm: "LOGISTIC_REGRESSION", folds: 3 }),
      await trained(app, { asOf: JANUARY, algorithm: "RANDOM_FOREST", params: { trees: 20 } }),
    ];
    await promote(app, 1);
  });
  afterAll(() => app?.stop());

  const predict = async (args: string): Promise<any> =>
    (
      await app.client.query(`{ predict(${args}) { userId prediction probability threshold
        modelVersion { version stage sha256 } featuresUsed { watchHours30d planStreamTv }
        features { asOf json statuses { name status eventTime } } } }`)
    ).predict;

  it.each([
    ["now", "", 1, "PRODUCTION", 99.5, null],
    ["by a version", ", version: 2", 2, "NONE", 99.5, null],
    ["as of January, by a version", `, version: 2, asOf: "${JANUARY}"`, 2, "NONE", 0.125, JANUARY],
    [
      "as of a date between, by a version",
      ', version: 1, asOf: "2024-02-28"',
      1,
      "PRODUCTION",
      0.125,
      "2024-02-28",
    ],
  ])("%s name the version and the features they come from", async (_, args, version, stage, hours, asOf) => {
    const found = await predict(`userId: "${WITH_NULL}"${args}`);
    expect(found).toMatchObject({
      userId: WITH_NULL,
      threshold: runs[version - 1]!.modelVersion!.threshold,
      modelVersion: { version, stage, sha256: runs[version - 1]!.modelVersion!.sha256 },
      featuresUsed: { watchHours30d: hours, planStreamTv: null },
      features: { asOf, json: { watch_hours_30d: hours, plan_stream_tv: null } },
    });
    expect(found.prediction).toBe(found.probability >= found.threshold ? 1 : 0);
  });

  it.each([1, 2])("of version %d are what onnxruntime gives when run by hand", async (version) => {
    const { probability, features } = await predict(`userId: "${WITH_NULL}", version: ${version}`);
    const artifact = runs[version - 1]!.artifacts.find(({ name }) => name === "model.onnx")!;
    const bytes = await (await fetch(new URL(artifact.url, app.client.address))).arrayBuffer();
    const session = await InferenceSession.create(Buffer.from(bytes));
    const { net_service, ...numeric } = features.json;
    const values = Object.values(numeric).map((value) => (value === null ? Number.NaN : Number(value)));
    const output = await session.run({
      numeric: new Tensor("float32", Float32Array.from(values), [1, values.length]),
      net_service: new Tensor("string", [net_service], [1, 1]),
    });
    expect(Math.abs(probability - Number(output.probability!.data[0]))).toBeLessThanOrEqual(1e-6);
  });

  it("take an empty value as missing and score it", async () => {
    const { features, probability } = await predict(`userId: "${WITH_NULL}"`);
    expect(features.statuses.find((each: any) => each.name === "plan_stream_tv").status).toBe("NULL_VALUE");
    expect(probability).toBeGreaterThan(0.5);
  });

  it.each([
    ["nobody", "", 14, "failed_payments_90d"],
    ["' or 1=1 --", "", 14, "failed_payments_90d"],
    [PARTIAL, "", 5, "skips_7d"],
    [WITH_NULL, ', version: 1, asOf: "2024-01-30"', 14, "failed_payments_90d"],
  ])("of %s%s are refused with FEATURES_MISSING for %d features", async (userId, args, count, one) => {
    const error = (await app.client.error(`{ predict(userId: "${userId}"${args}) { probability } }`)) as any;
    expect(error).toMatchObject({ code: "FEATURES_MISSING", userId });
    expect(error.missingFeatures).toHaveLength(count);
    expect(error.missingFeatures).toContain(one);
    const known = USERS.includes(userId);
    expect(error.message).toContain(
      known ? `user "${userId}" has no usable value for ${count} feature(s)` : `unknown user "${userId}"`,
    );
  });

  it.each([
    ["boosted trees", 1, (p: number) => Math.log(p / (1 - p))],
    ["logistic regression", 2, (p: number) => Math.log(p / (1 - p))],
    ["a random forest", 3, (p: number) => p],
  ])("of %s are explained: base value and contributions sum to the margin", async (_, version, margin) => {
    for (const user of [WITH_NULL, USERS[1]!, USERS[2]!]) {
      const { predict } = await app.client.query(
        `{ predict(userId: "${user}", version: ${version}) {
             probability baseValue contributions { feature value contribution } featuresUsed { watchHours30d } } }`,
      );
      expect(predict.contributions).toHaveLength(14);
      const sum = predict.contributions.reduce((total: number, each: any) => total + each.contribution, 0);
      expect(predict.baseValue + sum).toBeCloseTo(margin(predict.probability), 4);
      const hours = predict.contributions.find((each: any) => each.feature === "watch_hours_30d");
      expect(hours.value).toBe(predict.featuresUsed.watchHours30d);
    }
  });

  it("are of a model that was also judged on folds, where it was asked for", () => {
    const names = runs.map(({ metrics }) => metrics.map(({ name }) => name));
    expect(names[1]).toEqual(expect.arrayContaining(["cv_auc_mean", "cv_auc_std"]));
    expect(names[0]).not.toContain("cv_auc_mean");
  });

  it("over REST are those of GraphQL, and a missing feature is a 404 that names it", async () => {
    const post = async (user_id: string) => {
      const response = await fetch(`${app.client.address}/predict`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ user_id }),
      });
      return { status: response.status, body: (await response.json()) as any };
    };
    const { prediction, probability, features } = await predict(`userId: "${WITH_NULL}"`);
    expect(await post(WITH_NULL)).toEqual({
      status: 200,
      body: {
        user_id: WITH_NULL,
        prediction,
        probability,
        model: { name: "churn", version: 1 },
        features_used: features.json,
      },
    });
    const missing = await post(PARTIAL);
    expect([missing.status, missing.body.error.code, missing.body.error.missing_features.sort()]).toEqual([
      404,
      "FEATURES_MISSING",
      [...USAGE].sort(),
    ]);
  });

  it.each([
    ["version: 9", "MODEL_NOT_FOUND", 'model "churn" has no version 9'],
    ["version: -1", "MODEL_NOT_FOUND", "has no version -1"],
    ['model: "fraud"', "MODEL_NOT_FOUND", 'no model is named "fraud"'],
    ['model: "fraud", version: 1', "MODEL_NOT_FOUND", 'no model is named "fraud"'],
    [`asOf: "${JANUARY}"`, "NO_PRODUCTION_MODEL", `had no version in Production on ${JANUARY}`],
  ])("with %s are refused with %s, one or many", async (args, code, message) => {
    for (const call of [
      `predict(userId: "${WITH_NULL}", ${args})`,
      `predictMany(userIds: ["${WITH_NULL}"], ${args})`,
    ]) {
      const error = await app.client.error(`{ ${call} { userId } }`);
      expect(error.code).toBe(code);
      expect(error.message).toContain(message);
    }
  });

  describe("of many", () => {
    const many = async (userIds: string[]): Promise<any[]> =>
      (
        await app.client.query(
          `query($userIds: [ID!]!) { predictMany(userIds: $userIds) {
            userId prediction { userId probability } error { code message missingFeatures } } }`,
          { userIds },
        )
      ).predictMany;

    it("come in the ids' order, with duplicates, and a bad id fails alone", async () => {
      const ids = [USERS[2]!, "nobody", USERS[1]!, PARTIAL, "", USERS[2]!];
      const found = await many(ids);
      expect(
        found.map(({ userId, prediction, error }) => [userId, prediction?.userId ?? error.code]),
      ).toEqual([
        [USERS[2], USERS[2]],
        ["nobody", "FEATURES_MISSING"],
        [USERS[1], USERS[1]],
        [PARTIAL, "FEATURES_MISSING"],
        ["", "BAD_USER_INPUT"],
        [USERS[2], USERS[2]],
      ]);
      expect(found[3].error.missingFeatures).toEqual(USAGE);
      for (const { userId, prediction } of [found[0], found[2], found[5]]) {
        expect(prediction.probability).toBe((await predict(`userId: "${userId}"`)).probability);
      }
    });

    it("are none for no ids, and 10 000 at most", async () => {
      expect(await many([])).toEqual([]);
      const most = Array.from({ length: 10_000 }, (_, i) => USERS[i % USERS.length]!);
      const found = await many(most);
      expect(found.map(({ userId }) => userId)).toEqual(most);
      expect(found.filter(({ error }) => error).every(({ userId }) => userId === PARTIAL)).toBe(true);
      const error = await app.client.error(
        "query($userIds: [ID!]!) { predictMany(userIds: $userIds) { userId } }",
        { userIds: [...most, WITH_NULL] },
      );
      expect(error).toMatchObject({ code: "BAD_USER_INPUT" });
      expect(error.message).toContain("at most 10000 were expected; got 10001");
    });
  });

  it("asked at once by many requests give each user his own", async () => {
    const alone = new Map<string, number>();
    for (const user of USERS.slice(0, 9)) alone.set(user, (await predict(`userId: "${user}"`)).probability);
    const asked = Array.from({ length: 90 }, (_, i) => USERS[i % 9]!);
    const found = await Promise.all(asked.map((user) => predict(`userId: "${user}"`)));
    expect(found.map(({ probability }) => probability)).toEqual(asked.map((user) => alone.get(user)));
  });
});
