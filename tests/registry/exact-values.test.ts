import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { startTestApp, type TestApp } from "../support/app.js";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app?.stop());

const CREATE = "mutation($input: CreateRunInput!) { createRun(input: $input) { id params name note } }";

interface Answer {
  data?: any;
  errors?: { message: string; extensions: { code: string } }[];
}

/** The body as it is written here: JSON.stringify would not write these numbers. */
async function post(
  body: string,
  path = "/graphql",
): Promise<Answer & { error?: { code: string; message: string } }> {
  const headers = { "content-type": "application/json" };
  return (await (
    await fetch(`${app.client.address}${path}`, { method: "POST", headers, body })
  ).json()) as Answer;
}
const create = (params: string) =>
  post(`{"query":${JSON.stringify(CREATE)},"variables":{"input":{"params":${params}}}}`);
const codeOf = ({ errors }: Answer) => errors?.[0]?.extensions.code;

async function overSocket(message: string): Promise<any> {
  const socket = new WebSocket(`${app.client.address.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  const received: any[] = [];
  const answered = new Promise<any>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("message", (data) => {
      const told = JSON.parse(String(data));
      received.push(told);
      if (told.type === "connection_ack") socket.send(message);
      if (told.type === "error" || told.type === "next") resolve(told);
    });
  });
  socket.on("open", () => socket.send('{"type":"connection_init"}'));
  try {
    return await answered;
  } finally {
    socket.close();
  }
}

describe("parameters come back as they were given, or are refused", () => {
  it.each([
    ['{"a":9007199254740992,"b":1e21,"c":[0.1,5e-324,-1.5,1e2],"d":{"e":"9007199254740993"}}'],
    ['{"é":"\\ud83d\\ude00","__proto__":{"constructor":1}}'],
  ])("%s comes back", async (params) => {
    const { data, errors } = await create(params);
    expect(errors).toBeUndefined();
    expect(JSON.stringify(data.createRun.params)).toBe(JSON.stringify(JSON.parse(params)));
  });

  it.each([
    ['{"n":9007199254740993}', "the number 9007199254740993 is 9007199254740992 as a double"],
    ['{"n":1e400}', "the number 1e400 is beyond what a double holds"],
    ['{"n":[{"m":-1e-400}]}', "the number -1e-400 is so small that a double holds 0"],
    ['{"n":1,"n":2}', 'the name "n" is there twice in one object'],
    ['{"t":"\\ud800"}', "it holds half of a surrogate pair"],
    ['{"\\udc00":1}', "it holds half of a surrogate pair"],
    ['{"t":"\\u0000"}', "it holds a NUL character"],
  ])("%s is refused over HTTP, as a variable of GET and over a socket", async (params, problem) => {
    const posted = await create(params);
    const query = encodeURIComponent("query($w: RunFilter) { runs(where: $w) { nodes { id } } }");
    const variables = encodeURIComponent(`{"w":{"params":[{"name":"x","value":${params}}]}}`);
    const got = (await (
      await fetch(`${app.client.address}/graphql?query=${query}&variables=${variables}`, {
        headers: { "apollo-require-preflight": "1" },
      })
    ).json()) as Answer;
    const payload = `{"query":${JSON.stringify(CREATE)},"variables":{"input":{"params":${params}}}}`;
    const told = await overSocket(`{"id":"1","type":"subscribe","payload":${payload}}`);
    const errors = [posted.errors, got.errors, told.payload.errors ?? told.payload].map((all) => all?.[0]);
    for (const error of errors) {
      expect(error).toMatchObject({ extensions: { code: "BAD_USER_INPUT" } });
      expect(error.message).toContain(problem);
    }
  });

  it.each([
    ["{ n: 9007199254740993 }", "the number 9007199254740993 is 9007199254740992 as a double"],
    ["{ n: [1e999] }", "the number 1e999 is beyond what a double holds"],
    ["{ n: MAYBE }", "MAYBE is no JSON; write it in quotes"],
  ])("%s is refused in a document", async (literal, problem) => {
    const answer = await app.client.raw(`mutation { createRun(input: { params: ${literal} }) { id } }`);
    expect(codeOf(answer as Answer)).toBe("BAD_USER_INPUT");
    expect(answer.errors![0]!.message).toContain(problem);
  });
});

describe("is refused as the client's own", () => {
  const HALF = "a\ud800b";
  it.each<[string, string, Record<string, unknown>]>([
    ["a name", CREATE, { input: { name: HALF } }],
    ["a note", CREATE, { input: { note: HALF } }],
    ["a commit", CREATE, { input: { gitCommit: HALF } }],
    ["a tag", CREATE, { input: { tags: { team: HALF } } }],
    ["a tag's name", CREATE, { input: { tags: { [HALF]: "x" } } }],
    ["an environment", CREATE, { input: { environment: { os: [HALF] } } }],
    ["a reason", "mutation($r: String!) { rollback(reason: $r) { version } }", { r: HALF }],
    ["a user id", "query($id: ID!) { predict(userId: $id) { probability } }", { id: HALF }],
    ["a model's name", "query($m: String!) { model(name: $m) { name } }", { m: HALF }],
  ])("%s with half of a character", async (_, operation, variables) => {
    const answer = await app.client.raw(operation, variables);
    expect(codeOf(answer as Answer)).toBe("BAD_USER_INPUT");
    expect(answer.errors![0]!.message).toContain("half of a surrogate pair");
  });

  it("a user id of REST", async () => {
    expect(await post('{"user_id":"\\ud800"}', "/predict")).toMatchObject({
      error: {
        code: "BAD_USER_INPUT",
        message: "user_id cannot be used: it holds half of a surrogate pair, which is no character",
      },
    });
  });

  it.each([
    [
      "1e400 as a number of a document",
      '{ runs(where: { metric: { name: "a", min: 1e400 } }) { nodes { id } } }',
    ],
    [
      "a whole number beyond 2^53 of a document",
      '{ runs(where: { metric: { name: "a", min: 9007199254740993 } }) { nodes { id } } }',
    ],
    [
      "an instant past the last year through its offset",
      '{ features(userId: "u", knownAt: "9999-12-31T23:59:59-01:00") { userId } }',
    ],
    [
      "an instant before the first year through its offset",
      '{ features(userId: "u", knownAt: "0001-01-01T00:00:00+01:00") { userId } }',
    ],
    ["an argument that is null", "{ runs(first: null) { nodes { id } } }"],
  ])("%s", async (_, operation) => {
    expect(codeOf((await app.client.raw(operation)) as Answer)).toBe("BAD_USER_INPUT");
  });

  it.each([
    "query($x: Boolean = true) { health @include(if: $x) { status } }",
    "query($n: Int = 5) { runs(first: $n) { nodes { id } } }",
  ])("a variable that is null where none may be: %s", async (operation) => {
    const answer = await app.client.raw(operation, { x: null, n: null });
    expect(codeOf(answer as Answer)).toBe("BAD_USER_INPUT");
  });

  it("an id that is a number beyond 2^53; smaller ones, and any in a document, keep their digits", async () => {
    const FEATURES = "query($id: ID!) { features(userId: $id) { userId } }";
    const ask = (id: string) => post(`{"query":${JSON.stringify(FEATURES)},"variables":{"id":${id}}}`);
    for (const id of ["9007199254740993", "9007199254740994", "1e21"]) {
      expect([id, codeOf(await ask(id))]).toEqual([id, "BAD_USER_INPUT"]);
    }
    expect((await ask("9007199254740991")).data.features.userId).toBe("9007199254740991");
    const literal = await app.client.query("{ features(userId: 9007199254740993) { userId } }");
    expect(literal.features.userId).toBe("9007199254740993");
  });

  it("the same, however often it is asked, compiled or not", async () => {
    const FEATURES = "query($id: ID!, $at: DateTime) { features(userId: $id, knownAt: $at) { userId } }";
    const bad = [{ id: 2 ** 60 }, { id: "u", at: "9999-12-31T23:59:59-01:00" }];
    for (let i = 0; i < 6; i++) {
      await app.client.query(FEATURES, { id: "u" });
      for (const variables of bad) {
        expect(codeOf((await app.client.raw(FEATURES, variables)) as Answer)).toBe("BAD_USER_INPUT");
      }
    }
  });
});

describe("a metric", () => {
  const LOG =
    "mutation($id: ID!, $metrics: [MetricInput!]!) { logMetrics(runId: $id, metrics: $metrics) { id } }";
  const newRun = async () => (await app.client.query(CREATE, { input: {} })).createRun.id as string;

  it("that is no number of JSON is told as text, beside a value of null, and is in no range", async () => {
    const id = await newRun();
    const texts = ["NaN", "Infinity", "-Infinity"];
    await app.client.query(LOG, {
      id,
      metrics: [
        ...texts.map((text, step) => ({ name: "loss", text, step })),
        { name: "auc", value: 0.25, step: 2 ** 53 - 1 },
      ],
    });
    const { run } = await app.client.query(
      'query($id: ID!) { run(id: $id) { metrics { name value text step } metric(name: "loss") events { type message data } } }',
      { id },
    );
    expect(run.metrics).toEqual([
      { name: "auc", value: 0.25, text: "0.25", step: 2 ** 53 - 1 },
      ...texts.map((text, step) => ({ name: "loss", value: null, text, step })),
    ]);
    expect(run.metric).toBeNull();
    expect(run.events.at(-1).data).toMatchObject({ loss: "-Infinity" });
    const nan = await newRun();
    await app.client.query(LOG, { id: nan, metrics: [{ name: "only nan", text: "NaN" }] });
    const RUNS =
      'query($min: Float) { runs(where: { metric: { name: "only nan", min: $min } }) { nodes { id } } }';
    expect((await app.client.query(RUNS, { min: 0 })).runs.nodes).toEqual([]);
    expect((await app.client.query(RUNS)).runs.nodes).toEqual([{ id: nan }]);
  });

  it("is paged through by steps of up to 53 bits", async () => {
    const id = await newRun();
    const steps = [-(2 ** 53) + 1, 0, 2 ** 40, 2 ** 53 - 1];
    await app.client.query(LOG, { id, metrics: steps.map((step) => ({ name: "x", value: step, step })) });
    const HISTORY =
      'query($id: ID!, $after: Float) { run(id: $id) { metricHistory(name: "x", afterStep: $after) { step value } } }';
    const { run } = await app.client.query(HISTORY, { id, after: 0 });
    expect(run.metricHistory).toEqual([2 ** 40, 2 ** 53 - 1].map((step) => ({ step, value: step })));
  });

  it.each([
    [
      { name: "x", value: 1, step: 0.5 },
      "metrics[0].step: a whole number between -2^53 and 2^53 was expected; got 0.5",
    ],
    [{ name: "x" }, "metrics[0]: a value was expected, or the text NaN, Infinity or -Infinity; got {}"],
    [
      { name: "x", text: "1" },
      'metrics[0]: a value was expected, or the text NaN, Infinity or -Infinity; got {"text":"1"}',
    ],
    [
      { name: "x", value: 1, text: "NaN" },
      'metrics[0]: a value was expected, or the text NaN, Infinity or -Infinity; got {"value":1,"text":"NaN"}',
    ],
  ])("%j is refused", async (metric, message) => {
    expect(await app.client.error(LOG, { id: await newRun(), metrics: [metric] })).toMatchObject({
      code: "BAD_USER_INPUT",
      message,
    });
  });
});
