import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, startCluster } from "../support/cluster.js";
import { writeDelivery } from "../support/delivery.js";
import { batchMeanModel, type Harm, hostileModel } from "../support/hostile-models.js";
import { JANUARY, learnableMonth, PROMOTE, STRONG, USERS } from "../support/months.js";
import type { TestProcess } from "../support/process.js";
import { until } from "../support/until.js";

// Models made elsewhere that end, hang or exhaust whatever process runs them: never the one that answers.

const REGISTER = `mutation($input: RegisterModelInput!) { registerModel(input: $input) { version warnings } }`;
const VICTIM = USERS[4]!;
const TRIGGER = 7_777;

let cluster: Cluster;
let asof: TestProcess;
beforeAll(async () => {
  cluster = await startCluster();
  writeDelivery(cluster.dataDir, "january", learnableMonth());
  asof = await cluster.start("all");
  expect(await asof.client.ingest("january", JANUARY)).toMatchObject({ error: null });
  expect(await asof.client.train({ asOf: JANUARY, seed: 1, params: STRONG })).toMatchObject({ error: null });
});
afterAll(() => cluster?.stop());

async function register(onnx: Uint8Array): Promise<{ version: number; warnings: string[] }> {
  const { createRun } = await asof.client.query("mutation { createRun(input: {}) { id } }");
  const input = { runId: createRun.id, asOf: JANUARY, onnx: Buffer.from(onnx).toString("base64") };
  return (await asof.client.query(REGISTER, { input })).registerModel;
}

async function refusalOf(onnx: Uint8Array): Promise<string> {
  const { createRun } = await asof.client.query("mutation { createRun(input: {}) { id } }");
  const input = { runId: createRun.id, asOf: JANUARY, onnx: Buffer.from(onnx).toString("base64") };
  const { code, message } = await asof.client.error(REGISTER, { input });
  expect(code).toBe("BAD_USER_INPUT");
  return message;
}

/** A version as a release without these trials may have registered it: the file of another one, in the database. */
async function smuggle(onnx: Uint8Array): Promise<number> {
  const { version } = await register(hostileModel("answers 5", TRIGGER));
  const sha256 = createHash("sha256").update(onnx).digest("hex");
  await cluster.sql("alter table artifact_blobs disable trigger user");
  await cluster.sql("alter table model_versions disable trigger user");
  await cluster.sql("insert into artifact_blobs (sha256, bytes) values ($1, $2) on conflict do nothing", [
    sha256,
    Buffer.from(onnx),
  ]);
  await cluster.sql(
    "update artifacts set sha256 = $2 where run_id = (select run_id from model_versions where version = $1)",
    [version, sha256],
  );
  await cluster.sql("update model_versions set sha256 = $2 where version = $1", [version, sha256]);
  await cluster.sql("alter table artifact_blobs enable trigger user");
  await cluster.sql("alter table model_versions enable trigger user");
  return version;
}

/** How long the slowest /ready took while `work` went on. */
async function slowestReady<T>(work: Promise<T>): Promise<{ result: T; slowestMs: number }> {
  let slowestMs = 0;
  let done = false;
  const watch = (async () => {
    while (!done) {
      const since = performance.now();
      expect((await fetch(`${asof.client.address}/ready`)).status).toBe(200);
      slowestMs = Math.max(slowestMs, performance.now() - since);
    }
  })();
  const result = await work.finally(() => {
    done = true;
  });
  await watch;
  return { result, slowestMs };
}

describe("the trial of a registration refuses", () => {
  it.each<[string, () => Uint8Array, RegExp]>([
    [
      "one that dies of a missing value",
      () => hostileModel("dies", Number.NaN),
      /^it ended its process \(SIGFPE\).*, on a row without skips_7d$/,
    ],
    [
      "one that dies of an end of a feature's range",
      () => hostileModel("dies", -1e30),
      /^it ended its process \(SIGFPE\).*, on a row whose skips_7d is -1e\+30$/,
    ],
    [
      "one that dies of a greatest whole number",
      () => hostileModel("dies", 2 ** 31),
      /^it ended its process \(SIGFPE\).*, on a row whose skips_7d is 2147483647$/,
    ],
    [
      "one that is slow without a value",
      () => hostileModel("is slow", Number.NaN),
      /^it did not answer within 5 s, on a row without skips_7d$/,
    ],
    [
      "one whose answer depends on its batch",
      batchMeanModel,
      /^it gives "U-\d+" [\d.e-]+ beside 239 others and 0\.5 alone: its answer depends on the rest of its batch/,
    ],
  ])("%s, and nobody waits for it", async (_what, onnx, problem) => {
    const { result, slowestMs } = await slowestReady(refusalOf(onnx()));
    expect(result.replace("the model was not registered: ", "")).toMatch(problem);
    expect(slowestMs).toBeLessThan(2_000);
  });
});

it("a value on which a model takes all memory is said at its registration; it is the only one that fails", async () => {
  const { warnings } = await register(hostileModel("takes memory", 1e30));
  expect(warnings).toEqual(
    [
      expect.stringMatching(
        /^it has no answer to a row whose skips_7d is 1e\+30, .*: such a user's prediction fails$/,
      ),
      expect.stringMatching(/^auc/),
    ].slice(0, warnings.length),
  );
});

describe("a rare value of one user", () => {
  beforeAll(async () => {
    await cluster.sql("update usage_agg_30d_online set skips_7d = $2 where user_id = $1", [VICTIM, TRIGGER]);
  });

  it.each<[Harm, RegExp]>([
    ["dies", /^version \d+ of "churn" has no answer for user "U-00004": it ended its process \(SIGFPE\)/],
    ["answers NaN", /its answer is NaN, which is no probability; ask another version/],
    ["answers 5", /its answer is 5, which is no probability/],
    ["throws", /while running Gather node.*; why is left out, for it may quote values/],
    ["takes memory", /it took more than 512 MB of memory/],
  ])(
    "on which the model %s costs that user's prediction, over each door, and nobody else's",
    async (harm, words) => {
      const { version } = await register(hostileModel(harm, TRIGGER));
      const predict = (user: string) => `predict(userId: "${user}", version: ${version}) { probability }`;
      const singles = await Promise.all(
        USERS.slice(0, 60).map(async (user) => {
          const answer = await fetch(`${asof.client.address}/predict`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ user_id: user, version }),
          });
          return { user, status: answer.status, body: (await answer.json()) as any };
        }),
      );
      for (const { user, status, body } of singles) {
        if (user !== VICTIM) expect([user, status, body]).toEqual([user, 200, body]);
        else {
          expect([status, body.error.code]).toEqual([422, "PREDICTION_FAILED"]);
          expect(body.error.message).toMatch(words);
        }
      }
      expect(await asof.client.error(`{ ${predict(VICTIM)} }`)).toMatchObject({
        code: "PREDICTION_FAILED",
        userId: VICTIM,
        version,
        message: expect.stringMatching(words),
      });
      const { predictMany } = await asof.client.query(
        `query($ids: [ID!]!) { predictMany(userIds: $ids, version: ${version}) { userId prediction { probability } error { code missingFeatures } } }`,
        { ids: USERS },
      );
      for (const { userId, prediction, error } of predictMany) {
        if (userId === VICTIM)
          expect([prediction, error]).toEqual([null, { code: "PREDICTION_FAILED", missingFeatures: [] }]);
        else expect([userId, error]).toEqual([userId, null]);
      }
      const { user } = await asof.client.query(`{ user(userId: "${USERS[5]}") { userId } }`);
      expect(user.userId).toBe(USERS[5]);
    },
  );
});

it("eight registrations at once are tried two at a time, and each gets its answer", async () => {
  const all = await Promise.all(
    Array.from({ length: 8 }, (_, i) => register(hostileModel("throws", TRIGGER + i))),
  );
  expect(new Set(all.map(({ version }) => version)).size).toBe(8);
});

describe("a version that ends whatever process loads it", () => {
  it("neither as shadow nor in Production ends this one, nor keeps the next from starting", async () => {
    const killer = await smuggle(hostileModel("dies", Number.NaN));
    const hanging = await smuggle(hostileModel("is slow", Number.NaN));
    await asof.client.query(PROMOTE, { input: { version: 1 } });
    for (const version of [killer, hanging]) {
      const error = await asof.client.error(PROMOTE, {
        input: { version, force: true, reason: "by all means" },
      });
      expect(error).toMatchObject({
        code: "MODEL_NOT_SERVABLE",
        message: expect.stringMatching(/^version \d+ of "churn" cannot be served: it (ended|did not)/),
      });
    }
    await asof.client
      .query(`mutation { setModelAlias(model: "churn", alias: "shadow", version: ${killer}) { version } }`)
      .catch(() => {});
    await cluster.sql("update model_versions set stage = 'ARCHIVED' where stage = 'PRODUCTION'");
    for (const [shadow, production] of [
      [killer, hanging],
      [hanging, killer],
    ]) {
      await cluster.sql("update model_versions set stage = 'NONE' where stage = 'PRODUCTION'");
      await cluster.sql("update model_versions set stage = 'PRODUCTION' where version = $1", [production]);
      await cluster.sql(
        `insert into model_aliases (model, alias, version, actor) values ('churn', 'shadow', $1, 'by hand')
         on conflict (model, alias) do update set version = excluded.version`,
        [shadow],
      );
      await asof.stop();
      const since = Date.now();
      asof = await cluster.start("all");
      expect(Date.now() - since).toBeLessThan(30_000);
      expect((await fetch(`${asof.client.address}/ready`)).status).toBe(200);
      await until("both are in the log", () =>
        ["Production could not be loaded", "the shadow could not be loaded"].every((line) =>
          asof.output().includes(line),
        ),
      );
      const error = await asof.client.error(`{ predict(userId: "${USERS[1]}") { probability } }`);
      expect(error).toMatchObject({ code: "MODEL_NOT_SERVABLE", version: production });
      const { health } = await asof.client.query("{ health { problems { subject message remedy } } }");
      const how = {
        [killer]: /ended its process \(SIGFPE\)/,
        [hanging]: /did not answer|took longer|did not load/,
      };
      for (const [subject, version] of [
        ["Production of churn", production],
        ["shadow of churn", shadow],
      ] as const) {
        expect(health.problems).toContainEqual({
          subject,
          message: expect.stringMatching(how[version as number]!),
          remedy: expect.any(String),
        });
      }
    }
    // The mutations that undo it come through.
    await asof.client.query('mutation { removeModelAlias(model: "churn", alias: "shadow") { version } }');
    await asof.client.query(PROMOTE, { input: { version: 1, force: true, reason: "it answers" } });
    const { predict } = await asof.client.query(
      `{ predict(userId: "${USERS[1]}") { modelVersion { version } } }`,
    );
    expect(predict.modelVersion.version).toBe(1);
  });
});

it("a killed server leaves no model's process behind", async () => {
  const { version } = await register(hostileModel("throws", TRIGGER + 100));
  await asof.client.query(`{ predict(userId: "${USERS[1]}", version: ${version}) { probability } }`);
  const { execFileSync } = await import("node:child_process");
  const listed = () =>
    execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" })
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , ...args]) => args.join(" ").includes("model.process"));
  const own = listed().filter(([, parent]) => Number(parent) === asof.child.pid);
  expect(own.length).toBeGreaterThan(0);
  await asof.kill();
  await until("they are gone", () => !listed().some(([pid]) => own.some(([mine]) => mine === pid)));
});
