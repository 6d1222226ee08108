import type { FastifyInstance } from "fastify";
import { Kind, type OperationDefinitionNode, parse, validate } from "graphql";
import { expect, it } from "vitest";
import { entityNames } from "../../src/definitions/language/entity-names.js";
import { AsofError, FeaturesMissingError } from "../../src/errors/errors.js";
import { OperationCompiler } from "../../src/http/compile-operation.js";
import { buildAsofSchema } from "../../src/resolvers/build-schema.js";
import { testing as definitions } from "../support/deployment/testing.js";
import { fakeFeatures, fakePrediction, fakeServices } from "../support/fake-services.js";
import { type Meanings, randomQuery } from "../support/random-query.js";
import { startApp } from "./running-app.js";

const schema = await buildAsofSchema(definitions);
const compiler = new OperationCompiler(schema);
const MEANINGS: Meanings = {
  userId: ["u1", "u2", "nobody", "crash", 7],
  userIds: ["u1", "u2", "nobody", "crash"],
  ids: ["00000000-0000-4000-8000-000000000001"],
  id: ["00000000-0000-4000-8000-000000000001", "1"],
  model: ["churn", "late"],
  Date: ["2024-01-31", "2024-02-30", 5],
  DateTime: ["2024-02-01T00:00:00.000Z", "soon"],
  Int: [1, 2, 50],
  Float: [0.5, 1],
  Boolean: [true, false],
  String: ["a", "auc"],
  ID: ["u1", 3],
};

/** Some of what is asked for fails: at once, later, by itself, or with all that is asked for beside it. */
function services() {
  const made = fakeServices();
  const fail = (id: string): Error | null => {
    if (id === "nobody")
      return new FeaturesMissingError(entityNames(definitions.entities[0]!.entity), id, ["tenure"]);
    return id === "crash" ? new Error("password=hunter2") : null;
  };
  return {
    ...made,
    health: made.health,
    features: {
      ...made.features,
      read: async (rows: readonly { key: string }[]) =>
        rows.map((row) => (row.key === "crash" ? new Error("lost") : fakeFeatures(row))) as never,
    },
    predictor: {
      ...made.predictor,
      predict: async (key: string, { model }: { model: string }) => {
        if (model === "late") await new Promise(setImmediate);
        const error = fail(key);
        if (error) throw error;
        return fakePrediction(key);
      },
      predictMany: async (ids: readonly string[]) =>
        ids.map((key) => {
          const missing = fail(key) && {
            code: "FEATURES_MISSING",
            message: "none",
            missingFeatures: ["tenure"],
          };
          return { key, prediction: missing ? null : fakePrediction(key), error: missing };
        }),
      explain: async () => Promise.reject(new AsofError("SERVICE_UNAVAILABLE", "not now")),
    },
    monitoring: {
      ...made.monitoring,
      live: () => Promise.reject(new AsofError("SNAPSHOT_NOT_FOUND", "no labels")),
      driftHistory: async () => null,
      shadow: () => {
        throw new Error("at once");
      },
    },
  } as ReturnType<typeof fakeServices>;
}

async function ask(app: FastifyInstance, body: object) {
  const {
    statusCode,
    headers,
    body: text,
  } = await app.inject({ method: "POST", url: "/graphql", payload: body });
  return [statusCode, headers["content-type"], headers["cache-control"], text];
}

let unseen = 0;

/** As a document that was never seen before is answered, and then five times as it is. */
async function expectSame(app: FastifyInstance, body: { query: string; variables?: unknown }): Promise<void> {
  const first = await ask(app, { ...body, query: `${body.query}\n# ${unseen++}` });
  for (let time = 1; time <= 5; time++) {
    const again = await ask(app, body);
    // Only then: a message of this size costs more than the comparison.
    if (again.join() !== first.join())
      expect(again, `time ${time} of ${JSON.stringify(body)}`).toEqual(first);
  }
}

/** Whether it may be compiled at all: another query is answered the same by the same code. */
function compiles(query: string): boolean | null {
  const document = parse(query);
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (operations.length > 1 || query.includes("__schema") || validate(schema, document).length > 0)
    return null;
  return compiler.compile(document, operations[0] as OperationDefinitionNode) !== null;
}

it("a generated query with generated variables is answered the same, byte by byte, compiled or not", async () => {
  const { app } = await startApp({}, services());
  const tried = { compiled: 0, others: 0 };
  for (let seed = 1; seed <= 150; seed++) {
    const { query, bodies } = randomQuery(schema, seed, { meanings: MEANINGS });
    const compiled = compiles(query);
    tried[compiled ? "compiled" : "others"]++;
    for (const body of compiled ? bodies : bodies.slice(0, 1)) await expectSame(app, { query, ...body });
  }
  expect(tried.compiled).toBeGreaterThan(25);
});

it.each([
  ['{ predict(userId: "u1") { probability modelVersion { id version } } }', true],
  ["{ users(first: 2) { edges { cursor node { id userId } } pageInfo { startCursor } } }", true],
  ['{ node(id: "user:u1") { id } }', false],
  ['{ user(userId: "u1") { ... on Node { id } } }', false],
])(
  "types that implement Node are compiled where the document does not ask for a Node: %s, %s",
  async (query, compiled) => {
    expect(compiles(query)).toBe(compiled);
    const { app } = await startApp({}, services());
    await expectSame(app, { query });
  },
);

const RUNS = 'runs(orderByMetric: { name: "auc", direction: $d }) { nodes { id } }';

it.each<[string, string, Record<string, unknown>[]]>([
  [
    "null for an enum with a default",
    `query($d: SortDirection) { ${RUNS} }`,
    [{ d: null }, {}, { d: "ASC" }, { d: 7 }],
  ],
  [
    "null for an enum whose variable has a default",
    `query($d: SortDirection = ASC) { ${RUNS} }`,
    [{ d: null }, {}, { d: "UP" }],
  ],
  [
    "null for a condition with a default",
    "query($i: Boolean = true) { health { status version @include(if: $i) } }",
    [{ i: null }, {}, { i: false }, { i: "x" }],
  ],
  [
    "a condition in a fragment that is spread twice",
    "query($i: Boolean!) { a: health { ...F @include(if: $i) } b: health { ...F } } fragment F on Health { version }",
    [{ i: false }, { i: true }],
  ],
  [
    "skip, and include, of one field",
    "query($i: Boolean!) { health { status version @skip(if: $i) @include(if: true) } }",
    [{ i: true }, { i: false }],
  ],
  [
    "null for a number with a default",
    "query($n: Int = 3) { runs(first: $n) { nodes { id } } }",
    [{ n: null }, {}, { n: 1 }, { n: 1.5 }, { n: 2 ** 31 }],
  ],
  [
    "one value for a list",
    "query($ids: [ID!]!) { predictMany(userIds: $ids) { userId } }",
    [{ ids: "u1" }, { ids: [null] }, { ids: [[1]] }],
  ],
  [
    "a variable in a list",
    "query($a: ID!) { predictMany(userIds: [$a, 7]) { userId } }",
    [{ a: "u1" }, { a: null }, {}],
  ],
  [
    "variables in an input object",
    "query($k: RunKind, $m: String) { runs(where: { kind: $k, model: $m }) { nodes { id } } }",
    [{}, { k: null }, { k: "TRAIN", m: null }, { k: "nothing" }, { m: 7 }],
  ],
  [
    "an input object",
    "query($w: RunFilter = { kind: INGEST }) { runs(where: $w) { nodes { id } } }",
    [{}, { w: null }, { w: {} }, { w: { kind: null, unknown: 1 } }, { w: { tags: [1] } }, { w: [] }],
  ],
  [
    "a date that is none",
    'query($d: Date) { a: features(userId: 1, asOf: $d) { json } b: features(userId: 1, asOf: "2024-01-31") { json } }',
    [{ d: "2024-02-30" }, { d: 5 }, { d: null }, { d: "2024-01-31" }, {}],
  ],
  [
    "an instant",
    "query($t: DateTime) { features(userId: 1, knownAt: $t) { json } }",
    [{ t: "soon" }, { t: 0 }, { t: "2024-02-01T00:00:00Z" }],
  ],
  [
    "more than fifty wrong values",
    "query($ids: [ID!]!) { predictMany(userIds: $ids) { userId } }",
    [{ ids: Array(60).fill({}) }],
  ],
  ["an alias that objects have", "{ __proto__: health { version } constructor: health { version } }", [{}]],
  ["paths that are one name", "{ a: health { b_c: version } a_b: health { c: status } }", [{}]],
  [
    "a field that is asked for twice",
    '{ predict(userId: "u1") { userId } predict(userId: "u1") { userId probability } }',
    [{}],
  ],
  [
    "two that fail",
    "query($a: ID!, $b: ID!) { a: predict(userId: $a) { userId } b: predict(userId: $b) { userId } }",
    [
      { a: "nobody", b: "crash" },
      { a: "u1", b: "nobody" },
      { a: "nobody", b: "u1" },
    ],
  ],
  [
    "failures below the root",
    '{ models { versions { live(labelAsOf: "2024-01-31") { auc } shadowComparison { predictions } transitions { id } } } }',
    [{}],
  ],
  [
    "a failure in a field that may be null",
    "{ predict(userId: 1) { userId contributions { value } baseValue } }",
    [{}],
  ],
])("%s: the answer is the same", async (_, query, all) => {
  const { app } = await startApp({}, services());
  for (const variables of all) await expectSame(app, { query, variables });
});

it("what fails is asked for once, though the answer is made anew", async () => {
  const { app } = await startApp({}, services());
  const payload = {
    query: '{ a: predict(userId: "nobody") { userId } b: predict(userId: "u1") { contributions { value } } }',
  };
  for (let time = 1; time <= 5; time++) {
    await app.inject({ method: "POST", url: "/graphql", payload });
    const { body } = await app.inject({ url: "/metrics" });
    expect(body).toContain(
      `asof_predictions_total{model="churn",version="",outcome="FEATURES_MISSING"} ${time}\n`,
    );
  }
});
