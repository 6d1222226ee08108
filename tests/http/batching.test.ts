import { createClient } from "graphql-ws";
import { expect, test } from "vitest";
import WebSocket from "ws";
import { entityNames } from "../../src/definitions/language/entity-names.js";
import { FeaturesMissingError, NoProductionModelError } from "../../src/errors/errors.js";
import type { EntityRow } from "../../src/features/types.js";
import type { PredictRequest } from "../../src/serving/types.js";
import { testing as definitions } from "../support/deployment/testing.js";
import {
  fakeEvent,
  fakePrediction,
  fakeRun,
  fakeServices,
  fakeSnapshot,
  fakeVersion,
} from "../support/fake-services.js";
import { until } from "../support/until.js";
import { listen, query, startApp } from "./running-app.js";

test("the features of a page of users are one read", async () => {
  const services = fakeServices();
  const { read } = services.features;
  const calls: (readonly EntityRow[])[] = [];
  services.features.read = (rows) => {
    calls.push(rows);
    return read(rows);
  };
  const { app } = await startApp({}, services);
  const { data } = await query(
    app,
    "{ users(first: 40) { nodes { userId features { values { monthsActive } } } } }",
  );
  expect(data.users.nodes).toHaveLength(40);
  expect(data.users.nodes[39]).toEqual({ userId: "u39", features: { values: { monthsActive: 1 } } });
  expect(calls.map((rows) => rows.length)).toEqual([40]);
});

test("the same question asked twice in a request is one row of one read", async () => {
  const services = fakeServices();
  const { read } = services.features;
  const calls: (readonly EntityRow[])[] = [];
  services.features.read = (rows) => {
    calls.push(rows);
    return read(rows);
  };
  const { app } = await startApp({}, services);
  await query(
    app,
    `{ a: features(userId: "u1") { asOf } b: features(userId: "u1", asOf: null) { asOf }
       c: features(userId: "u1", asOf: "2024-01-31") { asOf }
       d: features(userId: "u1", asOf: "2024-01-31", knownAt: "2024-02-01T00:00:00Z") { asOf } }`,
  );
  expect(calls).toHaveLength(1);
  expect(calls[0]).toHaveLength(3);
});

test("predictions of one request are one call per model, version and date", async () => {
  const services = fakeServices();
  const calls: [readonly string[], PredictRequest][] = [];
  services.predictor.predictMany = async (ids, request) => {
    calls.push([ids, request]);
    return ids.map((key) =>
      key === "u2"
        ? {
            key,
            prediction: null,
            error: {
              code: "FEATURES_MISSING",
              message: "",
              missingFeatures: ["monthly_fee"],
              cause: new FeaturesMissingError(entityNames(definitions.entities[0]!.entity), key, [
                "monthly_fee",
              ]),
            },
          }
        : { key, prediction: fakePrediction(key), error: null },
    );
  };
  const { app } = await startApp({}, services);
  const { data, errors } = await query(
    app,
    `{ a: predict(userId: "u1", version: 1) { userId } b: predict(userId: "u3", version: 1) { userId }
       users(first: 4) { nodes { prediction { userId } } } }`,
  );
  const nodes = ["u0", "u1", null, "u3"].map((userId) => ({ prediction: userId && { userId } }));
  expect([data, errors!.length]).toEqual([{ a: { userId: "u1" }, b: { userId: "u3" }, users: { nodes } }, 1]);
  expect(errors![0]).toMatchObject({
    path: ["users", "nodes", 2, "prediction"],
    message: new FeaturesMissingError(entityNames(definitions.entities[0]!.entity), "u2", ["monthly_fee"])
      .message,
    extensions: { code: "FEATURES_MISSING", userId: "u2", missingFeatures: ["monthly_fee"] },
  });
  expect(calls.map(([ids, { version }]) => [ids, version])).toEqual([
    [["u1", "u3"], 1],
    [["u0", "u1", "u2", "u3"], undefined],
  ]);
});

test("a failure of the whole prediction is every alias's, and only theirs", async () => {
  const services = fakeServices();
  services.predictor.predictMany = async (_ids, { model }) => {
    throw new NoProductionModelError(model);
  };
  const { app } = await startApp({}, services);
  const { errors } = await query(
    app,
    `{ a: predict(userId: "u1") { userId } b: predict(userId: "u2") { userId } }`,
  );
  expect(errors!.map(({ extensions }) => extensions.code)).toContain("NO_PRODUCTION_MODEL");
  expect(errors!.map(({ extensions }) => extensions.code)).not.toContain("INTERNAL_SERVER_ERROR");
});

test("runs, steps, snapshots and versions of a page are one call each", async () => {
  const services = fakeServices();
  const { runs, snapshots, models } = services;
  const calls: string[] = [];
  const ids = Array.from({ length: 5 }, (_, index) => `00000000-0000-4000-8000-00000000000${index}`);
  runs.list = async () => ({
    nodes: ids.map((id, index) => ({ ...fakeRun, id, snapshotId: index })),
    hasNextPage: false,
    hasPreviousPage: false,
    cursorAt: String,
    totalCount: 5,
  });
  runs.steps = async (of) => {
    calls.push(`steps ${of.length}`);
    return of.map(() => []);
  };
  runs.metrics = async (of) => {
    calls.push(`metrics ${of.length}`);
    return of.map(() => [
      { name: "auc", value: 0.7, step: 1, at: new Date(0) },
      { name: "auc", value: 0.8, step: 2, at: new Date(0) },
    ]);
  };
  runs.latestMetrics = async (of) => {
    calls.push(`latest metrics ${of.length}`);
    return of.map(() => [{ name: "auc", value: 0.8, step: 2, at: new Date(0) }]);
  };
  runs.artifacts = async (of) => {
    calls.push(`artifacts ${of.length}`);
    return of.map(() => [
      { name: "model.onnx", mediaType: "application/octet-stream", bytes: 1, sha256: "abc" },
    ]);
  };
  snapshots.findByIds = async (of) => {
    calls.push(`snapshots ${of.length}`);
    return of.map((id) => ({ ...fakeSnapshot, id }));
  };
  const { findVersionsByRun } = models;
  models.findVersionsByRun = (of) => {
    calls.push(`versions ${of.length}`);
    return findVersionsByRun(of);
  };
  const { app } = await startApp({}, services);
  const { data } = await query(
    app,
    `{ runs { nodes { steps { name } metrics { name } metric(name: "auc") none: metric(name: "f1")
       artifacts { url } snapshot { id run { id } validation { success } } modelVersion { version metric(name: "auc") } } } }`,
  );
  expect(data.runs.nodes[4]).toEqual({
    steps: [],
    metrics: [{ name: "auc" }, { name: "auc" }],
    metric: 0.8,
    none: null,
    artifacts: [{ url: "/artifacts/abc" }],
    snapshot: { id: "snapshot:2024-01-31:1", run: { id: fakeRun.id }, validation: { success: true } },
    modelVersion: { version: 3, metric: 0.8 },
  });
  expect(calls.sort()).toEqual([
    "artifacts 5",
    "latest metrics 5",
    "metrics 5",
    "snapshots 5",
    "steps 5",
    "versions 5",
  ]);
});

/** Each call of the services' batched reads: its name, its arguments, and how many were asked for at once. */
function countCalls(services: ReturnType<typeof fakeServices>): string[] {
  const calls: string[] = [];
  for (const [part, names] of [
    ["runs", ["events", "metricHistory", "quarantined", "countQuarantined"]],
    ["models", ["versions", "transitions", "findVersions"]],
    ["catalogue", ["aliases", "findByAliases"]],
  ] as const) {
    const service = services[part] as unknown as Record<string, (...args: unknown[]) => unknown>;
    for (const name of names) {
      const read = service[name]!.bind(service);
      service[name] = (keys, ...args) => {
        calls.push(
          `${name}(${args.map((arg) => JSON.stringify(arg)).join(", ")}) of ${(keys as unknown[]).length}`,
        );
        return read(keys, ...args);
      };
    }
  }
  return calls;
}

test("a field with arguments is one call for all its parents, and one more for other arguments", async () => {
  const services = fakeServices();
  const calls = countCalls(services);
  const ids = Array.from({ length: 5 }, (_, index) => `00000000-0000-4000-8000-00000000000${index}`);
  services.runs.list = async () => ({
    nodes: ids.map((id) => ({ ...fakeRun, id })),
    hasNextPage: false,
    hasPreviousPage: false,
    cursorAt: String,
  });
  services.models.listModels = async () =>
    ["a", "b", "c"].map((name) => ({ name, description: null, tags: {} }));
  const { app } = await startApp({}, services);
  const { errors } = await query(
    app,
    `{ runs { nodes {
         events(first: 1) { id } same: events(first: 1) { message } other: events(first: 2) { id }
         metricHistory(name: "auc", first: 3) { value } loss: metricHistory(name: "loss", first: 3) { value }
         quarantined(source: "s") { totalCount nodes { line } } } }
       models { versions { version transitions { id } } transitions(first: 2) { id } aliases { alias }
         champion: alias(name: "champion") { version } shadow: alias(name: "shadow") { version } }
       one: modelVersion(model: "a", version: 1) { version } two: modelVersion(model: "a", version: 2) { version } }`,
  );
  expect(errors).toBeUndefined();
  expect(calls.sort()).toEqual([
    "aliases(1000) of 3",
    'countQuarantined("s") of 5',
    "events(null, 1) of 5",
    "events(null, 2) of 5",
    "findByAliases() of 6",
    "findVersions() of 2",
    'metricHistory("auc", 3, null) of 5',
    'metricHistory("loss", 3, null) of 5',
    'quarantined("s", {"first":50}) of 5',
    // The versions of the three models are one and the same in this test.
    "transitions(1000, null) of 1",
    "transitions(2, null) of 3",
    "versions(1000, null) of 3",
  ]);
});

test("what is long to compute is asked for one after the other, whatever the aliases", async () => {
  const services = fakeServices();
  let [underWay, most, asked] = [0, 0, 0];
  services.monitoring.shadow = async () => {
    most = Math.max(most, ++underWay);
    asked++;
    await new Promise((resolve) => setImmediate(resolve));
    underWay--;
    throw new NoProductionModelError("churn");
  };
  services.models.versions = async (names) =>
    names.map(() => [1, 2, 3].map((version) => ({ ...fakeVersion, version })));
  const { app } = await startApp({}, services);
  const shadow = "shadowComparison { predictions }";
  const { errors } = await query(app, `{ model(name: "churn") { versions { ${shadow} again: ${shadow} } } }`);
  expect(errors!.map(({ extensions }) => extensions.code)).toContain("NO_PRODUCTION_MODEL");
  expect([asked, most]).toEqual([3, 1]);
});

test("a list that turns out longer than assumed ends the request, not the process", async () => {
  const services = fakeServices();
  services.config = { ...services.config, graphqlLimits: { ...services.config.graphqlLimits, cost: 8_000 } };
  services.models.versions = async (names) =>
    names.map((model) => Array.from({ length: 2_000 }, (_, version) => ({ ...fakeVersion, model, version })));
  const { app } = await startApp({}, services);
  const { errors } = await query(app, "{ models { versions { version transitions { id } } } }");
  expect(errors![0]).toMatchObject({
    message: expect.stringMatching(
      /^cost: at most 8000 was expected; got \d+; the lists it follows are longer/,
    ),
    extensions: { code: "QUERY_TOO_COMPLEX" },
  });
});

test("what many subscribers to one event ask of it is asked once", async () => {
  const services = fakeServices();
  const event = fakeEvent(1);
  let handOut = () => {};
  const happened = new Promise<void>((resolve) => {
    handOut = resolve;
  });
  let subscribed = 0;
  services.runs.follow = async function* () {
    subscribed++;
    await happened;
    yield event;
  };
  const calls: (readonly string[])[] = [];
  const { findByIds } = services.runs;
  services.runs.findByIds = (ids) => {
    calls.push(ids);
    return findByIds(ids);
  };
  const { url } = await listen(services);
  const clients = Array.from({ length: 5 }, () =>
    createClient({ url: `${url.replace("http", "ws")}/graphql`, webSocketImpl: WebSocket, lazy: false }),
  );
  const answers = clients.map((client) =>
    client.iterate<any>({ query: "subscription { runEvents { id run { id status } } }" }).next(),
  );
  await until("all have subscribed", () => subscribed === 5);
  handOut();
  for (const answer of answers) {
    expect((await answer).value.data.runEvents.run).toMatchObject({ id: event.runId });
  }
  expect(calls).toEqual([[event.runId]]);
  for (const client of clients) await client.dispose();
});
