import { parse } from "graphql";
import { expect, it } from "vitest";
import { entityNames } from "../../src/definitions/language/entity-names.js";
import { FeaturesMissingError } from "../../src/errors/errors.js";
import { KnownOperations } from "../../src/http/known-operations.js";
import { buildAsofSchema } from "../../src/resolvers/build-schema.js";
import { testing as definitions } from "../support/deployment/testing.js";
import { fakeServices } from "../support/fake-services.js";
import { startApp } from "./running-app.js";

/** Services whose predictor has no answer for "nobody". */
function services() {
  const made = fakeServices();
  const { predictor } = made;
  const predict = predictor.predict.bind(predictor);
  const broken = Object.assign(Object.create(predictor), {
    predict: async (userId: string, request: Parameters<typeof predict>[1]) => {
      if (userId === "nobody")
        throw new FeaturesMissingError(entityNames(definitions.entities[0]!.entity), userId, ["tenure"]);
      if (userId === "crash") throw new Error("password=hunter2");
      if (userId === "away") throw new Error("Connection terminated unexpectedly");
      return predict(userId, request);
    },
  });
  return { ...made, health: made.health, predictor: broken };
}

const PREDICT = "query($id: ID!) { predict(userId: $id) { userId probability modelVersion { version } } }";

it.each([
  ["a prediction", { query: PREDICT, variables: { id: "u1" } }],
  ["a number for an id", { query: PREDICT, variables: { id: 7 } }],
  ["an error of ours", { query: PREDICT, variables: { id: "nobody" } }],
  ["an error that is masked", { query: PREDICT, variables: { id: "crash" } }],
  ["a lost database", { query: PREDICT, variables: { id: "away" } }],
  ["an id that cannot be one", { query: PREDICT, variables: { id: "" } }],
  ["no variable", { query: PREDICT }],
  ["a variable of the wrong type", { query: PREDICT, variables: { id: { a: 1 } } }],
  [
    "two aliases, one failing",
    { query: '{ a: predict(userId: "u1") { userId } b: predict(userId: "nobody") { userId } }' },
  ],
  [
    "many",
    { query: '{ predictMany(userIds: ["u1", "u2"]) { userId prediction { probability } error { code } } }' },
  ],
  [
    "features with enum and dates",
    { query: '{ features(userId: "u1") { asOf json statuses { name status eventTime } } }' },
  ],
  [
    "a fragment, a directive and __typename",
    {
      query:
        "query($no: Boolean!) { ...H } fragment H on Query { __typename health { status version @skip(if: $no) } }",
      variables: { no: true },
    },
  ],
  ["an operation by its name", { query: "query B { health { version } }", operationName: "B" }],
  ["another operation's name", { query: "query C { health { version } }", operationName: "X" }],
  ["an unknown field", { query: "{ nothing }" }],
  ["an introspection", { query: "{ __schema { queryType { name } } }" }],
  ["a mutation", { query: 'mutation { cancelRun(id: "00000000-0000-4000-8000-0000000000ff") { id } }' }],
])("%s is answered the fourth time as the first, word for word", async (_, payload) => {
  const { app } = await startApp({}, services());
  const answers = [];
  for (let time = 0; time < 4; time++) {
    const { statusCode, headers, body } = await app.inject({ method: "POST", url: "/graphql", payload });
    const { date, "x-request-id": id, "content-length": length, ...rest } = headers;
    answers.push({ statusCode, headers: rest, body: JSON.parse(body) });
  }
  expect(answers[3]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
});

it.each([
  ["nobody", "FEATURES_MISSING"],
  ["crash", "INTERNAL_SERVER_ERROR"],
  ["away", "SERVICE_UNAVAILABLE"],
])(
  "a prediction of %s that fails is counted once, known or not, as its client is told: %s",
  async (id, outcome) => {
    const { app } = await startApp({}, services());
    const payload = { query: PREDICT, variables: { id } };
    for (let time = 1; time <= 4; time++) {
      const answer = await app.inject({ method: "POST", url: "/graphql", payload });
      expect(answer.json().errors[0].extensions.code).toBe(outcome);
      const { body } = await app.inject({ url: "/metrics" });
      expect(body).toContain(
        `asof_predictions_total{model="churn",version="",outcome="${outcome}"} ${time}\n`,
      );
    }
  },
);

it.each([
  ["text/plain", { "content-type": "text/plain" }],
  ["a type Apollo has words for", { accept: "text/html" }],
  ["GraphQL's own type", { accept: "application/graphql-response+json" }],
])("a known query that comes as %s is answered as before it was known", async (_, headers) => {
  const { app } = await startApp();
  const payload = JSON.stringify({ query: "{ health { version } }" });
  const ask = async (given: Record<string, string>) => {
    const answer = await app.inject({
      method: "POST",
      url: "/graphql",
      headers: { "content-type": "application/json", ...given },
      payload,
    });
    return [answer.statusCode, answer.headers["content-type"], answer.body];
  };
  const before = await ask(headers);
  for (let time = 0; time < 4; time++) await ask({});
  expect(await ask(headers)).toEqual(before);
});

it("a known query costs no more than it may, whatever its variables ask for", async () => {
  const { app } = await startApp();
  const query =
    "query($ids: [ID!]!) { predictMany(userIds: $ids) { prediction { modelVersion { run { id } } } } }";
  const ask = async (count: number) => {
    const ids = Array.from({ length: count }, (_, i) => `u${i}`);
    const { statusCode, body } = await app.inject({
      method: "POST",
      url: "/graphql",
      payload: { query, variables: { ids } },
    });
    return [statusCode, JSON.parse(body).errors?.[0].extensions.code];
  };
  const dear = await ask(200_000);
  expect(dear[1]).toBe("QUERY_TOO_COMPLEX");
  for (let time = 0; time < 4; time++) await ask(1);
  expect(await ask(200_000)).toEqual(dear);
});

it("is known are queries alone, compiled when they are asked for the third time", async () => {
  const known = new KnownOperations(await buildAsofSchema(definitions));
  const ask = (query: string, more: object = {}) =>
    known.find({ headers: { "content-type": "application/json" }, body: { query, ...more } });
  const query = "query Q { health { version } }";
  const others = ["mutation { pauseSchedule(id: 1) { id } }", "{ __schema { queryType { name } } }"];
  for (const source of [query, ...others]) known.learn(source, parse(source));
  expect(ask(query)).toBeNull();
  expect(ask(query)).toMatchObject({ variables: {}, compiled: { query: expect.any(Function) } });
  expect(ask(query, { operationName: "Q" })).not.toBeNull();
  expect([ask(query, { operationName: "R" }), ask(query, { extensions: {} })]).toEqual([null, null]);
  for (const source of others) expect([1, 2, 3, 4].map(() => ask(source))).toEqual([null, null, null, null]);
});
