import { createHash, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { smallDelivery, userIds, writeDelivery } from "../support/delivery.js";
import { followRun } from "../support/subscribe.js";
import { refusal, type Tracker, tracker } from "../support/tracker.js";

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

const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");

describe("a run made elsewhere", () => {
  it("is told from its beginning to its end, to subscribers too", async () => {
    const run = await client.create({
      name: "xgboost sweep",
      params: { model: "churn", lr: 0.1 },
      tags: { team: "growth" },
      note: "first try",
      environment: { python: "3.11" },
      gitCommit: "abc",
    });
    expect(run).toMatchObject({
      kind: "EXTERNAL",
      status: "RUNNING",
      actor: "tester",
      name: "xgboost sweep",
      params: { model: "churn", lr: 0.1 },
      tags: { team: "growth" },
      note: "first try",
      environment: { python: "3.11" },
      gitCommit: "abc",
    });
    const follower = followRun(app.client.address, run.id);
    await client.params(run.id, { depth: 3 });
    await client.metrics(run.id, [
      { name: "loss", value: 0.7, step: 1 },
      { name: "loss", value: 0.5, step: 2 },
      { name: "auc", value: 0.81234 },
    ]);
    await client.artifact(run.id, "notes.txt", "hello");
    await client.finish(run.id, "FAILED", "out of memory");
    await follower.gets("the end", ({ type, status }) => type === "STATUS" && status === "FAILED");
    expect(follower.received.map(({ type, status, message }) => [type, status, message])).toEqual([
      ["STATUS", "RUNNING", "begun by tester"],
      ["LOG", "RUNNING", "parameters: depth"],
      ["METRIC", "RUNNING", "3 points: loss 0.5, auc 0.8123"],
      ["LOG", "RUNNING", "artifact notes.txt: 5 bytes"],
      ["STATUS", "FAILED", "failed: out of memory"],
    ]);
    await follower.leave();
    expect(await client.run(run.id)).toMatchObject({
      status: "FAILED",
      error: { code: "EXTERNAL", message: "out of memory" },
      params: { model: "churn", lr: 0.1, depth: 3 },
      latestMetrics: [
        { name: "auc", value: 0.81234, step: 0 },
        { name: "loss", value: 0.5, step: 2 },
      ],
      artifacts: [{ name: "notes.txt", mediaType: "text/plain", bytes: 5, sha256: sha256("hello") }],
    });
  });

  it("is begun once, however often the request is repeated", async () => {
    const id = randomUUID();
    const first = await client.create({ id, params: { a: 1, b: { c: [1], d: null } }, tags: { t: "x" } });
    const second = await client.create({ id, params: { b: { d: null, c: [1] }, a: 1 }, tags: { t: "x" } });
    expect(second).toEqual({ ...first, durationMs: expect.any(Number) });
    expect(await app.sql("select count(*)::int as n from run_events where run_id = $1", [id])).toEqual([
      { n: 1 },
    ]);
    expect(await refusal(client.create({ id: ingest }))).toEqual({
      code: "CONFLICT",
      message: `run ${ingest} is there already, a INGEST run of tester's; leave the id out, or take a new UUID`,
    });
  });

  it("is the same run for the request it was begun with, whatever came since, and for no other", async () => {
    const request = {
      id: randomUUID(),
      name: "a",
      params: { a: 1 },
      tags: { t: "x" },
      environment: { b: 2 },
    };
    await client.create(request);
    await client.params(request.id, { b: 2 });
    await client.update({ id: request.id, name: "b", tags: { t: "y" } });
    expect(await client.create(request)).toMatchObject({ name: "b", params: { a: 1, b: 2 } });
    await client.finish(request.id);
    expect(await client.create(request)).toMatchObject({ status: "SUCCEEDED" });
    for (const [change, differs] of [
      [{ params: { a: 2 } }, "another params"],
      [{ params: {} }, "another params"],
      [{ params: { a: 1, b: 2 } }, "another params"],
      [{ tags: { t: "y" }, note: "n" }, "other tags, note"],
      [{ environment: null, gitCommit: "c" }, "other environment, gitCommit"],
      [{ name: null }, "another name"],
    ] as const) {
      expect(await refusal(client.create({ ...request, ...change }))).toEqual({
        code: "CONFLICT",
        message: `run ${request.id} is there already, begun with ${differs}; send the request as it was, take a new UUID, or change the run by logParams and updateRun`,
      });
    }
  });

  it.each(["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf"])(
    "takes %s for a name as any other: of a parameter, a tag, a metric",
    async (name) => {
      const json = (value: unknown) => JSON.parse(`{${JSON.stringify(name)}: ${JSON.stringify(value)}}`);
      const { id } = await client.create();
      expect(Object.entries((await client.params(id, json("adam"))).params)).toEqual([[name, "adam"]]);
      await client.params(id, json("adam"));
      expect(await refusal(client.params(id, json("sgd")))).toMatchObject({
        code: "CONFLICT",
        message: `run ${id} has the parameter ${JSON.stringify(name)} with the value "adam"; log it under another name`,
      });
      expect(Object.entries((await client.update({ id, tags: json("x") })).tags)).toEqual([[name, "x"]]);
      await client.metrics(id, [{ name, value: 0.5 }]);
      const { run } = await app.client.query(`{ run(id: "${id}") { metric(name: "${name}") } }`);
      expect(run.metric).toBe(0.5);
      const { runs } = await app.client.query(
        `{ runs(where: { params: [{ name: "${name}", value: "adam" }], tags: [{ name: "${name}", value: "x" }] }) { nodes { id } } }`,
      );
      expect(runs.nodes).toEqual([{ id }]);
      const { compareRuns } = await app.client.query(
        `{ compareRuns(ids: ["${id}", "${(await client.create()).id}"]) { params { name values differs } } }`,
      );
      expect(compareRuns.params).toEqual([{ name, values: ["adam", null], differs: true }]);
      const begun = await client.create({ id: randomUUID(), params: json({ a: 1 }), tags: json("x") });
      expect(Object.entries(begun.params)).toEqual([[name, { a: 1 }]]);
      const search = `mutation($space: JSON) { tune(input: { asOf: "2024-01-31", space: $space }) { id } }`;
      expect((await app.client.error(search, { space: json({ min: 1, max: 2 }) })).code).toBe(
        "BAD_USER_INPUT",
      );
    },
  );

  it("knows a value again that is written into the document", async () => {
    const { id } = await client.create();
    const log = `mutation { logParams(runId: "${id}", params: { opt: { lr: 0.1, betas: [0.9, { a: 1 }] } }) { id } }`;
    await app.client.query(log);
    await app.client.query(log);
    await client.params(id, { opt: { betas: [0.9, { a: 1 }], lr: 0.1 } });
  });

  it("takes nothing after its end", async () => {
    const { id } = await client.create();
    await client.finish(id);
    const message = `run ${id} is SUCCEEDED and takes nothing more; createRun begins another`;
    const ended = { code: "CONFLICT", message };
    expect(await refusal(client.metrics(id, [{ name: "a", value: 1 }]))).toEqual(ended);
    expect(await refusal(client.params(id, { a: 1 }))).toEqual(ended);
    expect(await refusal(client.artifact(id, "a", "a"))).toEqual(ended);
    expect(await refusal(client.finish(id, "FAILED"))).toEqual(ended);
    const uploaded = await client.upload(id, "a", Buffer.from("a"));
    expect([uploaded.status, await uploaded.json()]).toEqual([
      409,
      { error: { ...ended, run_id: id, status: "SUCCEEDED" } },
    ]);
    expect((await client.finish(id)).status).toBe("SUCCEEDED");
  });

  it("is the only kind that takes anything from clients", async () => {
    const message = `run ${ingest} is a INGEST run, which asof itself writes; only EXTERNAL runs, made by createRun, take anything from clients`;
    const refused = { code: "CONFLICT", message };
    expect(await refusal(client.metrics(ingest, [{ name: "a", value: 1 }]))).toEqual(refused);
    expect(await refusal(client.artifact(ingest, "a", "a"))).toEqual(refused);
    expect(await refusal(client.finish(ingest, "SUCCEEDED"))).toEqual(refused);
    expect((await refusal(client.metrics(randomUUID(), [{ name: "a", value: 1 }]))).code).toBe(
      "RUN_NOT_FOUND",
    );
    expect((await refusal(client.metrics("nonsense", [{ name: "a", value: 1 }]))).code).toBe("RUN_NOT_FOUND");
  });

  it("is cancelled by cancelRun, and repeated where it was made", async () => {
    const { id } = await client.create();
    const { cancelRun } = await app.client.query("mutation($id: ID!) { cancelRun(id: $id) { status } }", {
      id,
    });
    expect(cancelRun.status).toBe("CANCELLED");
    expect(
      await app.client.error("mutation($id: ID!) { retryRun(id: $id) { status } }", { id }),
    ).toMatchObject({
      code: "CONFLICT",
      message: `run ${id} was made elsewhere and is repeated there; createRun begins another`,
    });
  });
});

describe("logMetrics", () => {
  it("knows a point by name and step", async () => {
    const { id } = await client.create();
    await client.metrics(id, [{ name: "loss", value: 0.7, step: 1, at: "2024-01-01T00:00:00Z" }]);
    await client.metrics(id, [
      { name: "loss", value: 0.7, step: 1 },
      { name: "loss", value: 0.5, step: 3 },
      { name: "loss", value: 0.6, step: 2 },
    ]);
    await client.metrics(id, [{ name: "loss", value: 0.65, step: 2 }]);
    const run = await client.run(id);
    expect(run.metrics).toEqual([
      { name: "loss", value: 0.7, step: 1 },
      { name: "loss", value: 0.65, step: 2 },
      { name: "loss", value: 0.5, step: 3 },
    ]);
    expect(run.latestMetrics).toEqual([{ name: "loss", value: 0.5, step: 3 }]);
    const [first] = await app.sql("select at from run_metrics where run_id = $1 and step = 1", [id]);
    expect(first!.at).toEqual(new Date("2024-01-01T00:00:00Z"));
  });

  it("takes the last of two points with one name and step in a batch", async () => {
    const { id } = await client.create();
    const run = await client.metrics(id, [
      { name: "a", value: 1 },
      { name: "a", value: 2 },
    ]);
    expect(run.metrics).toEqual([{ name: "a", value: 2, step: 0 }]);
  });

  it("takes concurrent batches of overlapping series", async () => {
    const { id } = await client.create();
    const batch = (k: number) =>
      Array.from({ length: 50 }, (_, i) => ({ name: `m${(i * 7 + k) % 50}`, value: k, step: k }));
    await Promise.all(Array.from({ length: 8 }, (_, k) => client.metrics(id, batch(k))));
    const { metrics, latestMetrics } = await client.run(id);
    expect(metrics).toHaveLength(400);
    expect(latestMetrics.map(({ value }: { value: number }) => value)).toEqual(Array(50).fill(7));
  });

  it("is bounded, in points a call and in series a run", async () => {
    const { id } = await client.create();
    const points = (n: number, from = 0) =>
      Array.from({ length: n }, (_, i) => ({ name: `m${from + i}`, value: i }));
    expect((await refusal(client.metrics(id, []))).message).toBe(
      "metrics: 1 to 10000 points were expected; got 0; split the request",
    );
    expect((await refusal(client.metrics(id, points(10_001)))).code).toBe("BAD_USER_INPUT");
    await client.metrics(id, points(10_000));
    expect(await refusal(client.metrics(id, points(1, 10_000)))).toEqual({
      code: "BAD_USER_INPUT",
      message: `metrics: run ${id} would have 10001 series, 10000 are accepted; a step is no part of a name`,
    });
    const [row] = await app.sql("select count(*)::int as series from run_latest_metrics where run_id = $1", [
      id,
    ]);
    expect(row!.series).toBe(10_000);
  });

  it("gives the metrics that are asked for by name, 100 names at most", async () => {
    const { id } = await client.create();
    await client.metrics(
      id,
      ["auc", "f1", "loss"].map((name, value) => ({ name, value })),
    );
    const asked =
      "query($id: ID!, $names: [String!]) { run(id: $id) { latestMetrics(names: $names) { name } } }";
    const { run } = await app.client.query(asked, { id, names: ["loss", "auc", "of no run"] });
    expect(run.latestMetrics).toEqual([{ name: "auc" }, { name: "loss" }]);
    const names = Array.from({ length: 101 }, (_, i) => `m${i}`);
    expect((await app.client.error(asked, { id, names })).message).toBe(
      "names: at most 100 were expected; got 101; split the request",
    );
    expect((await app.client.error(asked, { id, names: [""] })).code).toBe("BAD_USER_INPUT");
  });

  it("pages through a series by its steps", async () => {
    const { id } = await client.create();
    await client.metrics(
      id,
      Array.from({ length: 25 }, (_, step) => ({ name: "loss", value: step / 10, step: step - 5 })),
    );
    const seen: number[] = [];
    for (let after: number | null = null; ; ) {
      const { run }: any = await app.client.query(
        `query($id: ID!, $after: Float) { run(id: $id) { metricHistory(name: "loss", first: 10, afterStep: $after) { step } } }`,
        { id, after },
      );
      if (run.metricHistory.length === 0) break;
      seen.push(...run.metricHistory.map(({ step }: { step: number }) => step));
      after = seen.at(-1)!;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, step) => step - 5));
    const old = (more: string) =>
      `{ run(id: "${id}") { metricHistory(name: "loss", first: 2, ${more}) { step } } }`;
    expect((await app.client.query(old("after: 3"))).run.metricHistory).toEqual([{ step: 4 }, { step: 5 }]);
    expect(await app.client.error(old("after: 3, afterStep: 5"))).toMatchObject({
      code: "BAD_USER_INPUT",
      message: "metricHistory: after and afterStep are the same; give afterStep alone",
    });
  });
});

describe("logParams", () => {
  it("adds, and never changes what is there", async () => {
    const { id } = await client.create({ params: { lr: 0.1, nested: { a: [1] } } });
    await client.params(id, { lr: 0.1, nested: { a: [1] }, depth: 3 });
    expect(await refusal(client.params(id, { seed: 1, lr: 0.2 }))).toEqual({
      code: "CONFLICT",
      message: `run ${id} has the parameter "lr" with the value 0.1; log it under another name`,
    });
    expect((await client.run(id)).params).toEqual({ lr: 0.1, nested: { a: [1] }, depth: 3 });
  });

  it.each([
    [[1], "params: a JSON object was expected; got [1]"],
    ["x", 'params: a JSON object was expected; got "x"'],
    [{ a: "x\0" }, "params cannot be used: it holds a NUL character"],
    [
      { a: "x".repeat(262_144) },
      "params: a JSON object was expected; got one of 262152 characters, 262144 are accepted",
    ],
  ])("refuses what is no parameters, case %#", async (params, message) => {
    const { id } = await client.create();
    expect(await refusal(client.params(id, params))).toEqual({ code: "BAD_USER_INPUT", message });
  });
});

describe("artifacts", () => {
  it("arrive whole, and are echoed by their SHA-256", async () => {
    const { id } = await client.create();
    const bytes = Buffer.alloc(5_000_000, "abc");
    const headers = { "content-type": "text/csv; charset=utf-8", "x-asof-sha256": sha256(bytes) };
    const answer = await client.upload(id, "big file.csv", bytes, headers);
    const saved = {
      name: "big file.csv",
      media_type: "text/csv; charset=utf-8",
      bytes: 5_000_000,
      sha256: sha256(bytes),
    };
    expect([answer.status, await answer.json()]).toEqual([
      201,
      { ...saved, url: `/artifacts/${saved.sha256}` },
    ]);
    const download = await fetch(`${app.client.address}/artifacts/${saved.sha256}`);
    expect(download.headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
    expect(sha256(new Uint8Array(await download.arrayBuffer()))).toBe(saved.sha256);
  });

  it("are given by name, as many as asked for, from any name on", async () => {
    const { id } = await client.create();
    for (const name of ["b.txt", "c.txt", "a.txt"]) await client.artifact(id, name, name);
    const { run } = await app.client.query(
      `query($id: ID!) { run(id: $id) { first: artifacts(first: 2) { name } rest: artifacts(first: 2, after: "b.txt") { name } } }`,
      { id },
    );
    expect(run).toEqual({ first: [{ name: "a.txt" }, { name: "b.txt" }], rest: [{ name: "c.txt" }] });
  });

  it("stay what they were: the same again is no error, other bytes are", async () => {
    const { id } = await client.create();
    const first = await client.artifact(id, "a.txt", "one");
    expect(await client.artifact(id, "a.txt", "one")).toEqual(first);
    expect(await refusal(client.artifact(id, "a.txt", "two"))).toEqual({
      code: "CONFLICT",
      message: `run ${id} has an artifact "a.txt" with the SHA-256 ${sha256("one")}; ${sha256("two")} was sent; log it under another name`,
    });
  });

  it.each<[string, string, Record<string, string>, string, number, RegExp]>([
    [
      "other bytes than announced",
      "x",
      { "x-asof-sha256": "0".repeat(64) },
      "abc",
      400,
      /^artifact "x": 3 bytes with the SHA-256 ba7816bf.* arrived, 0{64} was announced; send it again$/,
    ],
    [
      "a digest that is none",
      "x",
      { "x-asof-sha256": "abc" },
      "abc",
      400,
      /^x-asof-sha256: 64 lower-case hexadecimal digits were expected$/,
    ],
    ["a form", "x", { "content-type": "application/x-www-form-urlencoded" }, "abc", 400, /--data-binary/],
    [
      "a media type that is none",
      "x",
      { "content-type": 'text/plain; a="b c"' },
      "abc",
      400,
      /^mediaType: a media type such as text\/csv was expected; got "text\/plain; a=\\"b c\\""$/,
    ],
    ["nothing", "x", {}, "", 400, /^artifact "x" is empty$/],
    ["a path", "../x", {}, "abc", 400, /^name: a file name without slashes was expected; got "\.\.\/x"$/],
    [
      "a page of another site",
      "x",
      { "sec-fetch-site": "cross-site" },
      "abc",
      403,
      /^artifacts are not taken from pages of other sites$/,
    ],
  ])("are refused: %s", async (_what, name, headers, body, status, message) => {
    const { id } = await client.create();
    const answer = await client.upload(id, name, Buffer.from(body), headers);
    const { error } = (await answer.json()) as { error: { message: string } };
    expect([answer.status, error.message]).toEqual([status, expect.stringMatching(message)]);
    expect((await client.run(id)).artifacts).toEqual([]);
  });

  it("are bounded: 64 MiB as a body, 2 MiB as base64", async () => {
    const { id } = await client.create();
    const answer = await client.upload(id, "huge", Buffer.alloc(64 * 1024 * 1024 + 1));
    expect(answer.status).toBe(413);
    const { message } = await refusal(client.artifact(id, "big", "x".repeat(2 * 1024 * 1024 + 1)));
    expect(message).toBe(
      "input.base64: at most 2097152 bytes are accepted here; POST /runs/:id/artifacts/:name takes up to 67108864",
    );
  });
});
