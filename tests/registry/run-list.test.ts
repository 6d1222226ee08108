import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { startIngest } from "../support/cluster.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";

let app: TestApp;
const started: { id: string; kind: string; status: string }[] = [];

beforeAll(async () => {
  app = await startTestApp();
  writeDelivery(app.dataDir, "month", smallDelivery(userIds(200)));
  const broken = smallDelivery(userIds(5));
  broken.labels = ["user_id,churn_label", "U-00000,perhaps"];
  writeDelivery(app.dataDir, "broken", broken);
  const ran = async (run: Promise<{ id: string; status: string }>, kind: string) => {
    const { id, status } = await run;
    started.push({ id, kind, status });
  };
  await ran(app.client.ingest("month", "2024-01-31"), "INGEST");
  await ran(app.client.ingest("month", "2024-02-29"), "INGEST");
  await ran(app.client.ingest("broken", "2024-02-29"), "INGEST");
  for (const [asOf, seed] of [
    ["2024-01-31", 1],
    ["2024-01-31", 2],
    ["2024-02-29", 1],
  ]) {
    const input = { asOf, seed, algorithm: "LOGISTIC_REGRESSION" };
    await ran(app.client.train(input), "TRAIN");
  }
});
afterAll(() => app?.stop());

async function list(args: string): Promise<string[]> {
  const { runs } = await app.client.query(`{ runs(${args}) { nodes { id } } }`);
  return runs.nodes.map(({ id }: { id: string }) => id);
}

describe("runs(where:)", () => {
  it.each([
    ["where: { kind: TRAIN }, orderBy: CREATED_ASC", [3, 4, 5]],
    ["where: { kind: MATERIALIZE }", []],
    ["where: { status: FAILED }", [2]],
    ["where: { status: SUCCEEDED }, orderBy: CREATED_ASC", [0, 1, 3, 4, 5]],
    ["where: { kinds: [TRAIN, MATERIALIZE] }, orderBy: CREATED_ASC", [3, 4, 5]],
    ["where: { kinds: [TRAIN, INGEST, TRAIN], statuses: [FAILED, CANCELLED] }", [2]],
    ["where: { kinds: [TRAIN], kind: INGEST }", []],
    ["where: { statuses: [] }", []],
    ['where: { asOf: "2024-02-29" }, orderBy: CREATED_ASC', [1, 2, 5]],
    ['where: { asOf: "2024-02-29", status: SUCCEEDED, kind: INGEST }', [1]],
    ['where: { model: "churn" }, orderBy: CREATED_ASC', [3, 4, 5]],
    ['where: { model: "other" }', []],
    ['where: { metric: { name: "auc" } }, orderBy: CREATED_ASC', [3, 4, 5]],
    ['where: { metric: { name: "auc", min: 1.5 } }', []],
    ['where: { metric: { name: "auc", max: -0.5 } }', []],
    ['where: { metric: { name: "no_such" } }', []],
    ["", [5, 4, 3, 2, 1, 0]],
  ])("%s", async (args, expected) => {
    const ids = await list(args || "orderBy: CREATED_DESC");
    expect(ids.map((id) => started.findIndex((run) => run.id === id))).toEqual(expected);
  });

  it("bounds a metric at both ends, ends included", async () => {
    const { runs } = await app.client.query(
      '{ runs(where: { kind: TRAIN }, orderBy: CREATED_ASC) { nodes { id metric(name: "auc") } } }',
    );
    const aucs: number[] = runs.nodes.map((run: { metric: number }) => run.metric);
    const [low, high] = [Math.min(...aucs), Math.max(...aucs)];
    const within = async (min: number, max: number) =>
      (
        await app.client.query(
          'query($min: Float, $max: Float) { runs(where: { metric: { name: "auc", min: $min, max: $max } }) { totalCount } }',
          { min, max },
        )
      ).runs.totalCount;
    expect(await within(low, high)).toBe(3);
    expect(await within(low, low)).toBe(aucs.filter((auc) => auc === low).length);
    expect(await within(high + 1e-9, 2)).toBe(0);
  });

  it("orders by duration, longest first", async () => {
    const { runs } = await app.client.query("{ runs(orderBy: DURATION_DESC) { nodes { durationMs } } }");
    const durations: number[] = runs.nodes.map((run: { durationMs: number }) => run.durationMs);
    expect(durations).toHaveLength(started.length);
    expect(durations).toEqual([...durations].sort((a, b) => b - a));
  });
});

describe("edges", () => {
  it("are the nodes with their cursors, each of which the list goes on from", async () => {
    const selected = `edges { cursor node { id } } nodes { id }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`;
    const page = async (after: string | null) =>
      (
        await app.client.query(`query($after: String) { runs(first: 4, after: $after) { ${selected} } }`, {
          after,
        })
      ).runs;
    const first = await page(null);
    expect(first.edges.map(({ node }: any) => node)).toEqual(first.nodes);
    expect(first.pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: first.edges[0].cursor,
      endCursor: first.edges[3].cursor,
    });
    const rest = await page(first.edges[1].cursor);
    expect(rest.nodes.slice(0, 2)).toEqual(first.nodes.slice(2));
    expect(rest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const none = await page(rest.pageInfo.endCursor);
    expect(none).toEqual({
      edges: [],
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null },
    });
  });

  it.each(["users", "snapshots", "runs"])("of %s begin and end as the page says", async (list) => {
    const { [list]: page } = await app.client.query(
      `{ ${list}(first: 2) { edges { cursor node { id } } nodes { id } pageInfo { startCursor endCursor } } }`,
    );
    expect(page.edges.map(({ node }: any) => node)).toEqual(page.nodes);
    const [startCursor, endCursor] = page.edges.map(({ cursor }: any) => cursor);
    expect(page.pageInfo).toEqual({ startCursor, endCursor });
  });
});

describe("node", () => {
  it("finds again each type of object by the id it gave", async () => {
    await app.client.query(
      `mutation { setSchedule(input: { name: "each night", cron: "0 3 * * *", kind: MATERIALIZE, params: {} }) { id } }`,
    );
    const data = await app.client.query(
      `{ user(userId: "U-00007") { id } snapshot(asOf: "2024-01-31") { id } model(name: "churn") { id }
         modelVersion(model: "churn", version: 2) { id } featureView(name: "subs_profile") { id }
         schedule(name: "each night") { id } run(id: "${started[3]!.id}") { id } }`,
    );
    const ids = Object.values(data).map((found: any) => found.id);
    expect(ids).toEqual([
      "user:U-00007",
      "snapshot:2024-01-31:1",
      "model:churn",
      "version:churn:2",
      "view:subs_profile",
      "schedule:each%20night",
      started[3]!.id,
    ]);
    const { nodes } = await app.client.query(
      `query($ids: [ID!]!) { nodes(ids: $ids) { __typename id
         ... on User { userId } ... on Snapshot { asOf revision } ... on RegisteredModel { latest { version } }
         ... on ModelVersion { version run { kind } } ... on FeatureView { features { view } } ... on Schedule { name }
         ... on Run { status } } }`,
      { ids },
    );
    expect(nodes.map(({ id }: any) => id)).toEqual(ids);
    expect(nodes).toMatchObject([
      { __typename: "User", userId: "U-00007" },
      { __typename: "Snapshot", asOf: "2024-01-31", revision: 1 },
      { __typename: "RegisteredModel", latest: { version: 3 } },
      { __typename: "ModelVersion", version: 2, run: { kind: "TRAIN" } },
      { __typename: "FeatureView" },
      { __typename: "Schedule", name: "each night" },
      { __typename: "Run", status: "SUCCEEDED" },
    ]);
    expect(nodes[4].features[0]).toEqual({ view: "subs_profile" });
  });

  it.each([
    "",
    ":",
    "user",
    "user:nobody",
    "user:%ZZ",
    "user:a%00b",
    "user:U-00007:1",
    "snapshot:2024-01-31:2",
    "snapshot:2024-02-30:1",
    "snapshot:2024-01-31:99999999999",
    "version:churn:0",
    "version:churn:1e0",
    "model:none",
    "view:none",
    "schedule:none",
    "constructor:a",
    "00000000-0000-4000-8000-000000000000",
    "7",
  ])("is null for %j, which is nobody's id", async (id) => {
    const { node, nodes } = await app.client.query(
      "query($id: ID!) { node(id: $id) { id } nodes(ids: [$id, $id]) { id } }",
      { id },
    );
    expect([node, nodes]).toEqual([null, [null, null]]);
  });
});

describe("paging while new runs arrive", () => {
  it.each(["CREATED_DESC", "CREATED_ASC", "DURATION_DESC"])("%s has no gap and no repeat", async (order) => {
    const before = new Set(await list("first: 200"));
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const { runs }: any = await app.client.query(
        `query($after: String) { runs(orderBy: ${order}, first: 2, after: $after) {
          nodes { id } pageInfo { hasNextPage endCursor } totalCount } }`,
        { after },
      );
      seen.push(...runs.nodes.map(({ id }: { id: string }) => id));
      more = runs.pageInfo.hasNextPage && seen.length < 100;
      after = runs.pageInfo.endCursor;
      if (seen.length <= 6) await app.client.finished(await startIngest(app.client, "month", "2024-01-31"));
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect([...before].filter((id) => !seen.includes(id))).toEqual([]);
  });

  it("refuses another list's cursor", async () => {
    const { snapshots } = await app.client.query("{ snapshots(first: 1) { pageInfo { endCursor } } }");
    const byDuration = await app.client.query(
      "{ runs(orderBy: DURATION_DESC, first: 1) { pageInfo { endCursor } } }",
    );
    for (const after of [snapshots.pageInfo.endCursor, byDuration.runs.pageInfo.endCursor]) {
      const query = "query($after: String) { runs(after: $after) { totalCount } }";
      expect(await app.client.error(query, { after })).toMatchObject({
        code: "BAD_USER_INPUT",
        message: `after: "${after}" is no cursor of this list; pass pageInfo.endCursor of the page before`,
      });
    }
  });
});

describe("run.events(after:, first:)", () => {
  it("pages through everything that happened, oldest first", async () => {
    const { id } = started[0]!;
    const all = await app.sql<{ id: string }>("select id from run_events where run_id = $1 order by id", [
      id,
    ]);
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const { run }: any = await app.client.query(
        "query($id: ID!, $after: ID) { run(id: $id) { events(after: $after, first: 3) { id runId } } }",
        { id, after },
      );
      if (run.events.length === 0) break;
      for (const event of run.events) expect(event.runId).toBe(id);
      seen.push(...run.events.map((event: { id: string }) => event.id));
      after = seen.at(-1)!;
    }
    expect(seen).toEqual(all.map((event) => event.id));
  });
});
