import { expect, test } from "vitest";
import { fakeServices } from "../support/fake-services.js";
import { query, startApp } from "./running-app.js";

test("health is the worst of its parts", async () => {
  for (const [database, onlineStore, status] of [
    ["OK", "OK", "OK"],
    ["OK", "DEGRADED", "DEGRADED"],
    ["DOWN", "DEGRADED", "DOWN"],
  ] as const) {
    const { app } = await startApp({ health: async () => ({ database, onlineStore, uptimeSeconds: 2 }) });
    const { data } = await query(app, "{ health { status uptimeSeconds productionModel { version } } }");
    expect(data.health).toEqual({ status, uptimeSeconds: 2, productionModel: { version: 3 } });
  }
});

test("the actor is the header's where it can be used, else anonymous", async () => {
  const { app } = await startApp();
  const ingest = `mutation { ingest(input: { source: "m", asOf: "2024-01-31" }) { actor } }`;
  for (const [header, actor] of [
    ["ana@example.com", "ana@example.com"],
    ["two words", "anonymous"],
    ["x".repeat(65), "anonymous"],
  ] as const) {
    expect((await query(app, ingest, {}, { "x-asof-actor": header })).data.ingest.actor).toBe(actor);
  }
  expect((await query(app, ingest)).data.ingest.actor).toBe("anonymous");
});

test("train passes its defaults and any parameters", async () => {
  const { app } = await startApp();
  const train = `mutation ($params: JSON) { train(input: { asOf: "2024-01-31", params: $params }) { params } }`;
  const { data } = await query(app, train, { params: { trees: [1, { deep: null }] } });
  expect(data.train.params).toEqual({
    asOf: "2024-01-31",
    model: "churn",
    algorithm: "GRADIENT_BOOSTING",
    seed: 42,
    testFraction: 0.25,
    splitBy: "KEYS",
    params: { trees: [1, { deep: null }] },
    undeclared: "REFUSE",
  });
});

test("a run nobody knows is null, whatever its id looks like", async () => {
  const asked: string[] = [];
  const services = fakeServices();
  services.runs.findByIds = async (ids) => {
    asked.push(...ids);
    return ids.map(() => null);
  };
  const { app } = await startApp({}, services);
  const id = "00000000-0000-4000-8000-0000000000ff";
  const { data, errors } = await query(
    app,
    `{ malformed: run(id: "17") { id } unknown: run(id: "${id}") { id } }`,
  );
  expect({ data, errors, asked }).toEqual({
    data: { malformed: null, unknown: null },
    errors: undefined,
    asked: [id],
  });
});

test("what a mutation changed is read afresh by the next one", async () => {
  let reads = 0;
  const services = fakeServices();
  services.runs.steps = async (ids) =>
    ids.map(() => [
      {
        name: `read ${++reads}`,
        status: "RUNNING",
        startedAt: null,
        finishedAt: null,
        durationMs: null,
        attempt: 1,
      },
    ]);
  const { app } = await startApp({}, services);
  const id = "00000000-0000-4000-8000-000000000001";
  const { data } = await query(
    app,
    `mutation { first: cancelRun(id: "${id}") { steps { name } } second: retryRun(id: "${id}") { steps { name } } }`,
  );
  expect([data.first.steps[0].name, data.second.steps[0].name]).toEqual(["read 1", "read 2"]);
});

test("a cross-site form cannot execute an operation", async () => {
  const { app } = await startApp();
  const simpleGet = await app.inject({ url: "/graphql?query={health{status}}" });
  expect([simpleGet.statusCode, simpleGet.json().errors[0].extensions.code]).toEqual([400, "BAD_USER_INPUT"]);
  const payload = JSON.stringify({ query: "{ health { status } }" });
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
    const posted = await app.inject({
      method: "POST",
      url: "/graphql",
      headers: { "content-type": type },
      payload,
    });
    expect([posted.statusCode, posted.json().errors[0].extensions.code]).toEqual([415, "BAD_USER_INPUT"]);
  }
});

test("the schema answers introspection", async () => {
  const { app } = await startApp();
  const { data } = await query(app, `{ __type(name: "Features") { fields { name } } }`);
  expect(data.__type.fields).toContainEqual({ name: "watchHours30d" });
});

test("a subscription over HTTP is refused, and told where it goes", async () => {
  const { app } = await startApp();
  const { errors } = await query(app, "subscription { modelTransitions { id } }");
  expect(errors).toEqual([
    {
      message:
        "a subscription was sent over HTTP; it speaks graphql-transport-ws, over WebSocket on the same path",
      extensions: { code: "BAD_USER_INPUT" },
    },
  ]);
});
