import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse, validate } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "../../src/db/pool.js";
import { compareRuns } from "../../src/registry/run-comparison.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { fakeRun } from "../support/fake-services.js";
import { emittedSchema } from "../support/schema.js";
import { refusal, type Tracker, tracker } from "../support/tracker.js";
import { until } from "../support/until.js";

describe("compareRuns", () => {
  const params = (...each: Record<string, unknown>[]) =>
    compareRuns(
      each.map((values) => ({ ...fakeRun, params: values })),
      each.map(() => []),
    ).params;

  it("takes parameters apart into leaves, lists left whole", () => {
    expect(params({ a: { b: { c: 1 }, d: {} }, l: [1, { x: 2 }] })).toEqual([
      { name: "a.b.c", values: [1], differs: false },
      { name: "a.d", values: [{}], differs: false },
      { name: "l", values: [[1, { x: 2 }]], differs: false },
    ]);
  });

  it("tells equal values from different, missing and empty ones", () => {
    expect(params({ same: [1, 2], other: 1, gone: 1, empty: null }, { same: [1, 2], other: "1" })).toEqual([
      { name: "empty", values: [null, null], differs: true },
      { name: "gone", values: [1, null], differs: true },
      { name: "other", values: [1, "1"], differs: true },
      {
        name: "same",
        values: [
          [1, 2],
          [1, 2],
        ],
        differs: false,
      },
    ]);
  });
});

it("is among the examples, which all fit the schema", () => {
  const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  expect(validate(emittedSchema, parse(read("examples/tracking.graphql")))).toEqual([]);
});

describe("through the API", () => {
  let app: TestApp;
  let client: Tracker;
  let ingest: string;
  beforeAll(async () => {
    app = await startTestApp();
    client = tracker(app);
    writeDelivery(app.dataDir, "month", smallDelivery(userIds(20)));
    ingest = (await app.client.ingest("month", "2024-01-31")).id;
  });
  afterAll(() => app?.stop());

  const COMPARE = `query($ids: [ID!]!) { compareRuns(ids: $ids) {
    runs { id } params { name values differs } metrics { name values differs } } }`;

  it("sets runs side by side, in the order asked for, by the latest value of each metric", async () => {
    const one = await client.create({ params: { lr: 0.1, opt: { name: "adam" } } });
    const two = await client.create({ params: { lr: 0.2, opt: { name: "adam" } } });
    await client.metrics(one.id, [
      { name: "auc", value: 0.5, step: 1 },
      { name: "auc", value: 0.7, step: 2 },
    ]);
    await client.metrics(two.id, [
      { name: "auc", value: 0.7 },
      { name: "f1", value: 0.4 },
    ]);
    const { compareRuns: compared } = await app.client.query(COMPARE, {
      ids: [two.id.toUpperCase(), one.id],
    });
    expect(compared).toEqual({
      runs: [{ id: two.id }, { id: one.id }],
      params: [
        { name: "lr", values: [0.2, 0.1], differs: true },
        { name: "opt.name", values: ["adam", "adam"], differs: false },
      ],
      metrics: [
        { name: "auc", values: [0.7, 0.7], differs: false },
        { name: "f1", values: [0.4, null], differs: true },
      ],
    });
  });

  it("gives as many parameters and metrics as are asked for", async () => {
    const { id } = await client.create({ params: { a: 1, b: 2 } });
    await client.metrics(id, [
      { name: "auc", value: 0.5 },
      { name: "f1", value: 0.4 },
    ]);
    const { compareRuns: compared } = await app.client.query(
      "query($ids: [ID!]!) { compareRuns(ids: $ids) { params(first: 1) { name } metrics(first: 1) { name } } }",
      { ids: [id] },
    );
    expect(compared).toEqual({ params: [{ name: "a" }], metrics: [{ name: "auc" }] });
  });

  it("names the run it does not know, and is bounded", async () => {
    const unknown = randomUUID();
    expect(await app.client.error(COMPARE, { ids: [ingest, unknown] })).toMatchObject({
      code: "RUN_NOT_FOUND",
      message: `no run has the id "${unknown}"; query { runs { nodes { id } } } lists them`,
    });
    expect((await app.client.error(COMPARE, { ids: [ingest, "nonsense"] })).code).toBe("RUN_NOT_FOUND");
    expect((await app.client.error(COMPARE, { ids: [] })).message).toBe("ids: 1 to 500 were expected; got 0");
    expect((await app.client.error(COMPARE, { ids: Array(501).fill(ingest) })).code).toBe("BAD_USER_INPUT");
  });

  describe("deleteRun", () => {
    const countOf = async (id: string) => {
      const [row] = await app.sql(
        `select (select count(*)::int from runs where id = $1) as runs, (select count(*)::int from run_events where run_id = $1) as events,
           (select count(*)::int from run_metrics where run_id = $1) as metrics,
           (select count(*)::int from run_latest_metrics where run_id = $1) as latest,
           (select count(*)::int from artifacts where run_id = $1) as artifacts`,
        [id],
      );
      return row;
    };

    it("takes events, metrics and artifacts along, and the bytes that nobody else has", async () => {
      const [gone, kept] = [await client.create(), await client.create()];
      await client.metrics(gone.id, [
        { name: "a", value: 1 },
        { name: "a", value: 2, step: 1 },
      ]);
      const shared = await client.artifact(gone.id, "shared", "in both");
      await client.artifact(kept.id, "other name", "in both");
      const own = await client.artifact(gone.id, "own", "in one");
      await client.finish(gone.id);
      expect(await client.delete(gone.id)).toEqual({
        id: gone.id,
        events: 5,
        metrics: 2,
        artifacts: 2,
        bytesFreed: 6,
      });
      expect(await countOf(gone.id)).toEqual({ runs: 0, events: 0, metrics: 0, latest: 0, artifacts: 0 });
      expect((await fetch(app.client.address + shared.url)).status).toBe(200);
      expect((await fetch(app.client.address + own.url)).status).toBe(404);
      expect((await refusal(client.delete(gone.id))).code).toBe("RUN_NOT_FOUND");
    });

    it("is refused as long as the run goes on, and for what something was made from", async () => {
      const running = await client.create();
      expect(await refusal(client.delete(running.id))).toEqual({
        code: "CONFLICT",
        message: `run ${running.id} was not deleted: it is RUNNING; cancel or finish it first`,
      });
      const { code, message } = await refusal(client.delete(ingest));
      expect(code).toBe("CONFLICT");
      expect(message).toContain(`run ${ingest} was not deleted: snapshot 2024-01-31, revision 1, is its`);
      expect((await countOf(ingest))!.runs).toBe(1);
    });

    it("of two at once that have the same bytes frees them", async () => {
      const runs = [await client.create(), await client.create()];
      for (const { id } of runs) {
        await client.artifact(id, "shared", "in these two");
        await client.finish(id);
      }
      const session = createClient(app.url);
      await session.connect();
      // Both have deleted their names of the bytes, and neither has committed.
      await session.query("begin; lock table artifact_blobs in share mode");
      const deleted = Promise.all(runs.map(({ id }) => client.delete(id)));
      await until("both wait", async () => {
        const waiting = await app.sql(
          "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        );
        return waiting.length === 2;
      }).finally(() => session.end());
      expect((await deleted).map(({ bytesFreed }) => bytesFreed).sort()).toEqual([0, "in these two".length]);
    });

    it("takes along what the engine kept of a run of its own", async () => {
      const failed = (await app.client.ingest("month", "2024-01-31")).id;
      await app.sql("update online_views set run_id = $1 where run_id = $2", [ingest, failed]);
      const kept = () =>
        app.sql("select 1 from dbos.workflow_status where workflow_uuid like $1 || ':%'", [failed]);
      expect(await kept()).toHaveLength(1);
      await client.delete(failed);
      expect(await kept()).toHaveLength(0);
    });
  });
});
