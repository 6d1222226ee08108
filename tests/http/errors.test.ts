import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { entityNames } from "../../src/definitions/language/entity-names.js";
import {
  ArtifactNotFoundError,
  AsofError,
  BadUserInputError,
  ConflictError,
  type ErrorCode,
  FeaturesMissingError,
  GateFailedError,
  ModelNotFoundError,
  NoProductionModelError,
  RunNotCancellableError,
  RunNotFoundError,
  SnapshotNotFoundError,
  SourceNotFoundError,
  ValidationFailedError,
} from "../../src/errors/errors.js";
import { ServiceBusyError } from "../../src/errors/limit-errors.js";
import { errorStatus } from "../../src/http/error-status.js";
import { testing as definitions } from "../support/deployment/testing.js";
import { fakeServices } from "../support/fake-services.js";
import { query, startApp } from "./running-app.js";

const gates = [{ name: "auc", passed: false, message: "0.5 < 0.6" }];

const failures: [ErrorCode, number, AsofError][] = [
  ["BAD_USER_INPUT", 400, new BadUserInputError("no")],
  ["QUERY_TOO_COMPLEX", 400, new AsofError("QUERY_TOO_COMPLEX", "no")],
  ["UNAUTHENTICATED", 401, new AsofError("UNAUTHENTICATED", "no")],
  ["FORBIDDEN", 403, new AsofError("FORBIDDEN", "no")],
  [
    "FEATURES_MISSING",
    404,
    new FeaturesMissingError(entityNames(definitions.entities[0]!.entity), "u1", ["monthly_fee"]),
  ],
  ["MODEL_NOT_FOUND", 404, new ModelNotFoundError("churn", 9)],
  ["SNAPSHOT_NOT_FOUND", 404, new SnapshotNotFoundError("2024-01-31")],
  ["SOURCE_NOT_FOUND", 404, new SourceNotFoundError("month_9", "no such folder")],
  ["RUN_NOT_FOUND", 404, new RunNotFoundError("r")],
  ["ARTIFACT_NOT_FOUND", 404, new ArtifactNotFoundError("0")],
  ["CONFLICT", 409, new ConflictError("no")],
  ["RUN_NOT_CANCELLABLE", 409, new RunNotCancellableError("r", "FAILED")],
  ["VALIDATION_FAILED", 422, new ValidationFailedError("no")],
  ["GATE_FAILED", 422, new GateFailedError("churn", 2, gates)],
  ["NO_PRODUCTION_MODEL", 503, new NoProductionModelError("churn")],
  ["SERVICE_UNAVAILABLE", 503, new AsofError("SERVICE_UNAVAILABLE", "no")],
];

test.each(failures)(
  "%s is HTTP %i, and the same code and message in GraphQL",
  async (code, status, failure) => {
    const services = fakeServices();
    services.predictor.predict = () => Promise.reject(failure);
    const { app } = await startApp({}, services);

    const rest = await app.inject({ method: "POST", url: "/predict", payload: { user_id: "u1" } });
    expect(rest.statusCode).toBe(status);
    expect(rest.json().error).toMatchObject({ code, message: failure.message });

    const { data, errors } = await query(app, `{ predict(userId: "u1") { probability } }`);
    expect(data).toEqual({ predict: null });
    expect(errors).toHaveLength(1);
    expect(errors![0]).toMatchObject({ message: failure.message, path: ["predict"] });
    expect(errors![0]!.extensions).toEqual(JSON.parse(JSON.stringify({ ...failure.details, code })));
  },
);

test("details are camelCase in GraphQL and snake_case over REST", async () => {
  const services = fakeServices();
  services.predictor.predict = () =>
    Promise.reject(
      new FeaturesMissingError(entityNames(definitions.entities[0]!.entity), "u1", ["monthly_fee"]),
    );
  const { app } = await startApp({}, services);
  const rest = await app.inject({ method: "POST", url: "/predict", payload: { user_id: "u1" } });
  expect(rest.json().error).toMatchObject({ user_id: "u1", missing_features: ["monthly_fee"] });
  const { errors } = await query(app, `{ predict(userId: "u1") { probability } }`);
  expect(errors![0]!.extensions).toMatchObject({ userId: "u1", missingFeatures: ["monthly_fee"] });
});

test("an unforeseen error is masked to clients and logged with its cause", async () => {
  const services = fakeServices();
  const secret = () => {
    throw new Error("password=hunter2", { cause: new Error("socket gone") });
  };
  services.predictor.predict = async () => secret();
  services.snapshots.list = async () => secret();
  const { app, lines } = await startApp({}, services);

  const rest = await app.inject({ method: "POST", url: "/predict", payload: { user_id: "u1" } });
  expect(rest.statusCode).toBe(500);
  expect(rest.json()).toEqual({
    error: { code: "INTERNAL_SERVER_ERROR", message: "internal error; see the server's log" },
  });

  const answer = await query(app, "{ snapshots { totalCount } }");
  expect(answer.errors).toEqual([
    {
      message: "internal error; see the server's log",
      locations: [{ line: 1, column: 3 }],
      path: ["snapshots"],
      extensions: { code: "INTERNAL_SERVER_ERROR" },
    },
  ]);

  const logged = lines.filter((line) => line.includes("hunter2"));
  expect(logged).toHaveLength(2);
  for (const line of logged) expect(line).toContain("socket gone");
});

test("a database that is away is told, and logged apart from what only the log explains", async () => {
  const services = fakeServices();
  services.predictor.predict = () =>
    Promise.reject(Object.assign(new Error("connect refused"), { code: "ECONNREFUSED" }));
  const { app, lines } = await startApp({}, services);
  const rest = await app.inject({ method: "POST", url: "/predict", payload: { user_id: "u1" } });
  expect([rest.statusCode, rest.json().error]).toEqual([
    503,
    { code: "SERVICE_UNAVAILABLE", message: "the database is away for a moment; try again" },
  ]);
  const logged = lines.map((line) => JSON.parse(line)).filter(({ err }) => err);
  expect(logged).toMatchObject([
    {
      level: 40,
      code: "SERVICE_UNAVAILABLE",
      msg: "a request failed: the database is away, full or too slow",
      err: { message: "connect refused" },
    },
  ]);
});

test("an error with our INTERNAL_SERVER_ERROR code is masked like any other", async () => {
  const services = fakeServices();
  services.snapshots.list = () => Promise.reject(new AsofError("INTERNAL_SERVER_ERROR", "table x is broken"));
  const { app } = await startApp({}, services);
  expect(JSON.stringify(await query(app, "{ snapshots { totalCount } }"))).not.toContain("table x");
});

test("a value of ours that does not fit its type is our error, not the client's", async () => {
  const services = fakeServices();
  services.entities.count = async () => 0.5;
  const { app } = await startApp({}, services);
  const { errors } = await query(app, "{ users { totalCount } }");
  expect(errors![0]!.extensions).toEqual({ code: "INTERNAL_SERVER_ERROR" });
});

test.each([
  ["{ health {", "GRAPHQL_PARSE_FAILED"],
  ["{ nothing }", "GRAPHQL_VALIDATION_FAILED"],
  ["{ health }", "GRAPHQL_VALIDATION_FAILED"],
  ["query A { health { status } } query B { health { status } }", "OPERATION_RESOLUTION_FAILURE"],
  [`{ users(first: "ten") { totalCount } }`, "BAD_USER_INPUT"],
  [`{ users(first: null) { totalCount } }`, "BAD_USER_INPUT"],
  [`{ users(many: 1) { totalCount } }`, "BAD_USER_INPUT"],
  ["{ features { asOf } }", "BAD_USER_INPUT"],
  ["{ runs(orderBy: SIDEWAYS) { totalCount } }", "BAD_USER_INPUT"],
  [`mutation { ingest(input: { source: "m" }) { id } }`, "BAD_USER_INPUT"],
  ["query ($id: ID!) { user(userId: $id) { userId } }", "BAD_USER_INPUT"],
  ["query ($first: Int! = 1.5) { users(first: $first) { totalCount } }", "BAD_USER_INPUT"],
])("a request that cannot be run says why: %s", async (operation, code) => {
  const { app, lines } = await startApp();
  const { errors } = await query(app, operation);
  expect(errors![0]!.extensions).toEqual({ code });
  expect(errors![0]!.message).not.toContain("internal error");
  expect(lines.filter((line) => line.includes("a request failed"))).toEqual([]);
});

test.each([
  ["57P01", "terminating connection due to administrator command"],
  ["ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:5432"],
])("a database that is away (%s) is SERVICE_UNAVAILABLE, without its address", async (code, message) => {
  const services = fakeServices();
  services.features.read = async () => {
    throw Object.assign(new Error(message), { code });
  };
  const { app } = await startApp({}, services);
  const rest = await app.inject({ url: "/features/u1" });
  expect(rest.statusCode).toBe(503);
  expect(rest.json().error).toEqual({
    code: "SERVICE_UNAVAILABLE",
    message: "the database is away for a moment; try again",
  });
  const { errors } = await query(app, '{ features(userId: "u1") { json } }');
  expect(errors![0]!.extensions.code).toBe("SERVICE_UNAVAILABLE");
  expect(JSON.stringify(errors)).not.toContain(message);
});

test("a busy process answers 503 and when to try again; with part of an answer in GraphQL it is 200", async () => {
  const services = fakeServices();
  const busy = async () => {
    throw new ServiceBusyError("all connections for requests are in use, and 200 requests wait already");
  };
  services.predictor.predict = busy;
  services.features.freshness = busy;
  services.entities.list = busy;
  const { app } = await startApp({}, services);
  const rest = await app.inject({ method: "POST", url: "/predict", payload: { user_id: "u1" } });
  expect([rest.statusCode, rest.headers["retry-after"], rest.json().error]).toEqual([
    503,
    "1",
    {
      code: "SERVICE_BUSY",
      message:
        "busy: all connections for requests are in use, and 200 requests wait already; nothing was done, try again in 1 s",
      retry_after_seconds: 1,
    },
  ]);
  const graphql = async (query: string) => {
    const { statusCode, headers, ...answer } = await app.inject({
      method: "POST",
      url: "/graphql",
      payload: { query },
    });
    return [statusCode, headers["retry-after"], answer.json().errors[0].extensions.code];
  };
  const part = "{ featureViews { freshness { rowCount } } }";
  expect(await graphql(part)).toEqual([200, "1", "SERVICE_BUSY"]);
  expect(await graphql("{ users { nodes { userId } } }")).toEqual([503, "1", "SERVICE_BUSY"]);
});

test("README's table of errors has every code with its status", () => {
  const readme = readFileSync(resolve(import.meta.dirname, "../../README.md"), "utf8");
  const [, table] = /^## Errors$(.*?)^## /ms.exec(readme)!;
  const rows = [...table!.matchAll(/^\| ((?:`[A-Z_]+`(?:, )?)+) \|\s*(\d*)\s*\|/gm)];
  const told = rows.flatMap(([, codes, status]) =>
    codes!.split(", ").map((code) => [code.slice(1, -1), status === "" ? null : Number(status)] as const),
  );
  // These are of runs alone, and no request is answered with them.
  expect(Object.fromEntries(told)).toEqual({ ...errorStatus, PROCESS_DIED: null, COMMAND_FAILED: null });
});
