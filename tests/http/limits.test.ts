import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { BadUserInputError } from "../../src/errors/errors.js";
import { fakePrediction, fakeServices } from "../support/fake-services.js";
import { query, startApp } from "./running-app.js";

const badInput = { extensions: { code: "BAD_USER_INPUT" } };

test.each([0, -1, 1001, 2_147_483_647])(
  "first: %i is refused wherever a page is asked for",
  async (first) => {
    const { app } = await startApp();
    for (const operation of [
      `{ users(first: ${first}) { totalCount } }`,
      `{ runs(first: ${first}) { totalCount } }`,
      `{ snapshots(first: ${first}) { totalCount } }`,
      `{ models { transitions(first: ${first}) { id } } }`,
      `{ runs { nodes { events(first: ${first}) { id } } } }`,
    ]) {
      const { errors } = await query(app, operation);
      expect(errors![0]).toMatchObject({
        ...badInput,
        message: `first: 1 to 1000 was expected; got ${first}`,
      });
    }
  },
);

test("first: 1 and 1000 are accepted", async () => {
  const { app } = await startApp();
  const { data } = await query(
    app,
    "{ one: users(first: 1) { nodes { userId } } all: users(first: 1000) { totalCount nodes { userId } } }",
  );
  expect(data.one.nodes).toHaveLength(1);
  expect(data.all.nodes).toHaveLength(data.all.totalCount);
});

test.each([
  ["empty", ""],
  ["of 201 characters", "u".repeat(201)],
  ["with a NUL character", "u\u0000"],
])("a user id %s is refused before any service is asked", async (_what, userId) => {
  const services = fakeServices();
  const never = () => {
    throw new Error("asked");
  };
  services.features.read = never;
  services.entities.find = never;
  services.predictor.predict = never;
  const { app } = await startApp({}, services);
  for (const operation of [
    "query ($userId: ID!) { user(userId: $userId) { userId } }",
    "query ($userId: ID!) { features(userId: $userId) { userId } }",
    "query ($userId: ID!) { predict(userId: $userId) { userId } }",
    `query ($userId: ID!) { historicalFeatures(rows: [{ userId: $userId, asOf: "2024-01-31" }]) { userId } }`,
  ]) {
    const { errors } = await query(app, operation, { userId });
    expect(errors![0]).toMatchObject(badInput);
  }
});

test.each([
  [`mutation { rollback(reason: "${"x".repeat(2001)}") { id } }`],
  ['mutation { rollback(reason: "a\\u0000b") { id } }'],
  ['mutation { promote(input: { version: 1, reason: "\\u0000" }) { id } }'],
  [`{ model(name: "\\u0000") { name } }`],
])("a text the database cannot hold is the client's error: %s", async (operation) => {
  const { app } = await startApp();
  const { errors } = await query(app, operation);
  expect(errors![0]).toMatchObject(badInput);
});

test("a user id of 200 characters is accepted, over REST too", async () => {
  const { app } = await startApp();
  const userId = `u${"ä".repeat(199)}`;
  const { data } = await query(app, "query ($id: ID!) { features(userId: $id) { userId } }", { id: userId });
  expect(data.features.userId).toBe(userId);
  const rest = await app.inject({ url: `/features/${encodeURIComponent(userId)}` });
  expect(rest.json().user_id).toBe(userId);
});

test("in predictMany an id that cannot be used fails alone, in its place", async () => {
  const services = fakeServices();
  const asked: unknown[] = [];
  services.predictor.predictMany = async (ids) => {
    asked.push(ids);
    return ids.map((key) => ({ key, prediction: fakePrediction(key), error: null }));
  };
  const { app } = await startApp({}, services);
  const { data } = await query(
    app,
    `{ predictMany(userIds: ["u1", "", "u2"]) { userId prediction { userId } error { code missingFeatures } } }`,
  );
  expect(data.predictMany).toEqual([
    { userId: "u1", prediction: { userId: "u1" }, error: null },
    { userId: "", prediction: null, error: { code: "BAD_USER_INPUT", missingFeatures: [] } },
    { userId: "u2", prediction: { userId: "u2" }, error: null },
  ]);
  expect(asked).toEqual([["u1", "u2"]]);
});

test("10 000 ids of predictMany are accepted, 10 001 are not", async () => {
  const { app } = await startApp();
  const userIds = Array.from({ length: 10_001 }, (_, index) => `u${index}`);
  const many = "query ($userIds: [ID!]!) { predictMany(userIds: $userIds) { userId } }";
  expect((await query(app, many, { userIds })).errors![0]).toMatchObject({
    ...badInput,
    message: "userIds: at most 10000 were expected; got 10001; split the request",
  });
  expect((await query(app, many, { userIds: userIds.slice(1) })).data.predictMany).toHaveLength(10_000);
});

const HISTORICAL = "query ($rows: [EntityRowInput!]!) { historicalFeatures(rows: $rows) { userId asOf } }";
/** Rows of one read (in-chunks.ts). */
const TOGETHER = 50_000;
const entityRows = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    userId: `user-${index}`,
    asOf: "2024-01-31",
    knownAt: "2024-03-01T00:00:00.000Z",
  }));

test("100 000 rows of historicalFeatures are accepted, answered in their order, and others meanwhile; 100 001 are not", async () => {
  const { app } = await startApp();
  const { errors } = await query(app, HISTORICAL, { rows: entityRows(100_001) });
  expect(errors![0]).toMatchObject({
    ...badInput,
    message: "rows: at most 100000 were expected; got 100001; split the request",
  });
  const rows = entityRows(100_000);
  let answered = false;
  const large = query(app, HISTORICAL, { rows }).finally(() => {
    answered = true;
  });
  let meanwhile = 0;
  while (!answered) {
    await app.inject({ url: "/health" });
    if (!answered) meanwhile++;
    await delay(20);
  }
  const { data } = await large;
  expect(data.historicalFeatures.map((row: any) => row.userId)).toEqual(rows.map(({ userId }) => userId));
  expect(meanwhile).toBeGreaterThan(3);
}, 120_000);

test("a chunk that cannot be read fails historicalFeatures as a whole", async () => {
  const services = fakeServices();
  const { read } = services.features;
  services.features.read = async (rows) => {
    if (rows[0]!.key === `user-${TOGETHER}`) throw new BadUserInputError("rows: lost");
    return read(rows);
  };
  const { app } = await startApp({}, services);
  const { data, errors } = await query(app, HISTORICAL, { rows: entityRows(TOGETHER + 10_000) });
  expect(data).toBeNull();
  expect(errors![0]).toMatchObject({ ...badInput, message: "rows: lost" });
});

test("a body over 16 MB is refused, as is one over 4 MB that holds no operation", async () => {
  const { app } = await startApp();
  const rest = await app.inject({
    method: "POST",
    url: "/predict",
    payload: { user_id: "x".repeat(4 * 1024 * 1024) },
  });
  expect(rest.statusCode).toBe(413);
  const payload = { query: `{ health { status } } #${"x".repeat(16 * 1024 * 1024)}` };
  const answer = await app.inject({ method: "POST", url: "/graphql", payload });
  expect(answer.statusCode).toBe(413);
  expect(answer.json().errors[0]).toMatchObject(badInput);
});
