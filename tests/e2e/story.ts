import { afterAll, beforeAll, expect, it } from "vitest";
import { createPool, type Pool } from "../../src/db/pool.js";
import type { Deployment } from "../../src/definitions/language/deployment.js";
import { keyOfPart } from "../../src/definitions/language/entities.js";
import { verifySnapshot } from "../../src/features/snapshot-verify.js";
import { startTestApp, type TestApp } from "../support/app.js";
import type { TestDatabase } from "../support/database.js";
import { createDatabaseOf, ownMigrations } from "../support/deployment.js";
import { earlier, succeeded } from "../support/earlier.js";

/** One deployment before and after its definitions changed, and what is asked of it. */
export interface Story {
  before: Deployment;
  /** One feature more, one retired, one renamed. */
  after: Deployment;
  model: string;
  /** Of somebody in every delivery. */
  key: string;
  argument: string;
  added: string;
  retired: { name: string; type: "numeric" | "categorical" };
  renamed: { from: string; to: string };
  /** Two deliveries by the first definitions, one by the second: a folder and a date each. */
  deliveries: [string, string][];
  write(dataDir: string): void;
  params: Record<string, unknown>;
}

/** Points 1 to 4 of what made history lie: run once on each data set. */
export function tellsTheTruthAfterwards(story: Story): void {
  const { before, after, model, key, added, retired, renamed, deliveries } = story;
  const own = ownMigrations();
  let database: TestDatabase;
  let app: TestApp;
  let pool: Pool;
  let original: string;
  let held: Record<string, unknown>;
  const [first, second, third] = deliveries as [[string, string], [string, string], [string, string]];

  beforeAll(async () => {
    database = await createDatabaseOf(before, own);
    pool = createPool(database.url, 2);
    const dataDir = own.folder;
    story.write(dataDir);
    const at = { databaseUrl: database.url, migrations: own.folder, dataDir };
    await earlier(before, at, async (services) => {
      for (const [source, asOf] of [first, second])
        await succeeded(services, services.jobs.start("INGEST", { source, asOf }, "before"));
      const request = { model, asOf: first[1], seed: 1, testFraction: 0.25, params: story.params };
      const run = await succeeded(
        services,
        services.jobs.start("TRAIN", { ...request, algorithm: "GRADIENT_BOOSTING" }, "before"),
      );
      original = run.id;
      await services.models.promote({
        model,
        version: 1,
        stage: "PRODUCTION",
        reason: "the first",
        force: true,
        actor: "before",
      });
      const [found] = await services.features.read([{ key, asOf: first[1] }]);
      held = found!.values;
    });
    await own.generate(after, "evolved");
    app = await startTestApp({
      definitions: after,
      databaseUrl: database.url,
      migrations: own.folder,
      dataDir,
    });
  }, 300_000);
  afterAll(async () => {
    await app?.stop();
    await pool?.end();
    await database?.drop();
    own.remove();
  });

  const features = async (asOf?: string) => {
    const clock = asOf ? `, asOf: "${asOf}"` : "";
    const { features: found } = await app.client.query(
      `{ features(${story.argument}: "${key}"${clock}) { json statuses { name status } } }`,
    );
    const status = (name: string) =>
      found.statuses.find((each: { name: string }) => each.name === name)?.status;
    return { json: found.json as Record<string, unknown>, status };
  };

  it("every old hash verifies", async () => {
    const { rows } = await pool.query<{ id: number }>("select id from snapshots order by id");
    expect(rows).toHaveLength(2);
    for (const { id } of rows) {
      const verified = await verifySnapshot(pool, (part) => keyOfPart(before, part), id, null);
      expect(verified.length).toBe(before.sources.length);
      for (const { name, recorded, found } of verified)
        expect([id, name, found]).toEqual([id, name, recorded]);
    }
  });

  it("the old run reproduces identically", async () => {
    const { reproduce } = await app.client.query("mutation ($id: ID!) { reproduce(runId: $id) { id } }", {
      id: original,
    });
    const run = await app.client.finished(reproduce.id, 180_000);
    expect(run.error).toBeNull();
    expect(run.result).toMatchObject({ identical: true, differences: [] });
  });

  it("as of a date before, the added feature is not declared, the retired one is served, the renamed one by its new name", async () => {
    const then = await features(first[1]);
    expect(then.status(added)).toBe("NOT_DECLARED");
    expect([then.json[added], then.json[retired.name]]).toEqual([null, held[retired.name]]);
    expect(then.status(retired.name)).toBe("PRESENT");
    expect(then.json[renamed.to]).toBe(held[renamed.from]);
    expect(then.status(renamed.to)).toBe("PRESENT");
    const now = await features();
    expect([now.status(added), now.status(retired.name)]).toEqual(["NOT_DECLARED", "NOT_DECLARED"]);
    expect(now.json[retired.name]).toBeNull();
    expect(now.status(renamed.to)).toBe("PRESENT");
  });

  it("Production says why it cannot serve, in health, at the version and to who asks", async () => {
    const { health, modelVersion } = await app.client.query(
      `{ health { status problems { subject message remedy } }
         modelVersion(model: "${model}", version: 1) { stage servable notServable } }`,
    );
    expect(health.status).toBe("DEGRADED");
    expect(JSON.stringify(health.problems)).toContain(retired.name);
    expect(modelVersion).toMatchObject({ stage: "PRODUCTION", servable: false });
    expect(modelVersion.notServable).toContain(retired.name);
    const error = await app.client.error(
      `{ predict(${story.argument}: "${key}", model: "${model}") { probability } }`,
    );
    expect(error).toMatchObject({ code: "MODEL_NOT_SERVABLE" });
  });

  it("training on an old date refuses the added feature by name", async () => {
    const error = await app.client.error(
      `mutation { train(input: { model: "${model}", asOf: "${first[1]}", params: { trees: 2 } }) { id } }`,
    );
    expect(error).toMatchObject({ code: "BAD_USER_INPUT", message: expect.stringContaining(added) });
  });

  it("training leaves the added feature out where that is asked, says so, and is reproduced without it", async () => {
    const run = await app.client.train({
      model,
      asOf: first[1],
      params: { ...story.params, trees: 3 },
      undeclared: "LEAVE_OUT",
    });
    expect(run.error).toBeNull();
    const { run: shown } = await app.client.query(
      "query ($id: ID!) { run(id: $id) { params modelVersion { signature { features { name } } } } }",
      { id: run.id },
    );
    expect(shown.params.leftOut).toEqual([added]);
    const names = shown.modelVersion.signature.features.map(({ name }: { name: string }) => name);
    expect(names).toContain(renamed.to);
    expect(names).not.toContain(added);
    const { reproduce } = await app.client.query("mutation ($id: ID!) { reproduce(runId: $id) { id } }", {
      id: run.id,
    });
    const again = await app.client.finished(reproduce.id, 180_000);
    expect(again.result).toMatchObject({ identical: true, differences: [] });
  });

  it("a new delivery and a new version go on, judged against a Production that cannot answer, which is on record", async () => {
    const ingested = await app.client.ingest(...third);
    expect(ingested.error).toBeNull();
    const now = await features();
    expect(now.status(added)).toBe("PRESENT");
    const run = await app.client.train({ model, asOf: third[1], seed: 1, params: story.params });
    expect(run.error).toBeNull();
    const data = await app.client.query(
      `mutation { promote(input: { model: "${model}", version: 3, force: true, reason: "the first cannot answer" }) {
         version stage transitions { to gates { name passed message } } } }`,
    );
    expect(data.promote).toMatchObject({ version: 3, stage: "PRODUCTION" });
    const { gates } = data.promote.transitions.find(({ to }: { to: string }) => to === "PRODUCTION");
    expect(gates.find(({ name }: { name: string }) => name === "not_worse_than_production")).toMatchObject({
      passed: true,
      message: expect.stringMatching(/not applicable.*cannot/i),
    });
    const { predict, health } = await app.client.query(
      `{ predict(${story.argument}: "${key}", model: "${model}") { probability modelVersion { version } }
         health { status } }`,
    );
    expect(predict.modelVersion.version).toBe(3);
    expect(health.status).toBe("OK");
  });
}
