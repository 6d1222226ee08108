import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../../support/app.js";
import { MlflowCalls, refusal, refused } from "./support.js";

let app: TestApp;
let mlflow: MlflowCalls;
let experiment: string;

beforeAll(async () => {
  app = await startTestApp();
  mlflow = new MlflowCalls(app);
  experiment = await mlflow.experiment("logging");
});
afterAll(() => app.stop());

const AT = 1_700_000_000_000;
const metric = (key: string, value: unknown, step: unknown = 0, timestamp: unknown = AT) => ({
  key,
  value,
  step,
  timestamp,
});
const log = (run: string, batch: object) => mlflow.post("runs/log-batch", { run_id: run, ...batch });
const history = async (run: string, metric_key: string, more: Record<string, string> = {}) =>
  mlflow.ok("GET", "metrics/get-history", { run_id: run, metric_key, ...more });
const latest = async (run: string) =>
  Object.fromEntries(
    ((await mlflow.read(run)).data.metrics ?? []).map((each: any) => [each.key, each.value]),
  );
const search = async (filter: string, more: Record<string, unknown> = {}): Promise<string[]> =>
  (await mlflow.ok("POST", "runs/search", { experiment_ids: [experiment], filter, ...more })).runs.map(
    (run: any) => run.info.run_name,
  );

describe("metrics", () => {
  it("keep several points of a step, NaN, infinities and steps of 53 bits; the same again is no other", async () => {
    const run = await mlflow.run(experiment);
    const points = [
      metric("loss", 3, 0, AT),
      metric("loss", 1, 0, AT + 1),
      metric("loss", 2, 0, AT + 2),
      metric("nan", "NaN"),
      metric("inf", "Infinity"),
      metric("minus", "-Infinity"),
      metric("far", 1.5, 5_000_000_000),
      metric("before", 1.5, "-3"),
    ];
    for (let again = 0; again < 2; again++)
      expect(await log(run, { metrics: points })).toMatchObject({ status: 200 });
    expect((await history(run, "loss")).metrics.map((each: any) => each.value)).toEqual([3, 1, 2]);
    expect(await latest(run)).toEqual({
      loss: 2,
      nan: "NaN",
      inf: "Infinity",
      minus: "-Infinity",
      far: 1.5,
      before: 1.5,
    });
    expect((await history(run, "before")).metrics).toEqual([metric("before", 1.5, -3)]);
    expect((await history(run, "nothing")).metrics).toEqual([]);
    // As Python writes them.
    expect(
      await mlflow.post(
        "runs/log-metric",
        `{"run_id": "${run}", "key": "bare", "value": -Infinity, "timestamp": ${AT}}`,
      ),
    ).toMatchObject({ status: 200 });
    const [{ text }] = (
      await app.client.query(
        'query($id: ID!) { run(id: $id) { latestMetrics(names: ["bare"]) { value text } } }',
        { id: run.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-") },
      )
    ).run.latestMetrics;
    expect(text).toBe("-Infinity");
  });

  it("are paged through, each point once", async () => {
    const run = await mlflow.run(experiment);
    await log(run, { metrics: Array.from({ length: 25 }, (_, i) => metric("loss", i, i % 3, AT + (i % 5))) });
    const values: number[] = [];
    for (let token: string | undefined = ""; token !== undefined; ) {
      const page: any = await history(run, "loss", { max_results: "4", page_token: token });
      values.push(...page.metrics.map((each: any) => each.value));
      token = page.next_page_token;
    }
    expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, i) => i));
    expect(
      await mlflow
        .get("metrics/get-history", { run_id: run, metric_key: "loss", page_token: "x" })
        .then(refused),
    ).toEqual([400, "INVALID_PARAMETER_VALUE"]);
  });

  it("follow what GraphQL writes: another value of a step takes the place of all its points", async () => {
    const run = await mlflow.run(experiment);
    const id = run.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    await log(run, {
      metrics: [metric("auc", 9, 2, AT), metric("auc", 8, 2, AT + 1), metric("auc", 1, 1, AT)],
    });
    await app.client.query(
      'mutation($id: ID!) { logMetrics(runId: $id, metrics: [{ name: "auc", step: 2, value: 5, at: "2001-01-01T00:00:00Z" }]) { id } }',
      { id },
    );
    expect(await latest(run)).toEqual({ auc: 5 });
    expect((await history(run, "auc")).metrics.map((each: any) => each.value)).toEqual([1, 5]);
  });
});

describe("batches", () => {
  it("are written whole or not at all", async () => {
    const run = await mlflow.run(experiment);
    await log(run, { params: [{ key: "p", value: "1" }] });
    const changed = await log(run, {
      metrics: [metric("never", 1)],
      tags: [{ key: "t", value: "1" }],
      params: [
        { key: "q", value: "1" },
        { key: "p", value: "2" },
      ],
    });
    expect(refusal(changed)).toEqual([
      400,
      "INVALID_PARAMETER_VALUE",
      expect.stringContaining('"p" with the value "1"'),
    ]);
    const { data } = await mlflow.read(run);
    expect([data.metrics, data.params]).toEqual([undefined, [{ key: "p", value: "1" }]]);
    expect(data.tags.map((tag: any) => tag.key)).not.toContain("t");
    expect(await log(run, { params: [{ key: "p", value: "1" }] })).toMatchObject({ status: 200, body: {} });
  });

  it.each([
    ["a step past 53 bits", { metrics: [metric("a", 1, "9223372036854775807")] }],
    ["a value that is none", { metrics: [metric("a", "many")] }],
    ["a time past the year 9999", { metrics: [metric("a", 1, 0, 8e15)] }],
    ["a name without an end", { metrics: [metric("a".repeat(251), 1)] }],
    ["no name", { params: [{ key: "", value: "1" }] }],
    ["a long parameter", { params: [{ key: "a", value: "x".repeat(6_001) }] }],
    ["a long tag", { tags: [{ key: "a", value: "x".repeat(8_001) }] }],
    ["a NUL", { tags: [{ key: "a\0", value: "b" }] }],
    ["half a character", { params: [{ key: "a", value: "\ud800" }] }],
    [
      "one parameter twice",
      {
        params: [
          { key: "a", value: "1" },
          { key: "a", value: "2" },
        ],
      },
    ],
    ["too many points", { metrics: Array.from({ length: 10_001 }, (_, i) => metric("a", i, i)) }],
    ["a list that is none", { metrics: { key: "a" } }],
  ])("refuse %s", async (_, batch) => {
    const run = await mlflow.run(experiment);
    expect(refused(await log(run, batch))).toEqual([400, "INVALID_PARAMETER_VALUE"]);
    const { data } = await mlflow.read(run);
    expect([data.metrics, data.params]).toEqual([undefined, undefined]);
  });

  it("refuse JSON that goes ever deeper, and a body that is too large", async () => {
    const deep = `{"run_id": "${"0".repeat(32)}", "metrics": ${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
    expect((await mlflow.post("runs/log-batch", deep)).status).toBe(400);
    expect((await mlflow.post("runs/log-batch", `"${"x".repeat(5_000_000)}"`)).status).toBe(413);
  });

  it("keep names of any characters apart", async () => {
    const run = await mlflow.run(experiment, { run_name: "odd" });
    const keys = [
      "a/b c.d-e_f",
      "日本",
      "'; drop table runs; --",
      "constructor",
      "__proto__",
      '"',
      "\\",
      "%",
    ];
    await log(run, {
      metrics: keys.map((key, i) => metric(key, i)),
      params: keys.map((key) => ({ key, value: `v ${key}` })),
      tags: keys.map((key) => ({ key, value: key })),
    });
    const { data } = await mlflow.read(run);
    for (const [place, key] of keys.entries()) {
      expect(data.metrics.find((each: any) => each.key === key).value).toBe(place);
      expect(data.params.find((each: any) => each.key === key).value).toBe(`v ${key}`);
      const text = `'v ${key.replaceAll("'", "''")}'`;
      expect(
        await search(
          `params.\`${key}\` = ${text} AND tags.\`${key}\` != 'x' AND metrics.\`${key}\` = ${place}`,
        ),
      ).toEqual(["odd"]);
    }
  });

  it("of two clients at once are both there", async () => {
    const run = await mlflow.run(experiment);
    const batches = Array.from({ length: 12 }, (_, k) => ({
      metrics: Array.from({ length: 40 }, (_, i) => metric(`m${(i * 7 + k) % 40}`, k, k, AT + k)),
      ...(k % 3 === 0 ? { params: [{ key: `p${k}`, value: "1" }] } : {}),
      ...(k % 4 === 0 ? { tags: [{ key: `t${k}`, value: "1" }] } : {}),
    }));
    for (const answer of await Promise.all(batches.map((batch) => log(run, batch))))
      expect(answer.status).toBe(200);
    expect(Object.values(await latest(run))).toEqual(Array(40).fill(11));
    expect((await mlflow.read(run)).data.params).toHaveLength(4);
    expect((await history(run, "m0")).metrics).toHaveLength(12);
  });
});

describe("search", () => {
  let of: string;
  const found = async (filter: string, order_by: string[] = []) =>
    (await mlflow.ok("POST", "runs/search", { experiment_ids: [of], filter, order_by })).runs.map(
      (run: any) => run.info.run_name,
    );

  beforeAll(async () => {
    of = await mlflow.experiment("search");
    for (const [place, auc] of [0.5, "NaN", 0.75, null].entries()) {
      const run = await mlflow.run(of, { run_name: `r${place}`, start_time: AT + place });
      await log(run, {
        metrics: auc === null ? [] : [metric("auc", auc)],
        params: place === 3 ? [] : [{ key: "depth", value: String(place) }],
        tags: [{ key: "team", value: place % 2 ? "Growth" : "churn_x" }],
      });
    }
  });

  it.each([
    ["", ["r3", "r2", "r1", "r0"]],
    ["metrics.auc > 0.5", ["r2"]],
    ["metrics.auc != 0.5", ["r2", "r1"]],
    ["params.depth = '2'", ["r2"]],
    ["params.depth != '2'", ["r1", "r0"]],
    ["params.depth IS NULL", ["r3"]],
    ["tags.team LIKE 'g%'", []],
    ["tags.team ILIKE 'g%'", ["r3", "r1"]],
    ["tags.team LIKE 'churn_x' AND metrics.auc < 0.6", ["r0"]],
    ["tags.team LIKE '%\\_%'", []],
    [`start_time >= ${AT + 2}`, ["r3", "r2"]],
    [`start_time = ${AT + 2}`, ["r2"]],
    [`attributes.start_time > ${1e300}`, []],
    ["end_time > 0", []],
    ["status = 'RUNNING' AND run_name = 'r1'", ["r1"]],
    ["run_id IN ('nothing')", []],
    ["run_id NOT IN ('nothing') AND run_name ILIKE 'R1'", ["r1"]],
    ["user_id = 'anonymous' AND artifact_uri LIKE 'mlflow-artifacts:/%'", ["r3", "r2", "r1", "r0"]],
    ["tags.mlflow.runName = 'r0'", ["r0"]],
    ["dataset.name = 'x'", []],
  ])("%s", async (filter, names) => {
    expect(await found(filter)).toEqual(names);
  });

  it.each([
    [["metrics.auc DESC"], ["r2", "r0", "r1", "r3"]],
    [["metrics.auc"], ["r0", "r2", "r1", "r3"]],
    [["params.depth DESC"], ["r2", "r1", "r0", "r3"]],
    [
      ["tags.team", "start_time ASC"],
      ["r1", "r3", "r0", "r2"],
    ],
    [["run_name"], ["r0", "r1", "r2", "r3"]],
  ])("in the order of %j, missing values last and NaN before them", async (order, names) => {
    expect(await found("", order)).toEqual(names);
  });

  it.each([[[]], [["metrics.auc DESC"]]])("pages, each run once, ordered by %j", async (order_by) => {
    const names: string[] = [];
    for (let page_token = ""; ; ) {
      const page = await mlflow.ok("POST", "runs/search", {
        experiment_ids: [of],
        max_results: 1,
        order_by,
        page_token,
      });
      names.push(...page.runs.map((run: any) => run.info.run_name));
      if (!page.next_page_token) break;
      page_token = page.next_page_token;
    }
    expect(names).toHaveLength(4);
    expect(new Set(names).size).toBe(4);
    for (const page_token of ["x", Buffer.from("2024-99-99 00:00:00+00 x").toString("base64url")])
      expect(
        await mlflow.post("runs/search", { experiment_ids: [of], order_by, page_token }).then(refused),
      ).toEqual([400, "INVALID_PARAMETER_VALUE"]);
  });

  it("finds asof's own runs by their flattened parameters, and nobody writes to them", async () => {
    await app.sql(
      `insert into runs (id, kind, status, params, actor, started_at) values ($1, 'TRAIN', 'SUCCEEDED', '{"hyperparameters": {"trees": 100}, "seed": 7}', 'ada', now())`,
      ["00000000-0000-4000-8000-00000000000a"],
    );
    const run = "0000000000004000800000000000000a";
    for (const filter of ["params.hyperparameters.trees = '100'", "params.seed = '7' AND user_id = 'ada'"]) {
      const { runs } = await mlflow.ok("POST", "runs/search", { experiment_ids: ["1"], filter });
      expect(runs[0].data.params).toContainEqual({ key: "hyperparameters.trees", value: "100" });
      expect(runs[0].info).toMatchObject({
        run_id: run,
        run_name: "TRAIN",
        status: "FINISHED",
        user_id: "ada",
      });
    }
    for (const [path, body] of [
      ["runs/set-tag", { key: "a", value: "b" }],
      ["runs/delete", {}],
      ["runs/update", { status: "RUNNING" }],
      ["runs/log-metric", metric("a", 1)],
    ] as const)
      expect(await mlflow.post(path, { run_id: run, ...body }).then(refused)).toEqual([
        400,
        "INVALID_PARAMETER_VALUE",
      ]);
  });
});

describe("what is put aside", () => {
  it("is in no list until it is brought back, and takes nothing", async () => {
    const of = await mlflow.experiment("aside");
    const [first, second] = [
      await mlflow.run(of, { run_name: "first" }),
      await mlflow.run(of, { run_name: "second" }),
    ];
    const ids = `query($where: RunFilter) { runs(first: 5, where: $where) { nodes { name } } }`;
    const inGraphQL = async () =>
      (await app.client.query(ids, { where: { kind: "EXTERNAL" } })).runs.nodes.map((run: any) => run.name);
    const view = async (run_view_type: string) =>
      (await mlflow.ok("POST", "runs/search", { experiment_ids: [of], run_view_type })).runs
        .map((run: any) => run.info.run_name)
        .sort();
    await mlflow.ok("POST", "runs/delete", { run_id: first });
    expect(await view("ACTIVE_ONLY")).toEqual(["second"]);
    expect(await view("DELETED_ONLY")).toEqual(["first"]);
    expect(await view("ALL")).toEqual(["first", "second"]);
    expect(await inGraphQL()).not.toContain("first");
    expect((await mlflow.read(first)).info.lifecycle_stage).toBe("deleted");
    for (const [path, body] of [
      ["runs/log-metric", metric("a", 1)],
      ["runs/set-tag", { key: "a", value: "b" }],
      ["runs/update", { status: "FINISHED" }],
    ] as const)
      expect(await mlflow.post(path, { run_id: first, ...body }).then(refused)).toEqual([
        400,
        "INVALID_PARAMETER_VALUE",
      ]);
    await mlflow.ok("POST", "experiments/delete", { experiment_id: of });
    expect(await view("ACTIVE_ONLY")).toEqual([]);
    expect(await mlflow.post("runs/restore", { run_id: first }).then(refused)).toEqual([
      400,
      "INVALID_PARAMETER_VALUE",
    ]);
    expect(await mlflow.post("runs/create", { experiment_id: of }).then(refused)).toEqual([
      400,
      "INVALID_PARAMETER_VALUE",
    ]);
    await mlflow.ok("POST", "experiments/restore", { experiment_id: of });
    // What was put aside before the experiment was stays so.
    expect(await view("ACTIVE_ONLY")).toEqual(["second"]);
    await mlflow.ok("POST", "runs/restore", { run_id: first });
    expect(await view("ACTIVE_ONLY")).toEqual(["first", "second"]);
    expect(second).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe("with tokens", () => {
  let viewer: string;
  beforeAll(async () => {
    viewer = (await app.client.query('mutation { createToken(name: "reader", role: VIEWER) { secret } }'))
      .createToken.secret;
  });

  it("a viewer reads, by either scheme, and writes nothing; without a token nobody reads", async () => {
    const basic = mlflow.with({ authorization: `Basic ${btoa(`token:${viewer}`)}` });
    const bearer = mlflow.with({ authorization: `Bearer ${viewer}` });
    for (const calls of [basic, bearer])
      expect((await calls.post("runs/search", { experiment_ids: [experiment] })).status).toBe(200);
    expect(await mlflow.post("runs/search", { experiment_ids: [experiment] }).then(refused)).toEqual([
      401,
      "UNAUTHENTICATED",
    ]);
    for (const path of [
      "experiments/create",
      "runs/create",
      "runs/log-batch",
      "runs/delete",
      "experiments/delete",
    ])
      expect(await basic.post(path, { name: "x", experiment_id: "0" }).then(refused)).toEqual([
        403,
        "PERMISSION_DENIED",
      ]);
  });
});
