import { createClient } from "graphql-ws";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { startTestApp, type TestApp } from "../support/app.js";
import { operate } from "../support/ask.js";

let app: TestApp;
let admin: string;
const secrets: Record<string, string> = {};

const ask = (query: string, headers: Record<string, string>) =>
  app.asof.http.inject({ method: "POST", url: "/graphql", payload: { query }, headers });
const signIn = (token: unknown, headers: Record<string, string> = {}) =>
  app.asof.http.inject({ method: "POST", url: "/session", payload: { token }, headers });
const cookieOf = (answer: Awaited<ReturnType<typeof signIn>>) =>
  `asof_session=${answer.cookies.find(({ name }) => name === "asof_session")?.value}`;

beforeAll(async () => {
  app = await startTestApp({ role: "api" });
});
afterAll(() => app?.stop());

test("an open server has a viewer who may do everything, and nothing to sign in to", async () => {
  const { body } = await operate(app, "{ viewer { actor role open } }");
  expect(body.data.viewer).toEqual({ actor: "anonymous", role: "ADMIN", open: true });
  const answer = await signIn("anything");
  expect([answer.statusCode, answer.json(), answer.cookies]).toEqual([200, { open: true }, []]);
});

test("createToken shows a secret once; tokens never does", async () => {
  const create = `mutation { createToken(name: "ann", role: ADMIN) { secret token { name role createdBy revokedAt } } }`;
  const { body } = await operate(app, create);
  admin = body.data.createToken.secret;
  expect(body.data.createToken).toMatchObject({
    secret: expect.stringMatching(/^asof_[\w-]{43}$/),
    token: { name: "ann", role: "ADMIN", createdBy: "anonymous", revokedAt: null },
  });
  for (const role of ["VIEWER", "OPERATOR"]) {
    const made = await operate(
      app,
      `mutation { createToken(name: "${role}", role: ${role}, days: 2) { secret } }`,
      admin,
    );
    secrets[role] = made.body.data.createToken.secret;
  }
  const list = await operate(app, "{ tokens { name role createdBy lastUsedAt expiresAt } }", admin);
  expect(
    list.body.data.tokens.map(({ name, createdBy }: Record<string, string>) => [name, createdBy]),
  ).toEqual([
    ["OPERATOR", "ann"],
    ["VIEWER", "ann"],
    ["ann", "anonymous"],
  ]);
  expect(JSON.stringify(list.body)).not.toContain("asof_");
});

test("a change of tokens holds for the process that made it once it is answered", async () => {
  const make = await operate(app, `mutation { createToken(name: "brief", role: VIEWER) { secret } }`, admin);
  const { secret } = make.body.data.createToken;
  for (let turn = 0; turn < 20; turn++) {
    expect((await operate(app, "{ viewer { actor } }", secret)).body.data.viewer).toEqual({ actor: "brief" });
  }
  await operate(app, `mutation { revokeToken(name: "brief") { name } }`, admin);
  expect((await operate(app, "{ viewer { actor } }", secret)).code).toBe("UNAUTHENTICATED");
});

test("tokens are an administrator's alone", async () => {
  for (const field of [
    "{ tokens { name } }",
    'mutation { createToken(name: "x", role: VIEWER) { secret } }',
    'mutation { revokeToken(name: "ann") { name } }',
  ]) {
    const { code } = await operate(app, field, secrets.OPERATOR!);
    expect([field, code]).toEqual([field, "FORBIDDEN"]);
  }
});

test("a session is a cookie that no script reads and no other site sends", async () => {
  const answer = await signIn(secrets.OPERATOR);
  expect([answer.statusCode, answer.json()]).toEqual([200, { actor: "OPERATOR", role: "operator" }]);
  const set = String(answer.headers["set-cookie"]);
  expect(set).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
  const secure = await signIn(secrets.OPERATOR, { "x-forwarded-proto": "https" });
  expect(String(secure.headers["set-cookie"])).toContain("; Secure");
  const viewer = await ask("{ viewer { actor role open } }", { cookie: cookieOf(answer) });
  expect(viewer.json().data.viewer).toEqual({ actor: "OPERATOR", role: "OPERATOR", open: false });
});

test("a token that does not hold makes no session", async () => {
  const unknown = await signIn(`asof_${"x".repeat(43)}`);
  expect([unknown.statusCode, unknown.json().error.code, unknown.cookies]).toEqual([
    401,
    "UNAUTHENTICATED",
    [],
  ]);
  for (const token of [undefined, "", 7, "x".repeat(4_000)]) {
    const answer = await signIn(token);
    expect([answer.statusCode, answer.json().error.code]).toEqual([400, "BAD_USER_INPUT"]);
  }
});

test("a session of another page is refused, by its origin and by what the browser says of it", async () => {
  const cookie = cookieOf(await signIn(secrets.OPERATOR));
  for (const headers of [
    { origin: "http://127.0.0.1:9999" },
    { origin: "https://evil.example" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "cross-site" },
  ] as Record<string, string>[]) {
    const read = await ask("{ viewer { actor } }", { cookie, ...headers });
    expect([
      headers,
      read.statusCode,
      read.json().errors?.[0]?.extensions?.code ?? read.json().error?.code,
    ]).toEqual([headers, 403, "FORBIDDEN"]);
    const made = await signIn(secrets.OPERATOR, headers);
    expect([headers, made.statusCode]).toEqual([headers, 403]);
  }
  const own = await ask("{ viewer { actor } }", {
    cookie,
    origin: "http://localhost:80",
    host: "localhost:80",
  });
  expect(own.statusCode).toBe(200);
});

test("a header counts before the cookie", async () => {
  const cookie = cookieOf(await signIn(secrets.VIEWER));
  const answer = await ask("{ viewer { actor } }", { cookie, authorization: `Bearer ${admin}` });
  expect(answer.json().data.viewer.actor).toBe("ann");
});

test("a socket of a session ends when its token is revoked, and so does the session", async () => {
  const cookie = cookieOf(await signIn(secrets.VIEWER));
  const closed = new Promise<[number, string]>((resolve) => {
    const client = createClient({
      url: `${app.asof.address.replace("http", "ws")}/graphql`,
      webSocketImpl: class extends WebSocket {
        constructor(url: string, protocols: string[]) {
          super(url, protocols, { headers: { cookie } });
        }
      },
      retryAttempts: 0,
      on: {
        connected: () =>
          void operate(app, 'mutation { revokeToken(name: "VIEWER") { name revokedAt } }', admin),
        closed: (event) => resolve([(event as CloseEvent).code, (event as CloseEvent).reason]),
      },
    });
    client.subscribe(
      { query: "subscription { runEvents { id } }" },
      { next() {}, error() {}, complete() {} },
    );
  });
  expect(await closed).toEqual([4403, "the token was revoked"]);
  const after = await ask("{ viewer { actor } }", { cookie });
  expect(after.statusCode).toBe(401);
});

test("signing out takes the cookie away", async () => {
  const answer = await app.asof.http.inject({ method: "DELETE", url: "/session" });
  expect([answer.statusCode, String(answer.headers["set-cookie"])]).toEqual([
    204,
    expect.stringMatching(/^asof_session=; .*(Max-Age=0|Expires=Thu, 01 Jan 1970)/),
  ]);
});
