import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Asof, startAsof } from "../../src/process/app.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { testing as definitions } from "../support/deployment/testing.js";
import { GraphQLClient } from "../support/graphql.js";
import {
  GOOD,
  NOISE,
  OTHER,
  PROMOTE,
  promote,
  registryState,
  trainFour,
  USERS,
  versionServed,
  WORSE,
} from "../support/months.js";
import { until } from "../support/until.js";

const USER = USERS[4]!;
const PREDICT = `{ predict(userId: "${USER}") { probability modelVersion { version stage } } }`;

let app: TestApp;
let replica: Asof | undefined;
beforeAll(async () => {
  app = await startTestApp();
  await trainFour(app);
  await promote(app, GOOD);
});
afterAll(async () => {
  await replica?.close();
  await app?.stop();
});

/** Another process that answers requests, as far as one process can play two. */
async function startReplica(): Promise<GraphQLClient> {
  await replica?.close();
  replica = await startAsof(
    { ...app.asof.config, databaseUrl: app.url, role: "api", port: 0 },
    definitions,
    pino({ level: "silent" }),
  );
  return new GraphQLClient(replica.address);
}

/** Replaces the bytes of a version's file, behind the trigger that refuses it. */
async function damage(version: number, bytes: Buffer): Promise<() => Promise<void>> {
  const [blob] = await app.sql(
    `select b.sha256, b.bytes from artifact_blobs b join model_versions v using (sha256) where v.version = $1`,
    [version],
  );
  const write = async (content: Buffer) => {
    await app.sql("alter table artifact_blobs disable trigger refuse_change");
    await app.sql("update artifact_blobs set bytes = $2 where sha256 = $1", [blob!.sha256, content]);
    await app.sql("alter table artifact_blobs enable trigger refuse_change");
  };
  await write(bytes);
  return () => write(blob!.bytes);
}

const fileOf = async (version: number): Promise<Buffer> =>
  (
    await app.sql(
      "select b.bytes from artifact_blobs b join model_versions v using (sha256) where v.version = $1",
      [version],
    )
  )[0]!.bytes;

describe("a change of Production under load", () => {
  it("fails no request, and every answer is that of the version it names", async () => {
    const probabilityOf = new Map<number, number>();
    for (const version of [GOOD, OTHER, WORSE]) {
      const { predict } = await app.client.query(
        `{ predict(userId: "${USER}", version: ${version}) { probability } }`,
      );
      probabilityOf.set(version, predict.probability);
    }
    expect(new Set(probabilityOf.values()).size).toBe(3);

    const seen = new Map<number, number>();
    let stop = false;
    const load = Array.from({ length: 6 }, async () => {
      while (!stop) {
        const { predict } = await app.client.query(PREDICT);
        const { version } = predict.modelVersion;
        expect([version, predict.probability]).toEqual([version, probabilityOf.get(version)]);
        seen.set(version, (seen.get(version) ?? 0) + 1);
      }
    });
    const servedOften = (version: number) =>
      until(`version ${version} answers`, () => (seen.get(version) ?? 0) > 20);
    try {
      for (const version of [OTHER, WORSE, GOOD, OTHER]) {
        seen.clear();
        await promote(app, version, { force: true, reason: "under load" });
        expect((await versionServed(app)).version).toBe(version);
        await servedOften(version);
      }
      seen.clear();
      await app.client.query('mutation { rollback(reason: "under load") { version } }');
      await servedOften(GOOD);
    } finally {
      stop = true;
    }
    await Promise.all(load);
  });

  it("reaches the other replicas", async () => {
    const other = await startReplica();
    for (const version of [OTHER, GOOD]) {
      await promote(app, version, { force: true, reason: "everywhere" });
      await until(
        `the replica answers by version ${version}`,
        async () => (await other.query(PREDICT)).predict.modelVersion.version === version,
      );
    }
    await other.query(PROMOTE, { input: { version: OTHER, force: true, reason: "from the replica" } });
    expect((await other.query(PREDICT)).predict.modelVersion.version).toBe(OTHER);
    await until("the first process answers by it", async () => (await versionServed(app)).version === OTHER);
  });

  it("is told with the stage a version has now, not the one it was loaded in", async () => {
    const stageOf = async () =>
      (await app.client.query(`{ predict(userId: "${USER}", version: ${GOOD}) { modelVersion { stage } } }`))
        .predict.modelVersion.stage;
    expect(await stageOf()).toBe("ARCHIVED");
    await promote(app, GOOD, { stage: "STAGING" });
    expect(await stageOf()).toBe("STAGING");
  });
});

describe("a model file that is damaged", () => {
  it("is told to whoever asks for that version, until it is mended", async () => {
    const ask = `{ predict(userId: "${USER}", version: ${NOISE}) { modelVersion { version } } }`;
    const mend = await damage(NOISE, Buffer.from("no model"));
    expect(await app.client.error(ask)).toMatchObject({ code: "MODEL_NOT_SERVABLE", version: NOISE });
    await mend();
    expect((await app.client.query(ask)).predict.modelVersion.version).toBe(NOISE);
  });

  it("and registered as it is, is refused by the runtime and so never promoted", async () => {
    const registered = (sha256: string) =>
      app.sql(
        `do $$ begin set local session_replication_role = replica;
           update model_versions set sha256 = '${sha256}' where version = ${NOISE}; end $$`,
      );
    const [{ sha256 }, { sha256: noModel }] = (await app.sql(
      `select sha256 from model_versions where version = $1
       union all (select sha256 from artifacts where name = 'feature_schema.json' limit 1)`,
      [NOISE],
    )) as [{ sha256: string }, { sha256: string }];
    await registered(noModel);
    const error = await app.client.error(PROMOTE, { input: { version: NOISE, force: true, reason: "so" } });
    expect(error.code).toBe("MODEL_NOT_SERVABLE");
    expect(error.message).toContain("the runtime refuses its file");
    await registered(sha256);
  });

  it.each([
    ["garbage", () => Buffer.from("no model"), "its file has the SHA-256"],
    ["nothing", () => Buffer.alloc(0), "its file has the SHA-256"],
    ["another version's", () => fileOf(GOOD), "its file has the SHA-256"],
  ])("by %s is never promoted, by force neither; the former one serves on", async (_, content, problem) => {
    const mend = await damage(NOISE, await content());
    const before = await registryState(app);
    const error = await app.client.error(PROMOTE, {
      input: { version: NOISE, force: true, reason: "by all means" },
    });
    expect(error.code).toBe("MODEL_NOT_SERVABLE");
    expect(error.message).toContain(`version ${NOISE} of "churn" cannot be served`);
    expect(error.message).toContain(problem);
    expect(await registryState(app)).toEqual(before);
    expect(await versionServed(app)).toEqual({ version: before.production, stage: "PRODUCTION" });
    await mend();
  });

  it("is not gone back to", async () => {
    await promote(app, WORSE, { force: true, reason: "for the test" });
    const mend = await damage(OTHER, Buffer.from("no model"));
    const error = await app.client.error('mutation { rollback(reason: "back") { version } }');
    expect(error.code).toBe("MODEL_NOT_SERVABLE");
    expect(await versionServed(app)).toMatchObject({ version: WORSE });
    await mend();
    expect(
      (await app.client.query('mutation { rollback(reason: "back") { version } }')).rollback.version,
    ).toBe(OTHER);
  });

  it("in Production keeps no replica from starting; it says so, and is no obstacle to another", async () => {
    const mend = await damage(OTHER, Buffer.from("no model"));
    const other = await startReplica();
    expect(await other.error(PREDICT)).toMatchObject({ code: "MODEL_NOT_SERVABLE", version: OTHER });
    await other.query(PROMOTE, { input: { version: GOOD, reason: "the file is damaged" } });
    const [transition] = (await registryState(app)).transitions;
    expect(transition).toMatchObject({ version: GOOD, to: "PRODUCTION", forced: false });
    const [written] = await app.sql("select gates from stage_transitions order by id desc limit 1");
    expect(written!.gates.at(-1)).toMatchObject({
      name: "not_worse_than_production",
      passed: true,
      message: expect.stringMatching(
        `^not applicable: Production cannot answer \\(version ${OTHER}: .* its file has the SHA-256`,
      ),
    });
    expect((await other.query(PREDICT)).predict.modelVersion).toEqual({ version: GOOD, stage: "PRODUCTION" });
    await mend();
  });

  it("is served again by a running replica once it is mended", async () => {
    const mend = await damage(GOOD, Buffer.from("no model"));
    const other = await startReplica();
    expect(await other.error(PREDICT)).toMatchObject({ code: "MODEL_NOT_SERVABLE" });
    await mend();
    expect((await other.query(PREDICT)).predict.modelVersion.version).toBe(GOOD);
  });
});
