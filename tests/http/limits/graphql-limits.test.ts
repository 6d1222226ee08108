import { getIntrospectionQuery } from "graphql";
import { createClient } from "graphql-ws";
import { expect, test } from "vitest";
import WebSocket from "ws";
import { defaultGraphQLLimits, type GraphQLLimits } from "../../../src/services/graphql-limits.js";
import { testConfig } from "../../support/config.js";
import { fakeServices } from "../../support/fake-services.js";
import { query, startApp } from "../running-app.js";

/** The app with these limits, on a port where `on` asks for one. */
async function limited(graphqlLimits: Partial<GraphQLLimits>) {
  const services = fakeServices();
  services.config = testConfig({ graphqlLimits: { ...defaultGraphQLLimits, ...graphqlLimits } });
  return startApp({}, services);
}

/** The names of every other fragment in front: each spreads the one before it twice. */
const doubled = (levels: number) =>
  Array.from({ length: levels }, (_, n) =>
    n === 0
      ? "fragment F0 on Health { s: status }"
      : `fragment F${n} on Health { ...F${n - 1} ...F${n - 1} }`,
  ).join("\n");

test.each<[keyof GraphQLLimits, number, string, string]>([
  ["depth", 3, "{ models { name versions { run { id } } } }", "depth: at most 3 was expected; got 4"],
  [
    "depth",
    3,
    "{ models { ...V } } fragment V on RegisteredModel { versions { ...R } } fragment R on ModelVersion { run { id } }",
    "depth: at most 3 was expected; got 4",
  ],
  ["aliases", 2, "{ health { a: status b: status c: status } }", "aliases: at most 2 was expected; got 3"],
  [
    "aliases",
    2,
    "{ health { ...F ...F } } fragment F on Health { a: status b: status }",
    "aliases: at most 2 was expected; got 4",
  ],
  [
    "directives",
    2,
    "query @skip(if: false) { health { status @skip(if: false) version @include(if: true) } }",
    "directives: at most 2 was expected; got 3",
  ],
  [
    "rootFields",
    2,
    "{ health { status } ...Q } fragment Q on Query { models { name } schedules { name } }",
    "rootFields: at most 2 was expected; got 3",
  ],
  [
    "fields",
    3,
    "{ health { status version ... { uptimeSeconds } } }",
    "fields: at most 3 was expected; got 4",
  ],
  [
    "documentBytes",
    30,
    `{ health { status } } # ${"ä".repeat(10)}`,
    "document bytes: at most 30 was expected; got 44",
  ],
  ["tokens", 6, "{ health { status version } }", "tokens: at most 6 was expected; got 7"],
])("%s %i: %s is refused before it is validated", async (limit, max, document, message) => {
  const { app } = await limited({ [limit]: max });
  const answer = await app.inject({ method: "POST", url: "/graphql", payload: { query: document } });
  expect(answer.statusCode).toBe(400);
  expect(answer.json().errors[0]).toMatchObject({
    message: expect.stringContaining(message),
    extensions: { code: "QUERY_TOO_COMPLEX", max },
  });
});

test.each<[string, Record<string, unknown>, number]>([
  // A look-up and 100 rows, the connection, then 100 runs, each with a look-up and 50 rows of an event and its id:
  // 20 + 100 * 4 + 1 + 100 * (1 + 20 + 50 * (4 + 1 + 0.1)).
  ["{ runs(first: 100) { nodes { events(first: 50) { id } } } }", {}, 28_021],
  ["query($n: Int!) { runs(first: $n) { nodes { events(first: 50) { id } } } }", { n: 100 }, 28_021],
  ["query($n: Int! = 100) { runs(first: $n) { nodes { events(first: 50) { id } } } }", {}, 28_021],
  [
    "{ runs(first: 100) { ...C } } fragment C on RunConnection { nodes { ...R } } fragment R on Run { events(first: 50) { id } }",
    {},
    28_021,
  ],
  // The page's default is 50, a run's events' 200.
  ["{ runs { nodes { events { id } } } }", {}, 20 + 50 * 4 + 1 + 50 * (1 + 20 + 200 * 5.1)],
  [
    "query($u: [ID!]!) { predictMany(userIds: $u) { userId prediction { probability } } }",
    { u: Array(300).fill("u") },
    // An outcome with its id, and a prediction with its probability: what the client names is no row.
    20 + 300 * 2.2,
  ],
  ["{ models { versions { version } } }", {}, 20 + 10 * 4 + 10 * (1 + 20 + 10 * 5.1)],
  // What is asked again under another alias is looked up again, and as often as there are parents.
  [
    '{ runs(first: 100) { nodes { a: metric(name: "a") b: metric(name: "b") c: events(first: 1) { id } d: events(first: 2) { id } } } }',
    {},
    20 + 400 + 1 + 100 * (1 + 40.2 + 20 + 5.1 + 20 + 10.2),
  ],
  // Read off what is there already.
  ["{ users(first: 10) { nodes { features { json } } } }", {}, 20 + 40 + 1 + 10 * (1 + 20 + 1.1)],
  ['{ snapshotDiff(from: "2024-01-31", to: "2024-02-29") { identical } }', {}, 4_000 + 1.1],
])("%s with %j costs what it may make of objects and look-ups", async (document, variables, cost) => {
  const whole = Math.ceil(cost - 1e-6);
  const { app } = await limited({ cost: whole - 1 });
  const answer = await app.inject({
    method: "POST",
    url: "/graphql",
    payload: { query: document, variables },
  });
  expect([answer.statusCode, answer.json().errors?.[0]]).toMatchObject([
    400,
    {
      message: expect.stringContaining(
        `cost: at most ${whole - 1} was expected; got ${whole}; ask for smaller pages, nest fewer lists, or select fewer`,
      ),
      extensions: { code: "QUERY_TOO_COMPLEX", limit: "cost", max: whole - 1, got: whole },
    },
  ]);
  const { app: roomy } = await limited({ cost: whole });
  expect((await query(roomy, document, variables)).errors).toBeUndefined();
});

test("an operation in an address, and one over WebSocket, have the same limits", async () => {
  const { app } = await limited({ depth: 1, cost: 5 });
  const got = await app.inject({
    url: `/graphql?query=${encodeURIComponent("{ health { status } }")}`,
    headers: { "apollo-require-preflight": "1" },
  });
  expect(got.json().errors[0].extensions.code).toBe("QUERY_TOO_COMPLEX");
  const address = await app.listen({ host: "127.0.0.1", port: 0 });
  const client = createClient({ url: `${address.replace("http", "ws")}/graphql`, webSocketImpl: WebSocket });
  for (const document of ["subscription { runEvents { id } }", "{ models { name } }"]) {
    const failed = await client
      .iterate({ query: document })
      .next()
      .catch((errors) => errors);
    expect(failed[0]?.extensions?.code ?? failed.value?.errors?.[0].extensions.code).toBe(
      "QUERY_TOO_COMPLEX",
    );
  }
  await client.dispose();
});

test("forty fragments that each spread another twice are counted, not unfolded", async () => {
  const { app } = await limited({});
  const { errors } = await query(app, `{ health { ...F40 } } ${doubled(41)}`);
  expect(errors![0]!.message).toContain(`fields: at most 1000 was expected; got ${2 ** 40 + 1}`);
});

test("a batch of operations is refused", async () => {
  const { app } = await limited({});
  const payload = [{ query: "{ health { status } }" }, { query: "{ health { status } }" }];
  const answer = await app.inject({ method: "POST", url: "/graphql", payload });
  expect([answer.statusCode, answer.json().errors[0]]).toMatchObject([
    400,
    { message: "one operation a request was expected; got a batch of 2; send them side by side" },
  ]);
});

test("GraphiQL's introspection passes, unless it is switched off; then errors suggest no names either", async () => {
  const { app } = await limited({});
  expect((await query(app, getIntrospectionQuery())).data.__schema.queryType.name).toBe("Query");
  const { app: closed } = await limited({ introspection: false });
  expect((await query(closed, '{ a: __type(name: "Run") { name } }')).errors![0]).toMatchObject({
    message: "introspection is switched off here; schema.graphql describes the API",
    extensions: { code: "FORBIDDEN" },
  });
  expect((await query(closed, "{ health { statu } }")).errors![0]!.message).toBe(
    'Cannot query field "statu" on type "Health".',
  );
});

test("introspection does not carry other fields past the depth", async () => {
  const { app } = await limited({ depth: 2 });
  const { errors } = await query(
    app,
    "{ __schema { queryType { name } } models { versions { run { id } } } }",
  );
  expect(errors![0]!.message).toMatch(/^depth: at most 2 was expected; got 4/);
});

test("fragments that spread each other in a circle end, and are told by validation", async () => {
  const { app } = await limited({});
  const { errors } = await query(
    app,
    "{ health { ...A } } fragment A on Health { ...B } fragment B on Health { ...A }",
  );
  expect(errors![0]).toMatchObject({ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } });
});
