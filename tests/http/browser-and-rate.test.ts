import { createClient } from "graphql-ws";
import { expect, test } from "vitest";
import WebSocket from "ws";
import { RateLimiter } from "../../src/http/rate-limit.js";
import type { Services } from "../../src/services/services.js";
import { query, startApp } from "../http/running-app.js";
import { fakeServices } from "../support/fake-services.js";

const operation = { query: "{ health { status } }" };

/** Everybody is the token they send. */
function perToken(rateLimitPerSecond: number): Services {
  const services = fakeServices();
  services.config = { ...services.config, rateLimitPerSecond };
  const authenticate = (authorization: string | undefined) =>
    ({
      actor: "t",
      role: "admin",
      modelRoles: {},
      protocolRoles: {},
      seesPersonal: false,
      kind: "token",
      id: authorization ?? "",
      expiresAt: null,
    }) as const;
  services.auth = { ...services.auth, open: false, authenticate };
  return services;
}

test("a token that asks too often is told when to come back; others are answered", async () => {
  const { app } = await startApp({}, perToken(1));
  const asked = (token: string) => app.inject({ url: "/features/u1", headers: { authorization: token } });
  expect([(await asked("a")).statusCode, (await asked("a")).statusCode]).toEqual([200, 200]);
  const refused = await asked("a");
  expect([refused.statusCode, refused.headers["retry-after"], refused.json().error]).toEqual([
    429,
    "1",
    {
      code: "RATE_LIMITED",
      message: "at most 1 requests a second are answered to one caller; try again in 1 s",
      retry_after_seconds: 1,
    },
  ]);
  const graphql = await app.inject({
    method: "POST",
    url: "/graphql",
    payload: operation,
    headers: { authorization: "a" },
  });
  expect([graphql.statusCode, graphql.json().errors[0].extensions]).toEqual([
    429,
    { code: "RATE_LIMITED", retryAfterSeconds: 1 },
  ]);
  expect((await asked("b")).statusCode).toBe(200);
});

test("operations over WebSocket count as requests", async () => {
  const { app } = await startApp({}, perToken(1));
  const address = await app.listen({ host: "127.0.0.1", port: 0 });
  const client = createClient({
    url: `${address.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { token: "a" },
    lazy: false,
  });
  const ask = () =>
    client
      .iterate<any>(operation)
      .next()
      .then(
        ({ value }) => value.data.health.status,
        ([{ extensions, message }]) => `${extensions.code}: ${message}`,
      );
  expect([await ask(), await ask(), await ask()]).toEqual([
    ...["OK", "OK"],
    expect.stringMatching(/^RATE_LIMITED: at most 1 requests a second are answered/),
  ]);
  await client.dispose();
});

test("a caller gets back what time gives, up to twice a second's requests", () => {
  let now = 0;
  const limiter = new RateLimiter(10, () => now);
  const taken = () => {
    let count = 0;
    try {
      for (; count < 100; count++) limiter.take("a");
    } catch {}
    return count;
  };
  expect(taken()).toBe(20);
  now += 500;
  expect(taken()).toBe(5);
  now += 3_600_000;
  expect(taken()).toBe(20);
});

test.each([
  ["a form", { "content-type": "application/x-www-form-urlencoded" }, "query=%7Bhealth%7Bstatus%7D%7D"],
  ["text", { "content-type": "text/plain" }, JSON.stringify(operation)],
])(
  "what a page of another site may send unasked, %s, runs no operation and predicts nothing",
  async (_what, headers, payload) => {
    const services = fakeServices();
    const asked: unknown[] = [];
    services.health = async () => {
      asked.push("health");
      return { database: "OK", onlineStore: "OK", uptimeSeconds: 1 };
    };
    services.predictor.predict = async () => {
      asked.push("predict");
      throw new Error();
    };
    const { app } = await startApp({}, services);
    for (const url of ["/graphql", "/predict"]) {
      const { statusCode } = await app.inject({ method: "POST", url, headers, payload });
      expect([url, statusCode]).toEqual([url, 415]);
    }
    const got = await app.inject({ url: "/graphql?query={health{status}}" });
    expect([got.statusCode, got.json().errors[0].message]).toEqual([400, expect.stringContaining("CSRF")]);
    expect(asked).toEqual([]);
  },
);

test("no page of another site is allowed to read an answer", async () => {
  const { app } = await startApp();
  const origin = "https://evil.example";
  const preflight = await app.inject({
    method: "OPTIONS",
    url: "/graphql",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type",
    },
  });
  const answered = await app.inject({
    method: "POST",
    url: "/graphql",
    payload: operation,
    headers: { origin },
  });
  for (const { headers } of [preflight, answered]) {
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
  }
  expect([preflight.statusCode, answered.headers]).toMatchObject([
    404,
    { "x-content-type-options": "nosniff", "cross-origin-resource-policy": "same-origin" },
  ]);
});

const SECRETS = /select |password|hunter2|\/home\/|\bat .*\.ts|node_modules|ENOENT|relation/i;

test("whatever fails in whatever layer, its message holds no path, SQL or stack", async () => {
  const failures = [
    Object.assign(new Error('relation "online_usage" does not exist: select * from online_usage'), {
      code: "42P01",
    }),
    Object.assign(new Error("ENOENT: no such file or directory, open '/home/asof/secret.csv'"), {
      code: "ENOENT",
    }),
    new TypeError("Cannot read properties of undefined (reading 'hunter2')"),
    new Error("password authentication failed for user asof", { cause: new Error("select 1") }),
  ];
  for (const failure of failures) {
    const services = fakeServices();
    const fail = async () => {
      throw failure;
    };
    services.features.read = fail;
    services.predictor.predict = fail;
    services.artifacts.open = fail;
    services.tracking.heldOut = fail;
    services.tracking.logArtifact = fail;
    services.runs.list = fail;
    services.models.promote = fail;
    services.runs.follow = () => {
      throw failure;
    };
    const { app, lines } = await startApp({}, services);
    const upload = "/runs/00000000-0000-4000-8000-000000000000/artifacts/a";
    const octets = { "content-type": "application/octet-stream" };
    const answers = [
      await app.inject({ url: "/features/u1" }),
      await app.inject({ method: "POST", url: "/predict", payload: { user_id: "u1" } }),
      await app.inject({ url: `/artifacts/${"0".repeat(64)}` }),
      await app.inject({ url: "/held-out?as_of=2024-01-31" }),
      await app.inject({ method: "POST", url: upload, payload: "x", headers: octets }),
    ];
    for (const { statusCode, body } of answers) {
      expect(statusCode).toBe(500);
      expect(body).not.toMatch(SECRETS);
    }
    for (const document of [
      '{ features(userId: "u1") { userId } }',
      '{ predict(userId: "u1") { userId } }',
      "{ runs { nodes { id } } }",
      "mutation { promote(input: { version: 1 }) { id } }",
    ]) {
      const { errors } = await query(app, document);
      expect(errors![0]).toMatchObject({
        message: "internal error; see the server's log",
        extensions: { code: "INTERNAL_SERVER_ERROR" },
      });
      expect(JSON.stringify(errors)).not.toMatch(SECRETS);
    }
    expect(lines.join("\n")).toContain(JSON.stringify(failure.message).slice(1, -1));
  }
});
