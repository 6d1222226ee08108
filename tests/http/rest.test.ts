import { expect, test } from "vitest";
import { NoProductionModelError } from "../../src/errors/errors.js";
import { buildProbeApp } from "../../src/http/app.js";
import type { Services } from "../../src/services/services.js";
import { fakeFeatures, fakeServices } from "../support/fake-services.js";
import { listen, startApp } from "./running-app.js";

const post = (payload: unknown, type = "application/json") => ({
  method: "POST" as const,
  url: "/predict",
  headers: { "content-type": type },
  payload: typeof payload === "string" ? payload : JSON.stringify(payload),
});

test("GET /health: 200 while it serves, 503 once a part is down", async () => {
  const { app } = await startApp();
  const up = await app.inject({ url: "/health" });
  expect([up.statusCode, up.json()]).toEqual([
    200,
    {
      status: "OK",
      version: "0.0.0-test",
      database: "OK",
      online_store: "OK",
      production_model: { name: "churn", version: 3 },
      uptime_seconds: 1,
    },
  ]);
  const { app: broken } = await startApp({
    health: async () => ({ database: "DOWN", onlineStore: "OK", uptimeSeconds: 1 }),
  });
  expect((await broken.inject({ url: "/health" })).statusCode).toBe(503);
  const notReady = await broken.inject({ url: "/ready" });
  expect([notReady.statusCode, notReady.json().error.code]).toEqual([503, "SERVICE_UNAVAILABLE"]);
  expect((await app.inject({ url: "/ready" })).json()).toEqual({ status: "READY" });
  const live = await broken.inject({ url: "/live" });
  expect([live.statusCode, live.json()]).toEqual([200, { status: "LIVE" }]);
});

test("GET /features/:userId has exactly the contract's shape", async () => {
  const { app } = await startApp();
  const answer = await app.inject({ url: "/features/u1" });
  expect(answer.json()).toEqual({ user_id: "u1", features: fakeFeatures({ key: "u1" }).values });
});

test("GET /features/:userId refuses a date instead of answering with the values of now", async () => {
  const { app } = await startApp();
  const answer = await app.inject({ url: "/features/u1?as_of=2024-01-31" });
  expect([answer.statusCode, answer.json().error]).toEqual([
    400,
    {
      code: "BAD_USER_INPUT",
      message:
        'no query parameter was expected; got "as_of"; values of a past date are in query { features(userId: "…", asOf: "…") }',
    },
  ]);
});

test("a user with no row in any view is 404 with the features that are missing", async () => {
  const { app } = await startApp();
  const answer = await app.inject({ url: "/features/nobody" });
  expect(answer.statusCode).toBe(404);
  const { error } = answer.json();
  expect(error).toMatchObject({ code: "FEATURES_MISSING", user_id: "nobody" });
  expect(error.missing_features).toContain("watch_hours_30d");
});

test("POST /predict has exactly the contract's shape", async () => {
  const { app } = await startApp();
  const answer = await app.inject(post({ user_id: "u1" }));
  expect(answer.json()).toEqual({
    user_id: "u1",
    prediction: 1,
    probability: 0.75,
    model: { name: "churn", version: 3 },
    features_used: fakeFeatures({ key: "u1" }).values,
  });
});

test("POST /predict passes model, version and date on", async () => {
  const services = fakeServices();
  const { predict } = services.predictor;
  const asked: unknown[] = [];
  services.predictor.predict = (userId, request) => {
    asked.push(request);
    return predict(userId, request);
  };
  const { app } = await startApp({}, services);
  await app.inject(post({ user_id: "u1" }));
  await app.inject(post({ user_id: "u1", model: "other", version: 2, as_of: "2024-01-31" }));
  expect(asked).toEqual([{ model: "churn" }, { model: "other", version: 2, asOf: "2024-01-31" }]);
});

test.each([
  ["no user", {}, 400],
  ["a number for a user", { user_id: 17 }, 400],
  ["an empty user", { user_id: "" }, 400],
  ["a key nobody knows", { user_id: "u1", asOf: "2024-01-31" }, 400],
  ["a day that does not exist", { user_id: "u1", as_of: "2024-02-30" }, 400],
  ["a date that is empty", { user_id: "u1", as_of: "" }, 400],
  ["a version that is none", { user_id: "u1", version: 1.5 }, 400],
  ["a list", ["u1"], 400],
  ["broken JSON", '{"user_id"', 400],
  ["nothing", "", 400],
])("POST /predict with %s is refused in the one error shape", async (_what, payload, status) => {
  const { app } = await startApp();
  const answer = await app.inject(post(payload));
  expect(answer.statusCode).toBe(status);
  expect(answer.json()).toMatchObject({ error: { code: "BAD_USER_INPUT", message: expect.any(String) } });
});

test("no version in Production is 503 now, and 404 of a past date, which will never have one", async () => {
  const services = fakeServices();
  services.predictor.predict = async (_, { asOf }) => {
    throw new NoProductionModelError("churn", asOf ?? undefined);
  };
  const { app } = await startApp({}, services);
  for (const [payload, status] of [
    [{ user_id: "u1" }, 503],
    [{ user_id: "u1", as_of: "2000-01-01" }, 404],
  ] as const) {
    const answer = await app.inject(post(payload));
    expect([answer.statusCode, answer.json().error.code]).toEqual([status, "NO_PRODUCTION_MODEL"]);
  }
});

test("a body that is not JSON is 415, an unknown route 404, a broken address 400, in the same shape", async () => {
  const { app } = await startApp();
  for (const [request, status, code] of [
    [post("user_id=u1", "application/x-www-form-urlencoded"), 415, "BAD_USER_INPUT"],
    [post("u1", "text/plain"), 415, "BAD_USER_INPUT"],
    [{ url: "/nowhere" }, 404, "NOT_FOUND"],
    [{ method: "DELETE", url: "/predict" }, 404, "NOT_FOUND"],
    [{ url: "/features/%zz" }, 400, "BAD_USER_INPUT"],
    [{ url: `/features/${"x".repeat(3000)}` }, 414, "BAD_USER_INPUT"],
  ] as const) {
    const answer = await app.inject(request);
    expect([answer.statusCode, answer.json().error?.code]).toEqual([status, code]);
  }
});

const storing = (
  sha256: string,
  name: string,
  bytes: Buffer,
  { own = false, mediaType = "text/html" } = {},
): Services["artifacts"] => ({
  holders: async () => [],
  open: async (asked) =>
    asked !== sha256
      ? null
      : {
          name,
          mediaType,
          own,
          byteLength: bytes.length,
          async *read(start, end) {
            yield bytes.subarray(start, start + 1);
            if (end > start) yield bytes.subarray(start + 1, end + 1);
          },
        },
});

test.each([
  ["bytes=2-4", 206, "234", "bytes 2-4/10"],
  ["bytes=7-", 206, "789", "bytes 7-9/10"],
  ["bytes=-2", 206, "89", "bytes 8-9/10"],
  ["bytes=0-99", 206, "0123456789", "bytes 0-9/10"],
  ["bytes=10-", 416, "", "bytes */10"],
  ["bytes=-0", 416, "", "bytes */10"],
  ["bytes=4-2", 200, "0123456789", undefined],
  ["bytes=0-1,4-5", 200, "0123456789", undefined],
  ["lines=0-1", 200, "0123456789", undefined],
])(
  "an artifact asked for with Range: %s is answered with %i: %j",
  async (range, status, body, contentRange) => {
    const sha256 = "e".repeat(64);
    const { app } = await startApp(
      {},
      fakeServices({ artifacts: storing(sha256, "a.csv", Buffer.from("0123456789")) }),
    );
    const answer = await app.inject({ url: `/artifacts/${sha256}`, headers: { range } });
    expect([answer.statusCode, answer.body, answer.headers["content-range"]]).toEqual([
      status,
      body,
      contentRange,
    ]);
    const stale = await app.inject({
      url: `/artifacts/${sha256}`,
      headers: { range, "if-range": '"another"' },
    });
    expect([stale.statusCode, stale.body]).toEqual([200, "0123456789"]);
  },
);

test.each([
  [{}, 'user_id: a text was expected; {"user_id": "…"} was expected'],
  [{ user_id: 7 }, "user_id: a text was expected"],
  [{ user_id: "u1", version: "1" }, "version: a number was expected"],
  [{ user_id: "u1", version: 1.5 }, "version: a whole number was expected"],
  [{ user_id: "u1", versoin: 1 }, 'body: "versoin" is unknown'],
  [[], "body: an object was expected"],
])("a body that cannot be used says what was expected: %j", async (payload, words) => {
  const { app } = await startApp();
  const answer = await app.inject({ method: "POST", url: "/predict", payload });
  expect(answer.statusCode).toBe(400);
  expect(answer.json().error.message).toContain(words);
  expect(answer.json().error.message).not.toMatch(/Invalid|received|Unrecognized/);
});

test.each([
  ["a page of asof's own", true, "text/html; charset=utf-8", "inline"],
  ["data of asof's own", true, "application/json", "inline"],
  ["a model of asof's own", true, "application/octet-stream", "attachment"],
  ["a page that a client logged", false, "text/html; charset=utf-8", "attachment"],
  ["a picture that may hold a script", true, "image/svg+xml", "attachment"],
])("GET /artifacts/:sha256 of %s: %s, %s is %s, and sandboxed", async (_, own, mediaType, disposition) => {
  const sha256 = "e".repeat(64);
  const artifacts = storing(sha256, "r.html", Buffer.from("<p>"), { own, mediaType });
  const { app } = await startApp({}, fakeServices({ artifacts }));
  const { headers } = await app.inject({ url: `/artifacts/${sha256}` });
  expect(headers["content-disposition"]).toBe(`${disposition}; filename="r.html"`);
  expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; .*sandbox/);
  expect(headers["content-security-policy"]).not.toMatch(/allow-scripts|allow-same-origin|script-src/);
});

test("GET /artifacts/:sha256 shows a client's page in a frame alone: without scripts, of no origin, loading nothing", async () => {
  const sha256 = "e".repeat(64);
  const artifacts = storing(sha256, "r.html", Buffer.from("<p>"), { own: false, mediaType: "text/html" });
  const { app } = await startApp({}, fakeServices({ artifacts }));
  const framed = await app.inject({ url: `/artifacts/${sha256}`, headers: { "sec-fetch-dest": "iframe" } });
  expect(framed.headers).toMatchObject({
    "content-disposition": 'inline; filename="r.html"',
    "content-security-policy":
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox",
    vary: expect.stringMatching(/sec-fetch-dest/i),
  });
  const opened = await app.inject({ url: `/artifacts/${sha256}`, headers: { "sec-fetch-dest": "document" } });
  expect(opened.headers["content-disposition"]).toBe('attachment; filename="r.html"');
});

test("GET /artifacts/:sha256 is a download that may be kept forever", async () => {
  const sha256 = "c".repeat(64);
  const bytes = Buffer.from("<script>alert(1)</script>");
  const name = 'report "a/b"\r\n.html';
  const services = fakeServices({ artifacts: storing(sha256, name, bytes) });
  const { app } = await startApp({}, services);
  const answer = await app.inject({ url: `/artifacts/${sha256}` });
  expect(answer.rawPayload).toEqual(bytes);
  expect(answer.headers).toMatchObject({
    "content-type": "text/html",
    "content-disposition": 'attachment; filename="report__a_b___.html"',
    "cache-control": "private, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
  });
  const unknown = await app.inject({ url: `/artifacts/${"d".repeat(64)}` });
  expect([unknown.statusCode, unknown.json().error.code]).toEqual([404, "ARTIFACT_NOT_FOUND"]);
  const malformed = await app.inject({ url: "/artifacts/..%2f..%2fetc%2fpasswd" });
  expect([malformed.statusCode, malformed.json().error.code]).toEqual([400, "BAD_USER_INPUT"]);
});

test("GET /metrics counts requests, operations and predictions with few labels", async () => {
  const { app } = await startApp();
  await app.inject({ url: "/features/u1" });
  await app.inject({ url: "/features/u2" });
  await app.inject(post({ user_id: "u1" }));
  await app.inject({ method: "POST", url: "/graphql", payload: { query: "{ health { status } }" } });
  const { body, headers } = await app.inject({ url: "/metrics" });
  expect(headers["content-type"]).toContain("text/plain");
  expect(body).toContain(
    'http_request_duration_seconds_count{route="/features/:userId",method="GET",status="200"} 2',
  );
  expect(body).toContain('graphql_operation_duration_seconds_count{operation="query"} 1');
  expect(body).toContain('asof_predictions_total{model="churn",version="3",outcome="ok"} 1');
  expect(body).toContain("asof_feature_hit_rate 0.5");
  expect(body).toContain("process_cpu_seconds_total");
});

test("a scrape waits two seconds for a database that hangs, and tells the rest", async () => {
  const services = fakeServices();
  let asked = 0;
  services.features.freshness = () => {
    asked++;
    return new Promise(() => {});
  };
  services.operations.runsUnderWay = () => new Promise(() => {});
  const { app } = await startApp({}, services);
  for (let time = 0; time < 2; time++) {
    const { statusCode, body } = await app.inject({ url: "/metrics" });
    expect([statusCode, body.includes("asof_feature_view_age_seconds{")]).toEqual([200, false]);
    expect(body).toContain('asof_db_pool_waiting{pool="requests"} 1');
  }
  // The read that hangs is not joined by another at each scrape.
  expect(asked).toBe(1);
});

test("a model name a client makes up is no label", async () => {
  const services = fakeServices();
  services.predictor.predict = () => Promise.reject(new Error("no such model"));
  const { app } = await startApp({}, services);
  await app.inject(post({ user_id: "u1", model: "made up" }));
  const { body } = await app.inject({ url: "/metrics" });
  expect(body).toContain(
    'asof_predictions_total{model="unknown",version="",outcome="INTERNAL_SERVER_ERROR"} 1',
  );
});

test("a request is one log line with its id", async () => {
  const { url, lines } = await listen();
  await fetch(`${url}/ready`);
  const requests = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "request");
  expect(requests).toMatchObject([{ method: "GET", url: "/ready", status: 200, reqId: expect.any(String) }]);
});

test("closing waits for the answer under way", async () => {
  const services = fakeServices();
  const { read } = services.features;
  let answer!: () => void;
  let asked!: () => void;
  const reading = new Promise<void>((resolve) => {
    asked = resolve;
  });
  services.features.read = async (rows) => {
    asked();
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    return read(rows);
  };
  const { app, url } = await listen(services);
  const response = fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: `{ features(userId: "u1") { userId } }` }),
  });
  await reading;
  const closed = app.close();
  answer();
  expect(await (await response).json()).toEqual({ data: { features: { userId: "u1" } } });
  await closed;
});

test("a worker answers probes and metrics, and nothing else", async () => {
  const app = await buildProbeApp(fakeServices());
  for (const [url, status] of [
    ["/health", 200],
    ["/live", 200],
    ["/ready", 200],
    ["/metrics", 200],
    ["/features/u1", 404],
    ["/graphql", 404],
  ] as const) {
    expect([url, (await app.inject({ url })).statusCode]).toEqual([url, status]);
  }
  await app.close();
});
