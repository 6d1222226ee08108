import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { type FastifyInstance, fastify } from "fastify";
import { expect, test } from "vitest";
import { bigint, int, string } from "../../src/definitions/language/column.js";
import { buildHttpApp } from "../../src/http/app.js";
import { registerAuth } from "../../src/http/auth.js";
import { registerCors } from "../../src/http/cors.js";
import { registerExactBodies } from "../../src/http/exact-body.js";
import { registerFeatures } from "../../src/http/features.route.js";
import { registerHeldOut } from "../../src/http/held-out.route.js";
import type { OpenApiDocument } from "../../src/http/openapi/document.js";
import { isUndocumented, registerKnownRoutes } from "../../src/http/openapi/known-routes.js";
import { registerOpenApi } from "../../src/http/openapi/openapi.route.js";
import { pathOf } from "../../src/http/openapi/operation.js";
import { registerOwnServices } from "../../src/http/own-services.js";
import { registerPredict } from "../../src/http/predict.route.js";
import { registerRequestScopes } from "../../src/http/request-scopes.js";
import { sendRestError } from "../../src/http/rest-error.js";
import { registerStop } from "../../src/http/stop.js";
import { facades } from "../../src/interop/registry.js";
import type { Services } from "../../src/services/services.js";
import { bank } from "../support/bank.js";
import { testConfig } from "../support/config.js";
import { testing } from "../support/deployment/testing.js";
import { fakeServices } from "../support/fake-services.js";
import { keyed } from "../support/keyed.js";
import { startApp } from "./running-app.js";

const deployments = [
  testing,
  bank,
  keyed("numbered", { account_no: int() }),
  keyed("joined", { bank: string(), account_no: bigint() }),
];

/** An app with every facade, and its document. */
async function documented(services = fakeServices()) {
  const app = await (services.definitions === testing
    ? buildHttpApp(services, { facades })
    : restOf(services));
  const { statusCode, body } = await app.inject({ url: "/openapi.json" });
  expect(statusCode).toBe(200);
  return { app, document: JSON.parse(body) as OpenApiDocument, [Symbol.asyncDispose]: () => app.close() };
}

/** The REST side alone: a process has the GraphQL schema of one deployment. */
async function restOf(services: Services): Promise<FastifyInstance> {
  const app = fastify();
  registerStop(app);
  registerKnownRoutes(app, 4 * 2 ** 20);
  registerRequestScopes(app, 0);
  await registerCors(app, { origins: [], credentials: false });
  registerExactBodies(app);
  app.setErrorHandler(sendRestError);
  registerAuth(app, services);
  registerOwnServices(app, services);
  for (const register of [registerFeatures, registerPredict, registerHeldOut, registerOpenApi])
    register(app, services);
  for (const facade of facades) await facade.register(app, services);
  return app;
}

/** By the router itself: `METHOD address`. */
function routesOf(app: FastifyInstance): string[] {
  const lines = app.printRoutes({ commonPrefix: false, includeHooks: false }).split("\n");
  const depths: string[] = [];
  return lines.flatMap((line) => {
    const [, indent = "", part = "", methods] = /^([│├└─\s]*)(\S*)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
    const depth = Math.floor(indent.length / 4);
    depths.length = Math.max(0, depth - 1);
    depths.push(part);
    const url = depths.join("");
    return methods === undefined ? [] : methods.split(", ").map((method) => `${method} ${url}`);
  });
}

const PROXIES = ["/mlflow/api/2.0/mlflow-artifacts", "/mlflow/api/3.0/mlflow-artifacts"];

test("every route that the router has is in the document, or left out by name with a reason", async () => {
  await using described = await documented();
  const { app, document } = described;
  const known = new Map(app.knownRoutes.map((route) => [`${route.method} ${route.url}`, route]));
  const routed = routesOf(app);
  expect(routed.length).toBeGreaterThan(20);
  // The router prints what stands before a wildcard with its neighbours, or not at all.
  const wild = [...known.keys()].filter((route) => route.endsWith("/*")).map((route) => route.split(" ")[0]);
  const isKnown = (route: string) =>
    known.has(route) || (route.endsWith("*") && wild.includes(route.split(" ")[0]!));
  expect(routed.filter((route) => !isKnown(route))).toEqual([]);
  const leftOut = app.knownRoutes.filter(({ api }) => isUndocumented(api));
  for (const { api } of leftOut) expect(isUndocumented(api) && api.undocumented.length).toBeGreaterThan(10);
  for (const { method, url, api } of app.knownRoutes) {
    const operation = document.paths[pathOf(url)]?.[method.toLowerCase()];
    expect([method, url, operation !== undefined]).toEqual([method, url, !isUndocumented(api)]);
  }
  // Whatever is offered says more than its registration does.
  expect(app.knownRoutes.filter(({ api }) => api === null)).toEqual([]);
  const offered = ["GET", "POST", "PUT", "PATCH", "DELETE"];
  const names = leftOut.filter(({ method }) => offered.includes(method)).map(({ url }) => url);
  expect([...new Set(names)].filter((url) => !/^\/(assets\/\*|icon\.svg)?$/.test(url)).sort()).toEqual([
    "/graphql",
    ...PROXIES.flatMap((proxy) => [`${proxy}/mpu/*`, `${proxy}/presigned/*`]),
    "/openapi",
  ]);
});

test.each(deployments)(
  "the document of $name is valid as OpenAPI 3.1, and no operation has two names",
  async (definitions) => {
    await using described = await documented(fakeServices({}, definitions));
    const { document } = described;
    const validator = new Validator();
    const { valid, errors } = await validator.validate(
      structuredClone(document) as unknown as Record<string, unknown>,
    );
    expect([valid, errors ?? []]).toEqual([true, []]);
    expect(validator.version).toBe("3.1");
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const compiler = compilerOf(document);
    for (const { requestBody, responses } of operations) {
      for (const { content } of [requestBody, ...Object.values(responses)].filter(
        (each) => each !== undefined,
      ))
        for (const { schema } of Object.values(content ?? {})) expect(() => compiler(schema)).not.toThrow();
    }
  },
);

/** Compiles a schema of the document, its components included. */
function compilerOf(document: OpenApiDocument) {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  formats.default(ajv);
  return (schema: object) => ajv.compile({ ...schema, components: document.components });
}

const answers: [what: string, request: object, path: string, method: string][] = [
  ["features", { url: "/features/u1" }, "/features/{userId}", "get"],
  ["nobody's features", { url: "/features/nobody" }, "/features/{userId}", "get"],
  ["a question too much", { url: "/features/u1?a=1" }, "/features/{userId}", "get"],
  ["a prediction", { method: "POST", url: "/predict", payload: { user_id: "u1" } }, "/predict", "post"],
  ["a body that is none", { method: "POST", url: "/predict", payload: { user: 1 } }, "/predict", "post"],
  ["no body", { method: "POST", url: "/predict" }, "/predict", "post"],
  [
    "a form",
    { method: "POST", url: "/predict", payload: "a=1", headers: { "content-type": "text/x" } },
    "/predict",
    "post",
  ],
  ["who is held out", { url: "/held-out?as_of=2024-01-31" }, "/held-out", "get"],
  ["held out of no date", { url: "/held-out" }, "/held-out", "get"],
  ...(
    [
      ["joined features", "text/csv", "service=churn"],
      ["joined features as Arrow", "application/json", "format=arrow"],
      ["a run that joins", "application/jsonl", "run=true"],
      ["a join of something else", "text/x", ""],
      ["a join by another word", "text/csv", "servise=churn"],
    ] as const
  ).map(([what, type, query]): [string, object, string, string] => [
    what,
    {
      method: "POST",
      url: `/historical-features?${query}`,
      payload: "[]",
      headers: { "content-type": type },
    },
    "/historical-features",
    "post",
  ]),
  ["health", { url: "/health" }, "/health", "get"],
  ["liveness", { url: "/live" }, "/live", "get"],
  ["readiness", { url: "/ready" }, "/ready", "get"],
  ["metrics", { url: "/metrics" }, "/metrics", "get"],
  ["no artifact", { url: `/artifacts/${"d".repeat(64)}` }, "/artifacts/{sha256}", "get"],
  ["an artifact of no name", { url: "/artifacts/x" }, "/artifacts/{sha256}", "get"],
  [
    "a version as a file",
    { url: "/models/churn/versions/3/export" },
    "/models/{model}/versions/{version}/export",
    "get",
  ],
  [
    "a version of no number",
    { url: "/models/churn/versions/x/export" },
    "/models/{model}/versions/{version}/export",
    "get",
  ],
  [
    "a version of another deployment",
    { method: "POST", url: "/models/import", payload: "x", headers: { "content-type": "application/x-tar" } },
    "/models/import",
    "post",
  ],
  [
    "a version by another word",
    {
      method: "POST",
      url: "/models/import?asof=1",
      payload: "x",
      headers: { "content-type": "application/x-tar" },
    },
    "/models/import",
    "post",
  ],
  ["a session", { method: "POST", url: "/session", payload: {} }, "/session", "post"],
  ["the end of one", { method: "DELETE", url: "/session" }, "/session", "delete"],
  ["no run", { method: "POST", url: "/runs/none/artifacts/a" }, "/runs/{id}/artifacts/{name}", "post"],
  [
    "Feast's features",
    {
      method: "POST",
      url: "/feast/get-online-features",
      payload: { feature_service: "churn", entities: { user_id: ["u1"] } },
    },
    "/feast/get-online-features",
    "post",
  ],
  [
    "no view of Feast's",
    { method: "POST", url: "/feast/get-online-features", payload: { features: ["no:no"], entities: {} } },
    "/feast/get-online-features",
    "post",
  ],
  ["nothing for Feast", { method: "POST", url: "/feast/push", payload: {} }, "/feast/push", "post"],
  ["MLflow's release", { url: "/mlflow/version" }, "/mlflow/version", "get"],
  [
    "what MLflow's server is",
    { url: "/mlflow/api/3.0/mlflow/server-info" },
    "/mlflow/api/3.0/mlflow/server-info",
    "get",
  ],
  [
    "no run of MLflow's",
    { url: "/mlflow/api/2.0/mlflow/runs/get?run_id=none" },
    "/mlflow/api/2.0/mlflow/runs/get",
    "get",
  ],
  [
    "an experiment of no name",
    { method: "POST", url: "/mlflow/api/2.0/mlflow/experiments/create", payload: {} },
    "/mlflow/api/2.0/mlflow/experiments/create",
    "post",
  ],
  [
    "a form for MLflow",
    {
      method: "POST",
      url: "/mlflow/api/2.0/mlflow/runs/create",
      payload: "a=1",
      headers: { "content-type": "text/x" },
    },
    "/mlflow/api/2.0/mlflow/runs/create",
    "post",
  ],
  ["the inference server", { url: "/v2" }, "/v2", "get"],
  ["its readiness", { url: "/v2/health/ready" }, "/v2/health/ready", "get"],
  [
    "no version of a model",
    { url: "/v2/models/churn/versions/x" },
    "/v2/models/{model}/versions/{version}",
    "get",
  ],
  [
    "no tensors",
    { method: "POST", url: "/v2/models/churn/infer", payload: { inputs: 1 } },
    "/v2/models/{model}/infer",
    "post",
  ],
  [
    "no rows to score",
    { method: "POST", url: "/serving/churn/invocations", payload: {} },
    "/serving/{model}/invocations",
    "post",
  ],
  [
    "rows of no type",
    {
      method: "POST",
      url: "/serving/churn/invocations",
      payload: "a=1",
      headers: { "content-type": "text/x" },
    },
    "/serving/{model}/invocations",
    "post",
  ],
  ["the release that scores", { url: "/serving/churn/version" }, "/serving/{model}/version", "get"],
  ["a ping of no model", { url: "/serving/none/ping" }, "/serving/{model}/ping", "get"],
];

test.each(answers)("what is answered is what the document says: %s", async (_what, request, path, method) => {
  await using described = await documented();
  const { app, document } = described;
  const answer = await app.inject(request);
  const response = document.paths[path]![method]!.responses[answer.statusCode];
  expect([answer.statusCode, response]).toEqual([answer.statusCode, expect.anything()]);
  if (!response!.content) return expect(answer.body).toBe("");
  const type = String(answer.headers["content-type"]).split(";")[0]!;
  const { schema } = response!.content[type] ?? {};
  expect([type, schema]).toEqual([type, expect.anything()]);
  if (type !== "application/json") return;
  const validate = compilerOf(document)(schema!);
  validate(answer.json());
  expect(validate.errors ?? []).toEqual([]);
});

const bodies: [name: string, body: object, taken: boolean][] = [
  ["testing", { user_id: "u1" }, true],
  ["testing", { user_id: "u1", model: null, version: 3, as_of: "2024-01-31" }, true],
  ["testing", { user_id: "" }, false],
  ["testing", { user_id: "u1", vershun: 3 }, false],
  ["testing", { user_id: "u1", version: 1.5 }, false],
  ["testing", {}, false],
  ["numbered", { account_no: 7 }, true],
  ["numbered", { account_no: "7" }, true],
  ["numbered", { account_no: "seven" }, false],
  ["joined", { bank: "A", account_no: "9007199254740993" }, true],
  ["joined", { bank: "A" }, false],
];

test.each(bodies)("the document of %s takes the body %j as the route does: %s", async (name, body, taken) => {
  const definitions = deployments.find((each) => each.name === name)!;
  await using described = await documented(fakeServices({}, definitions));
  const { app, document } = described;
  const { schema } = document.paths["/predict"]!.post!.requestBody!.content["application/json"]!;
  expect(compilerOf(document)(schema)(body)).toBe(taken);
  const { statusCode } = await app.inject({ method: "POST", url: "/predict", payload: body });
  expect(statusCode).toBe(taken ? 200 : 400);
});

test("a protocol's failures are told with its own codes and statuses", async () => {
  await using described = await documented();
  const { paths, components } = described.document;
  const create = paths["/mlflow/api/2.0/mlflow/runs/create"]!.post!;
  expect(Object.keys(create.responses)).toEqual([
    "200",
    "400",
    "401",
    "403",
    "404",
    "409",
    "413",
    "415",
    "429",
    "500",
    "503",
  ]);
  expect(create.responses["404"]).toMatchObject({
    description: "RESOURCE_DOES_NOT_EXIST.",
    content: { "application/json": { schema: { $ref: "#/components/schemas/MlflowFailure" } } },
  });
  // What may be left out is not required, and what the address holds is not in the body.
  const search = paths["/mlflow/api/2.0/mlflow/runs/search"]!.post!.requestBody!.content["application/json"]!;
  expect(search.schema.required).toEqual([]);
  const model = paths["/mlflow/api/2.0/mlflow/logged-models/{model_id}"]!;
  expect(model.patch!.requestBody!.content["application/json"]!.schema.required).toEqual(["status"]);
  expect(model.delete!.requestBody).toBeUndefined();
  const { responses } = paths["/serving/{model}/invocations"]!.post!;
  expect(Object.keys(responses["415"]!.content!)).toEqual(["text/plain"]);
  expect(Object.keys(components.schemas).sort()).toEqual([
    "Failure",
    "FeastFailure",
    "InferenceFailure",
    "MlflowFailure",
    "ScoringFailure",
  ]);
});

test("it has the deployment's own words: keys, features, services", async () => {
  await using described = await documented(fakeServices({}, bank));
  const { paths, info } = described.document;
  expect(info.title).toBe("asof: bank");
  const { schema } = paths["/features/{customerId}"]!.get!.responses["200"]!.content!["application/json"]!;
  expect(schema).toMatchObject({
    properties: {
      customer_id: { type: "string" },
      features: { properties: { overdrafts: { anyOf: [{ type: "integer" }, { type: "null" }] } } },
    },
  });
  const body = JSON.stringify(paths["/predict"]!.post!.requestBody);
  expect(body).toContain('"const":"upsell"');
  expect(body).not.toContain("user_id");
});

test("a reverse proxy's path, tokens and limits are in it", async () => {
  const services = fakeServices({
    config: testConfig({ basePath: "/asof", rateLimitPerSecond: 5, requestTimeoutMs: 9_000 }),
  });
  services.auth = {
    ...services.auth,
    open: false,
    authenticate: () => ({
      actor: "a",
      role: "viewer",
      modelRoles: {},
      protocolRoles: {},
      seesPersonal: false,
      kind: "token",
      id: "1",
      expiresAt: null,
    }),
  };
  await using described = await documented(services);
  const { document } = described;
  expect(document.servers).toEqual([{ url: "/asof", description: "This server." }]);
  expect(document.paths["/predict"]!.post).toMatchObject({
    security: [{ token: [] }, { session: [] }],
    "x-asof-role": "viewer",
    responses: { 401: expect.anything(), 403: expect.anything(), 429: expect.anything() },
  });
  expect(document.paths["/feast/push"]!.post!.security).toContainEqual({ password: [] });
  expect(document.paths["/health"]!.get!.security).toEqual([]);
  expect(document.info.description).toMatch(/5 requests a second.*9 s/s);
});

test("a route that says nothing of itself is in it all the same, by its registration", async () => {
  const bare = {
    name: "rest",
    register: async (app: FastifyInstance) => {
      app.put("/bare/:name/versions/*", { config: { rule: "operator" } }, async () => "done");
    },
  } as const;
  const app = await buildHttpApp(fakeServices(), { facades: [bare] });
  const document = (await app.inject({ url: "/openapi.json" })).json() as OpenApiDocument;
  expect(document.paths["/bare/{name}/versions/{path}"]!.put).toMatchObject({
    operationId: "putBareByNameVersionsByPath",
    tags: ["bare"],
    "x-asof-role": "operator",
    parameters: [
      { name: "name", in: "path", required: true },
      { name: "path", in: "path", required: true },
    ],
  });
  await app.close();
});

test("whoever has it already is told so", async () => {
  const { app } = await startApp();
  const first = await app.inject({ url: "/openapi.json" });
  const again = await app.inject({
    url: "/openapi.json",
    headers: { "if-none-match": String(first.headers.etag) },
  });
  expect([again.statusCode, again.body]).toEqual([304, ""]);
});
