import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { deployment, featureService, featureView } from "../../src/definitions/language/deployment.js";
import { startAsof } from "../../src/process/app.js";
import type { Services } from "../../src/services/services.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { testConfig } from "../support/config.js";
import { writeDelivery } from "../support/delivery.js";
import { testing } from "../support/deployment/testing.js";
import {
  JANUARY,
  learnableMonth,
  PROMOTE,
  promote,
  registryState,
  STRONG,
  trained,
  USERS,
} from "../support/months.js";
import { until } from "../support/until.js";

// Trains six models in all, which takes long on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

/** Trained before the definitions changed: Production, Staging, one that an alias names, one that nothing names. */
const [PRODUCTION, STAGED, NAMED, OLDER] = [1, 2, 3, 4];
const GONE = "skips_7d";
const REASON = `${GONE} is not declared`;
const REMEDY = `declare ${GONE} again as the version was trained with, or train without, and promote that version`;

/** The test deployment without one feature of a view. */
function without(feature: string) {
  const views = testing.views.map((view) =>
    featureView(view.name, { ...view, features: view.features.filter((name) => name !== feature) }),
  );
  return deployment({
    ...testing,
    views,
    services: testing.services.map(({ name, ...service }) => featureService(name, { ...service, views })),
  });
}

const home = mkdtempSync(join(tmpdir(), "asof-servable-"));
let app: TestApp;
beforeAll(async () => {
  writeDelivery(home, "january", learnableMonth());
  app = await startTestApp({ definitions: without(GONE), dataDir: home, prepare: fill });
}, 240_000);
afterAll(async () => {
  await app?.stop();
  rmSync(home, { recursive: true, force: true });
});

/** What the deployment was before: through a process without a schema, of which this one can have only one. */
async function fill(databaseUrl: string): Promise<void> {
  const config = testConfig({ databaseUrl, home, dataDir: home, role: "worker" });
  const before = await startAsof(config, testing, pino({ level: "silent" }));
  const { jobs, models, catalogue } = before.services;
  await ended(
    before.services,
    (await jobs.start("INGEST", { source: "january", asOf: JANUARY }, "before")).id,
  );
  for (const seed of [1, 2, 3, 4]) {
    const request = {
      asOf: JANUARY,
      model: "churn",
      algorithm: "GRADIENT_BOOSTING" as const,
      seed,
      testFraction: 0.25,
    };
    await ended(before.services, (await jobs.start("TRAIN", { ...request, params: STRONG }, "before")).id);
  }
  const move = { model: "churn", force: false, actor: "before" };
  await models.promote({ ...move, version: OLDER, stage: "PRODUCTION" });
  await models.promote({ ...move, version: PRODUCTION, stage: "PRODUCTION" });
  await models.promote({ ...move, version: STAGED, stage: "STAGING" });
  await catalogue.setAlias("churn", "best", NAMED, "before");
  expect(await before.services.problems()).toEqual([]);
  await before.close();
}

async function ended({ runs }: Services, id: string): Promise<void> {
  await until(
    "the run has ended",
    async () => {
      const [run] = await runs.findByIds([id]);
      if (run?.error) throw new Error(run.error.message);
      return run?.status === "SUCCEEDED";
    },
    120_000,
  );
}

const NOT_SERVABLE = { code: "MODEL_NOT_SERVABLE", model: "churn", features: [GONE], remedy: REMEDY };
const message = (version: number) => `version ${version} of "churn" cannot be served: ${REASON}; ${REMEDY}`;
const health = async () =>
  (
    await app.client.query(
      "{ health { status problems { subject message remedy } productionModel { version servable } } }",
    )
  ).health;

describe("versions that need a feature which the deployment no longer declares", () => {
  it("say so, and why", async () => {
    const { model } = await app.client.query(
      '{ model(name: "churn") { versions { version servable notServable signature { features { name type } } } } }',
    );
    for (const version of model.versions) {
      expect(version).toMatchObject({ servable: false, notServable: `${REASON}; ${REMEDY}` });
      expect(version.signature.features.find(({ name }: any) => name === GONE)).toEqual({
        name: GONE,
        type: "int",
      });
    }
  });

  it("are problems of health where clients reach them, which is DEGRADED; /ready stays 200", async () => {
    const problem = (version: number, name: string) => ({
      subject: name === "PRODUCTION" ? "Production of churn" : "alias best of churn",
      message: `version ${version} (${name}) cannot be served: ${REASON}`,
      remedy: REMEDY,
    });
    expect(await health()).toEqual({
      status: "DEGRADED",
      problems: [problem(PRODUCTION, "PRODUCTION"), problem(NAMED, "alias best")],
      productionModel: { version: PRODUCTION, servable: false },
    });
    const [rest, ready] = await Promise.all(
      ["health", "ready"].map((path) => fetch(`${app.client.address}/${path}`)),
    );
    expect([rest!.status, ready!.status]).toEqual([200, 200]);
    expect(await rest!.json()).toMatchObject({
      status: "DEGRADED",
      problems: [{ subject: "Production of churn" }, {}],
    });
  });

  it("are told at the start, those in Staging too", async () => {
    const lines: Record<string, any>[] = [];
    const { config } = app.asof;
    const other = await startAsof(
      { ...config, databaseUrl: app.url, role: "api", port: 0 },
      app.asof.services.definitions,
      pino({ level: "warn" }, { write: (line) => void lines.push(JSON.parse(line)) }),
    );
    await other.close();
    const told = lines.filter(({ subject }) => / of churn$/.test(subject)).map(({ msg }) => msg);
    expect(told).toEqual([
      `version ${PRODUCTION} (PRODUCTION) cannot be served: ${REASON}`,
      `version ${STAGED} (STAGING) cannot be served: ${REASON}`,
      `version ${NAMED} (alias best) cannot be served: ${REASON}`,
    ]);
  });

  it.each([
    ["Production", "", PRODUCTION],
    ["a version by its number", `, version: ${OLDER}`, OLDER],
    ["a version by its alias", ', alias: "best"', NAMED],
    ["Production as of a date", `, asOf: "${new Date().toISOString().slice(0, 10)}"`, PRODUCTION],
  ])("answer no prediction: of %s", async (_, more, version) => {
    const error = await app.client.error(`{ predict(userId: "${USERS[4]}"${more}) { probability } }`);
    expect(error).toEqual({ ...NOT_SERVABLE, version, message: message(version) });
  });

  it("refuse each of many predictions in its place", async () => {
    const { predictMany } = await app.client.query(
      `{ predictMany(userIds: ["${USERS[4]}", "nobody"]) { userId prediction { probability } error { code message missingFeatures } } }`,
    );
    const error = { code: "MODEL_NOT_SERVABLE", message: message(PRODUCTION), missingFeatures: [GONE] };
    expect(predictMany).toEqual([
      { userId: USERS[4], prediction: null, error },
      { userId: "nobody", prediction: null, error },
    ]);
  });

  it("are told whole to each of several fields of one operation", async () => {
    const { errors } = await app.client.raw(
      `{ a: predict(userId: "${USERS[4]}") { probability } b: predict(userId: "${USERS[5]}") { probability } }`,
    );
    expect(errors![0]!.extensions).toEqual({ ...NOT_SERVABLE, version: PRODUCTION });
  });

  it("are 503 over REST", async () => {
    const response = await fetch(`${app.client.address}/predict`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user_id: USERS[4] }),
    });
    expect([response.status, await response.json()]).toEqual([
      503,
      { error: { ...NOT_SERVABLE, version: PRODUCTION, message: message(PRODUCTION) } },
    ]);
  });

  it.each([
    [
      "promoted to Production",
      PROMOTE,
      { input: { version: OLDER, force: true, reason: "by all means" } },
      OLDER,
    ],
    ["promoted to Staging", PROMOTE, { input: { version: OLDER, stage: "STAGING" } }, OLDER],
    ["gone back to", 'mutation { rollback(reason: "worse") { version } }', {}, OLDER],
    ["named", `mutation { setModelAlias(alias: "other", version: ${OLDER}) { version } }`, {}, OLDER],
  ])("are not %s, and nothing changes", async (_, mutation, variables, version) => {
    const before = await registryState(app);
    expect(await app.client.error(mutation, variables)).toMatchObject({ ...NOT_SERVABLE, version });
    expect(await registryState(app)).toEqual(before);
  });

  it("are reproduced identically all the same: their snapshot has the feature", async () => {
    const { modelVersion } = await app.client.query(
      `{ modelVersion(model: "churn", version: ${PRODUCTION}) { run { id } } }`,
    );
    const { reproduce } = await app.client.query("mutation($id: ID!) { reproduce(runId: $id) { id } }", {
      id: modelVersion.run.id,
    });
    const run = await app.client.finished(reproduce.id);
    expect(run).toMatchObject({ error: null, result: { identical: true, differences: [] } });
  });

  it("are archived, and lose their names", async () => {
    expect(await promote(app, STAGED, { stage: "ARCHIVED" })).toEqual({ version: STAGED, stage: "ARCHIVED" });
    await app.client.query('mutation { removeModelAlias(alias: "best") { version } }');
    expect((await health()).problems).toHaveLength(1);
  });

  it("give way to one that was trained without, and health is OK again", async () => {
    const run = await trained(app, { asOf: JANUARY, seed: 5, params: STRONG });
    const version = run.modelVersion!.version;
    await promote(app, version, { force: true, reason: "the former one cannot answer" });
    const { predict } = await app.client.query(
      `{ predict(userId: "${USERS[4]}") { modelVersion { version servable notServable } } }`,
    );
    expect(predict.modelVersion).toEqual({ version, servable: true, notServable: null });
    expect(await health()).toEqual({
      status: "OK",
      problems: [],
      productionModel: { version, servable: true },
    });
  });
});

describe("a Production that was left empty", () => {
  it("is a problem of health until somebody is there again", async () => {
    const { production } = await registryState(app);
    await promote(app, production, { stage: "ARCHIVED", force: true, reason: "for the test" });
    const { status, problems } = await health();
    expect([status, problems]).toEqual([
      "DEGRADED",
      [
        {
          subject: "Production of churn",
          message: expect.stringMatching(
            `^nothing is in Production since 20.*Z, when version ${production} left it$`,
          ),
          remedy: "rollback restores it, or promote a version",
        },
      ],
    ]);
    await app.client.query('mutation { rollback(reason: "for the test") { version } }');
    expect(await health()).toMatchObject({ status: "OK", problems: [] });
  });
});

describe("a version whose file is damaged", () => {
  it("is not servable until it is mended", async () => {
    const run = await trained(app, { asOf: JANUARY, seed: 6, params: STRONG });
    const version = run.modelVersion!.version;
    const asked = `{ modelVersion(model: "churn", version: ${version}) { servable notServable } }`;
    expect((await app.client.query(asked)).modelVersion).toEqual({ servable: true, notServable: null });
    const [blob] = await app.sql(
      "select b.sha256, b.bytes from artifact_blobs b join model_versions using (sha256) where version = $1",
      [version],
    );
    const write = async (bytes: Buffer) => {
      await app.sql("alter table artifact_blobs disable trigger refuse_change");
      await app.sql("update artifact_blobs set bytes = $2 where sha256 = $1", [blob!.sha256, bytes]);
      await app.sql("alter table artifact_blobs enable trigger refuse_change");
    };
    await write(Buffer.from("no model"));
    expect((await app.client.query(asked)).modelVersion).toEqual({
      servable: false,
      notServable: expect.stringMatching(
        /^its file has the SHA-256 .* is registered; train it again, or take another version$/,
      ),
    });
    await write(blob!.bytes);
    expect((await app.client.query(asked)).modelVersion.servable).toBe(true);
  });
});
