import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { derivedRunId } from "../../src/jobs/engine/derived-run-id.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { scrape } from "../support/metrics.js";
import { until } from "../support/until.js";
import { problemsOf } from "./event-shape.js";
import { TestReceiver } from "./receiver.js";

const JANUARY = "2024-01-31";
const USERS = userIds(200);
const KEY = "key-of-the-receiver";

describe("lineage", () => {
  let app: TestApp;
  let receiver: TestReceiver;

  beforeAll(async () => {
    receiver = new TestReceiver();
    await receiver.start();
    const url = `${receiver.url}/api/v1/lineage`;
    app = await startTestApp({ lineage: { url, apiKey: KEY, namespace: "tests", keepDays: 7 } });
    writeDelivery(app.dataDir, "january", smallDelivery(USERS));
    writeDelivery(app.dataDir, "broken", {
      ...smallDelivery(USERS),
      payments_agg_90d: ["user_id,failed_payments_90d", `${USERS[0]},-1`],
    });
    await until("the cursor is there", async () => (await cursor()) !== null);
  }, 300_000);
  afterAll(async () => {
    await app?.stop();
    await receiver?.stop();
  });

  const cursor = async (): Promise<string | null> =>
    (await app.sql<{ at: string }>("select event_id::text as at from lineage_cursors"))[0]?.at ?? null;
  const ended = (runId: string) => until(`the end of ${runId} is received`, () => receiver.hasEnded(runId));
  const allSent = () =>
    until("nothing waits", async () => {
      return (await problem()) === undefined && (await waiting()) === 0;
    });
  const problem = async (): Promise<{ subject: string; message: string } | undefined> => {
    const { health } = await app.client.query("{ health { problems { subject message } } }");
    return health.problems.find(({ subject }: { subject: string }) => subject === "lineage");
  };
  const waiting = async () => (await scrape(app.asof.address)).get("asof_lineage_waiting_events");

  it("tells of each run in its order: what it read and made, with columns, expectations and git, and nothing of a person", async () => {
    const failed = await app.client.ingest("broken", "2023-12-31");
    const ingested = await app.client.ingest("january", JANUARY);
    const trained = await app.client.train({ asOf: JANUARY, algorithm: "LOGISTIC_REGRESSION" });
    expect([failed.status, ingested.error, trained.error]).toEqual(["FAILED", null, null]);
    for (const { id } of [failed, ingested, trained]) await ended(id);
    expect([failed, ingested, trained].map(({ id }) => receiver.typesOf(id))).toEqual([
      ["START", "FAIL"],
      ["START", "COMPLETE"],
      ["START", "COMPLETE"],
    ]);
    expect(receiver.received[0]).toMatchObject({
      path: "/api/v1/lineage",
      authorization: `Bearer ${KEY}`,
    });

    const fail = receiver.of(failed.id)[1]!;
    expect(fail.run.facets.errorMessage).toMatchObject({
      message: `VALIDATION_FAILED in step validate; run ${failed.id} of asof says more`,
    });
    const refused = fail.inputs.find(({ name }) => name.includes("payments_agg_90d"))!;
    expect(refused.inputFacets?.dataQualityAssertions?.assertions).toContainEqual(
      expect.objectContaining({ column: "failed_payments_90d", success: false, severity: "error" }),
    );
    expect(fail.outputs).toEqual([]);

    const ingest = receiver.of(ingested.id)[1]!;
    expect(ingest).toMatchObject({
      job: { namespace: "tests", name: "asof.ingest" },
      run: { facets: { nominalTime: { nominalStartTime: "2024-01-31T00:00:00Z" } } },
    });
    const payments = ingest.inputs.find(({ name }) => name.includes("payments_agg_90d"))!;
    expect(payments).toMatchObject({
      namespace: "tests",
      name: "deliveries/january/payments_agg_90d.csv",
      facets: { version: { datasetVersion: expect.stringMatching(/^[0-9a-f]{64}$/) } },
      inputFacets: { dataQualityMetrics: { rowCount: 200, bytes: expect.any(Number) } },
    });
    const part = ingest.outputs.find(({ name }) => name === "snapshots.payments_agg_90d")!;
    expect(part).toMatchObject({
      facets: {
        version: { datasetVersion: "2024-01-31/1" },
        schema: {
          fields: expect.arrayContaining([{ name: "failed_payments_90d", type: expect.any(String) }]),
        },
      },
      outputFacets: { outputStatistics: { rowCount: 200 } },
    });
    expect(ingest.outputs.map(({ name }) => name)).toContain("online.payments_agg_90d");

    const train = receiver.of(trained.id)[1]!;
    expect(train.inputs.map(({ name }) => name)).toContain("snapshots.labels");
    expect(train.outputs.map(({ name, facets }) => [name, facets.version?.datasetVersion])).toEqual([
      ["models.churn", "1"],
    ]);
    const all = JSON.stringify(receiver.received.map(({ event }) => event));
    for (const user of USERS) expect(all).not.toContain(user);
    for (const secret of [KEY, "tester"]) expect(all).not.toContain(secret);
  });

  it("says what a join of a file read and wrote", async () => {
    await allSent();
    const asked = `user_id,as_of\n${USERS.slice(0, 3)
      .map((user) => `${user},2024-02-10\n`)
      .join("")}`;
    const answer = await fetch(`${app.asof.address}/historical-features?service=churn&run=true`, {
      method: "POST",
      headers: { "content-type": "text/csv" },
      body: asked,
    });
    expect(answer.status).toBe(202);
    const { run } = (await answer.json()) as { run: string };
    expect(await app.client.finished(run)).toMatchObject({ error: null });
    await ended(run);
    expect(receiver.typesOf(run)).toEqual(["START", "COMPLETE"]);
    const [start, complete] = receiver.of(run);
    const sha256 = createHash("sha256").update(asked).digest("hex");
    const file = {
      namespace: "tests",
      name: `artifacts/${sha256}`,
      facets: { version: { datasetVersion: sha256 } },
    };
    expect(start!.inputs).toMatchObject([file]);
    expect(complete!.inputs[0]).toMatchObject(file);
    const parts = complete!.inputs.slice(1).map(({ name, facets }) => [name, facets.version?.datasetVersion]);
    expect(parts).toContainEqual(["snapshots.payments_agg_90d", "2024-01-31/1"]);
    // Labels are no features.
    expect(parts.map(([name]) => name)).not.toContain("snapshots.labels");
    expect(complete!.outputs).toMatchObject([
      {
        name: "joins.churn",
        facets: {
          version: { datasetVersion: run },
          schema: { fields: expect.arrayContaining([{ name: "user_id" }, { name: "failed_payments_90d" }]) },
        },
        outputFacets: { outputStatistics: { rowCount: 3, fileCount: 1, size: expect.any(Number) } },
      },
    ]);
    expect(JSON.stringify(receiver.of(run))).not.toContain(USERS[0]);
  });

  it("loses nothing and holds up no run while the receiver fails, hangs and is down: all comes in its order, and the backlog is told", async () => {
    await allSent();
    const before = receiver.received.length;
    const create = async () =>
      (await app.client.query("mutation { createRun(input: {}) { id } }")).createRun.id;
    const finish = (id: string) => app.client.query(`mutation { finishRun(id: "${id}") { id } }`);
    receiver.mood = 500;
    const first = await create();
    await until("it was refused", () => receiver.refused > 1);
    const told = await until("the problem is told", problem);
    expect(told.message).toMatch(/taken no event since .*, and \d+ wait: it answers 500$/);
    receiver.mood = "hangs";
    await finish(first);
    const second = await create();
    await receiver.stop();
    await finish(second);
    expect(receiver.received.length).toBe(before);
    expect(await waiting()).toBe(4);
    receiver.mood = 201;
    await receiver.start();
    for (const id of [first, second]) await ended(id);
    const later = receiver.received.slice(before).map(({ event }) => [event.run.runId, event.eventType]);
    expect(later).toEqual(
      [first, second].flatMap((id) => [
        [id, "START"],
        [id, "COMPLETE"],
      ]),
    );
    await allSent();
  });

  it("gives each run one START and one end: of one that never ran, and of each time that one is begun again", async () => {
    const failed = await app.client.ingest("broken", "2023-11-30");
    const { retryRun } = await app.client.query(`mutation { retryRun(id: "${failed.id}") { id } }`);
    await app.client.finished(retryRun.id);
    const again = derivedRunId(failed.id, "attempt 2");
    await ended(again);
    expect([receiver.typesOf(failed.id), receiver.typesOf(again)]).toEqual([
      ["START", "FAIL"],
      ["START", "FAIL"],
    ]);

    const mlflow = async (call: string, body: object) => {
      const answer = await fetch(`${app.asof.address}/mlflow/api/2.0/mlflow/${call}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      expect(answer.status).toBe(200);
      return (await answer.json()) as { run: { info: { run_id: string } } };
    };
    const { run } = await mlflow("runs/create", { experiment_id: "0", start_time: Date.now() });
    const { run_id } = run.info;
    const id = run_id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    for (const status of ["FINISHED", "RUNNING", "KILLED"]) await mlflow("runs/update", { run_id, status });
    const taken = derivedRunId(id, "attempt 2");
    await ended(taken);
    expect([receiver.typesOf(id), receiver.typesOf(taken)]).toEqual([
      ["START", "COMPLETE"],
      ["START", "ABORT"],
    ]);
  });

  it("sends once more what nobody confirmed, and another process goes on where one died", async () => {
    await allSent();
    receiver.mood = "vanishes";
    const { createRun } = await app.client.query("mutation { createRun(input: {}) { id } }");
    await until("it was taken twice", () => receiver.of(createRun.id).length >= 2);
    // As a process leaves it that was killed: it holds the place for a while.
    await app.sql(
      "update lineage_cursors set sender = gen_random_uuid(), held_until = clock_timestamp() + interval '1 hour'",
    );
    receiver.mood = 201;
    await app.client.query(
      `mutation { finishRun(id: "${createRun.id}", status: FAILED, reason: "of ${USERS[0]}") { id } }`,
    );
    const had = receiver.typesOf(createRun.id);
    expect(new Set(had)).toEqual(new Set(["START"]));
    await app.sql("update lineage_cursors set held_until = clock_timestamp()");
    await ended(createRun.id);
    expect(receiver.typesOf(createRun.id).slice(-2)).toEqual(["START", "FAIL"]);
    expect(JSON.stringify(receiver.of(createRun.id))).not.toContain(USERS[0]);
  });

  it("passes over what is refused for good, and what is too old", async () => {
    await allSent();
    receiver.mood = 422;
    const before = receiver.refused;
    const create = async () =>
      (await app.client.query("mutation { createRun(input: {}) { id } }")).createRun.id;
    const refused = await create();
    await until("it was refused", () => receiver.refused === before + 1);
    receiver.mood = 500;
    const old = await create();
    await app.sql("update run_events set at = at - interval '8 days' where run_id = $1", [old]);
    // One may have been under way.
    const refusals = receiver.refused;
    await until(
      "nothing of it is under way",
      async () => receiver.refused > refusals + 1 || (await waiting()) === 0,
    );
    receiver.mood = 201;
    const taken = await create();
    await until("the next is taken", () => receiver.of(taken).length > 0);
    expect([receiver.of(refused), receiver.of(old)]).toEqual([[], []]);
  });

  it("writes every event as OpenLineage's specification has it", () => {
    expect(receiver.received.length).toBeGreaterThan(15);
    for (const { event } of receiver.received) expect(problemsOf(event)).toEqual([]);
  });
});
