import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { refusal, type Tracker, tracker } from "../support/tracker.js";

let app: TestApp;
let client: Tracker;
/** By name; created in this order. */
const RUNS: Record<
  string,
  { params?: object; tags?: object; metrics?: Record<string, number>; end?: string }
> = {
  a: {
    params: { lr: 0.1, model: "churn", asOf: "2024-01-31" },
    tags: { team: "one" },
    metrics: { auc: 0.7, loss: 2 },
  },
  b: {
    params: { lr: 0.1, opt: { name: "adam", betas: [0.9, 0.99] } },
    tags: { team: "two", keep: "yes" },
    metrics: { auc: 0.9 },
  },
  c: {
    params: { lr: "0.1", "opt.name": "sgd", empty: null },
    tags: { team: "one" },
    metrics: { auc: 0.8, loss: 1 },
    end: "FAILED",
  },
  d: { params: { lr: 100, opt: { name: "adam" }, on: true }, metrics: { loss: 3 }, end: "SUCCEEDED" },
};
const ids = new Map<string, string>();

beforeAll(async () => {
  app = await startTestApp({ role: "api" });
  client = tracker(app);
  for (const [name, { params, tags, metrics, end }] of Object.entries(RUNS)) {
    const { id } = await client.create({ name, params, tags });
    ids.set(id, name);
    if (metrics) {
      const points = Object.entries(metrics).map(([metric, value]) => ({ name: metric, value, step: 2 }));
      // An earlier step that comes late is not the latest value.
      await client.metrics(id, points);
      await client.metrics(
        id,
        points.map((point) => ({ ...point, value: 50, step: 1 })),
      );
    }
    if (end) await client.finish(id, end);
  }
});
afterAll(() => app?.stop());

async function names(args: string): Promise<string> {
  const { runs } = await app.client.query(`{ runs(${args}) { nodes { id } totalCount totalCountIsExact } }`);
  expect(runs).toMatchObject({ totalCount: runs.nodes.length, totalCountIsExact: true });
  return runs.nodes.map(({ id }: { id: string }) => ids.get(id)).join("");
}

describe("runs(where:) finds", () => {
  it.each([
    ['params: [{ name: "lr", value: 0.1 }]', "ab"],
    ['params: [{ name: "lr", value: "0.1" }]', "c"],
    ['params: [{ name: "lr", value: 1e2 }]', "d"],
    ['params: [{ name: "lr" }]', "abcd"],
    ['params: [{ name: "opt" }]', "bd"],
    ['params: [{ name: "opt.name", value: "adam" }]', "bd"],
    ['params: [{ name: "opt.name", value: "sgd" }]', "c"],
    ['params: [{ name: "opt", value: { name: "adam" } }]', "bd"],
    ['params: [{ name: "opt.betas", value: [0.9, 0.99] }]', "b"],
    ['params: [{ name: "opt.betas", value: [0.9] }]', ""],
    ['params: [{ name: "empty", value: null }]', "c"],
    ['params: [{ name: "on", value: true }]', "d"],
    ['params: [{ name: "lr", value: 0.1 }, { name: "opt.name", value: "adam" }]', "b"],
    ['tags: [{ name: "team", value: "one" }]', "ac"],
    ['tags: [{ name: "team" }]', "abc"],
    ['tags: [{ name: "keep" }, { name: "team", value: "two" }]', "b"],
    ['tags: [{ name: "keep" }, { name: "team", value: "one" }]', ""],
    ['metrics: [{ name: "auc", min: 0.8 }]', "bc"],
    ['metrics: [{ name: "auc", min: 0.75 }, { name: "loss", max: 1.5 }]', "c"],
    ['metrics: [{ name: "loss" }], metric: { name: "auc" }', "ac"],
    ['metrics: [{ name: "auc", min: 50 }]', ""],
    ['actor: "tester"', "abcd"],
    ['actor: "somebody"', ""],
    ["kind: EXTERNAL, status: FAILED", "c"],
    ['model: "churn", asOf: "2024-01-31"', "a"],
    ['createdFrom: "2000-01-01T00:00:00Z", createdBefore: "2100-01-01T00:00:00Z"', "abcd"],
    ['createdFrom: "2100-01-01T00:00:00Z"', ""],
  ])("{ %s }: %s", async (where, expected) => {
    expect(await names(`orderBy: CREATED_ASC, where: { ${where} }`)).toBe(expected);
  });
});

describe("runs(orderByMetric:)", () => {
  it.each([
    ['orderByMetric: { name: "auc" }', "bca"],
    ['orderByMetric: { name: "auc", direction: ASC }', "acb"],
    ['orderByMetric: { name: "loss", direction: ASC }', "cad"],
    ['orderByMetric: { name: "loss" }, where: { status: RUNNING }', "a"],
    ['orderByMetric: { name: "auc" }, where: { metrics: [{ name: "auc", max: 0.85 }] }', "ca"],
    ['orderByMetric: { name: "none" }', ""],
  ])("%s: %s", async (args, expected) => {
    expect(await names(args)).toBe(expected);
  });

  it("pages on from where it was, with equal values and filters too", async () => {
    const tagged: string[] = [];
    for (let i = 0; i < 9; i++) {
      const { id } = await client.create({ tags: { group: "tie" } });
      tagged.push(id);
      await client.metrics(id, [{ name: "tie", value: i % 2 }]);
    }
    const list = async (first: number) => {
      const seen: string[] = [];
      for (let after: string | null = null, more = true; more; ) {
        const { runs }: any = await app.client.query(
          `query($first: Int!, $after: String) { runs(first: $first, after: $after, orderByMetric: { name: "tie" },
             where: { tags: [{ name: "group", value: "tie" }] }) { nodes { id } pageInfo { hasNextPage endCursor } } }`,
          { first, after },
        );
        seen.push(...runs.nodes.map(({ id }: { id: string }) => id));
        ({ hasNextPage: more, endCursor: after } = runs.pageInfo);
      }
      return seen;
    };
    const whole = await list(100);
    expect([...whole].sort()).toEqual([...tagged].sort());
    expect(await list(2)).toEqual(whole);
  });

  it("refuses the cursor of another metric's list", async () => {
    const { runs } = await app.client.query(
      '{ runs(first: 1, orderByMetric: { name: "auc" }) { pageInfo { endCursor } } }',
    );
    const query =
      'query($after: String) { runs(after: $after, orderByMetric: { name: "loss" }) { nodes { id } } }';
    const { code } = await app.client.error(query, { after: runs.pageInfo.endCursor });
    expect(code).toBe("BAD_USER_INPUT");
  });
});

describe("a page whose runs are far from where it begins", () => {
  it("is found all the same, in every order, and counted up to the limit", async () => {
    const bulk = 5_100;
    await app.sql(
      `insert into runs (id, kind, status, params, actor, created_at, started_at, finished_at, experiment_id, tags)
       select gen_random_uuid(), 'EXTERNAL', 'SUCCEEDED', '{}', 'bulk', now() + make_interval(secs => i), now(),
         now() + make_interval(secs => i), 0, case when i <= 3 then '{"far": "yes"}'::jsonb else '{}' end
       from generate_series(1, $1::int) i`,
      [bulk],
    );
    await app.sql(
      `insert into run_metrics (run_id, name, step, value)
       select id, 'bulk', 0, extract(epoch from created_at) from runs where actor = 'bulk'`,
    );
    const far = async (order: string) => {
      const { runs } = await app.client.query(
        `{ runs(${order}, where: { tags: [{ name: "far" }] }) { nodes { durationMs } pageInfo { hasNextPage } } }`,
      );
      expect(runs.pageInfo.hasNextPage).toBe(false);
      return runs.nodes.map(({ durationMs }: { durationMs: number }) => Math.round(durationMs / 1000));
    };
    expect(await far("orderBy: CREATED_DESC")).toEqual([3, 2, 1]);
    expect(await far("orderBy: DURATION_DESC")).toEqual([3, 2, 1]);
    expect(await far('orderByMetric: { name: "bulk" }')).toEqual([3, 2, 1]);
    expect(await far('orderByMetric: { name: "bulk", direction: ASC }')).toEqual([1, 2, 3]);
    const { runs } = await app.client.query(
      '{ runs(first: 1, where: { actor: "bulk" }) { totalCount totalCountIsExact } }',
    );
    expect(runs).toEqual({ totalCount: 5_000, totalCountIsExact: false });
  });
});

describe("refused", () => {
  it.each([
    ['where: { tags: [{ name: "" }] }', "where.tags[0].name cannot be used: it is empty"],
    ['orderByMetric: { name: "" }', "orderByMetric.name cannot be used: it is empty"],
    [
      `where: { params: [${'{ name: "a" }, '.repeat(21)}] }`,
      "where.params: at most 20 were expected; got 21",
    ],
    [
      'where: { params: [{ name: "a", value: "\\u0000" }] }',
      "where.params cannot be used: it holds a NUL character",
    ],
  ])("%s", async (args, message) => {
    expect(await app.client.error(`{ runs(${args}) { totalCount } }`)).toMatchObject({
      code: "BAD_USER_INPUT",
      message,
    });
  });
});

describe("updateRun", () => {
  it("sets, replaces and removes tags, name and note of any run, each as an event", async () => {
    const { id } = await client.create({ name: "x", tags: { a: "1", b: "2" } });
    await client.finish(id);
    const changed = await client.update({
      id,
      tags: { a: null, b: "3", c: "4" },
      note: "kept for the audit",
    });
    expect(changed).toMatchObject({ name: "x", tags: { b: "3", c: "4" }, note: "kept for the audit" });
    expect(await client.update({ id, name: null, note: null })).toMatchObject({
      name: null,
      tags: { b: "3", c: "4" },
      note: null,
    });
    const events = await app.sql(
      "select message from run_events where run_id = $1 and type = 'LOG' order by id",
      [id],
    );
    expect(events.map(({ message }) => message)).toEqual([
      "tag a removed, tag b: 3, tag c: 4, note written (tester)",
      "name removed, note removed (tester)",
    ]);
  });

  it("is bounded", async () => {
    const { id } = await client.create();
    const tags = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`t${i}`, "x"]));
    expect(await refusal(client.update({ id, tags }))).toEqual({
      code: "BAD_USER_INPUT",
      message: `tags: run ${id} would have 101, 100 are accepted`,
    });
    expect((await client.run(id)).tags).toEqual({});
    expect((await refusal(client.update({ id, tags: { a: 1 } }))).message).toBe(
      "input.tags.a: a text of at most 2000 characters was expected; got 1",
    );
    expect((await refusal(client.update({ id, note: "x".repeat(20_001) }))).message).toBe(
      "input.note cannot be used: it has 20001 characters; at most 20000 are accepted",
    );
  });
});
