import { createClient } from "graphql-ws";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { localCommands } from "../../src/cli/commands/local.js";
import { CommandError, UsageError } from "../../src/cli/errors.js";
import { runLine } from "../../src/cli/program.js";
import type { Terminal } from "../../src/cli/terminal.js";
import { startAsof } from "../../src/process/app.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { ask, operate, type Request } from "../support/ask.js";
import { testing as definitions } from "../support/deployment/testing.js";
import { until } from "../support/until.js";

let app: TestApp;
const tokens: Record<string, string> = {};

/** `asof token …` without the process around it: what it wrote, or how it failed. */
async function cli(...args: string[]) {
  const written = { out: "", err: "", failure: null as unknown };
  const terminal: Terminal = {
    out: (text) => {
      written.out += text;
    },
    err: (text) => {
      written.err += text;
    },
    columns: undefined,
  };
  const env = { DATABASE_URL: app.url, ASOF_DEFINITIONS: process.env.ASOF_DEFINITIONS };
  try {
    await runLine(
      ["token", ...args],
      localCommands,
      "",
      (command, given) => command.run(given, env),
      terminal,
    );
  } catch (error) {
    written.failure = error;
  }
  return written;
}
const startRun = 'mutation { createRun(input: { name: "r" }) { id actor } }';

beforeAll(async () => {
  app = await startTestApp({ role: "api" });
});
afterAll(() => app?.stop());

test("without any token this machine may do everything, and says who it is itself", async () => {
  const { body } = await operate(app, startRun, undefined, { "x-asof-actor": "ann" });
  expect(body.data.createRun.actor).toBe("ann");
});

test("an open server answers to this machine's own names alone", async () => {
  const answer = await app.asof.http.inject({
    url: "/features/u",
    headers: { host: "rebound.example:4000" },
  });
  expect([answer.statusCode, answer.json().error]).toMatchObject([
    403,
    { code: "FORBIDDEN", message: expect.stringContaining('got "rebound.example:4000"') },
  ]);
});

test("asof does not start on another address while there is no token", async () => {
  const config = { ...app.asof.config, host: "0.0.0.0" };
  await expect(startAsof(config, definitions, pino({ level: "silent" }))).rejects.toThrow(
    /^HOST=0\.0\.0\.0 is reached from other machines, and there is no token that could be asked for; make one/,
  );
});

test("the first token closes the server, within a second, for subscribers too", async () => {
  const open = socket({});
  const stream = open.client.iterate({ query: "subscription { runEvents { id } }" });
  const pending = stream.next().catch(() => null);
  await open.connected;
  for (const role of ["viewer", "operator", "admin"]) {
    const { out, err } = await cli("create", `${role}-1`, "--role", role);
    expect(err).toMatch(new RegExp(`^${role}-1 +${role} .*not shown again`));
    expect(out).toMatch(/^asof_[\w-]{43}\n$/);
    tokens[role] = out.trim();
  }
  expect(await open.closed).toEqual([4403, "a token is asked for now"]);
  await pending;
  const refused = await operate(app, "{ health { status } }");
  expect([refused.status, refused.code, refused.headers.get("www-authenticate")]).toEqual([
    401,
    "UNAUTHENTICATED",
    'Bearer realm="asof"',
  ]);
  expect(refused.message).toMatch(/^no token was sent; send "authorization: Bearer <token>"/);
});

test("a token is nowhere in the database and in no list", async () => {
  const rows = await app.sql("select *, encode(token_sha256, 'hex') as hex from api_tokens");
  const { out } = await cli("list");
  expect(out.trim().split("\n")).toHaveLength(3);
  for (const token of Object.values(tokens)) {
    expect(JSON.stringify(rows) + out).not.toContain(token.slice(5));
  }
});

test.each([
  ["a token that was never made", `asof_${"x".repeat(43)}`],
  ["what is no token", "hello"],
  ["a JWT nobody vouches for", "e30.e30.e30"],
])("%s is refused in the same words", async (_what, token) => {
  const { status, code, message } = await operate(app, "{ health { status } }", token);
  expect([status, code]).toEqual([401, "UNAUTHENTICATED"]);
  expect(message).toMatch(/^the token is not known here, or was revoked; /);
});

test.each([
  ["viewer", "{ models { name } }", null],
  ["viewer", startRun, "FORBIDDEN"],
  ["viewer", "fragment F on Mutation { a: createRun(input: {}) { id } } mutation { ...F }", "FORBIDDEN"],
  ["operator", startRun, null],
  ["operator", "mutation { applyRetention(keepMonths: 1) { dryRun } }", "FORBIDDEN"],
  ["operator", "mutation { applyEventRetention { dryRun } }", "FORBIDDEN"],
  ["admin", "mutation { applyRetention(keepMonths: 1) { dryRun } }", null],
])("as %s: %s ends with %s", async (role, operation, expected) => {
  const { status, body, code, message } = await operate(app, operation, tokens[role]);
  expect([status, code ?? null]).toEqual([200, expected]);
  if (expected) {
    expect(body.data).toBeNull();
    expect(message).toMatch(
      new RegExp(`^Mutation\\.\\w+ asks for the role (operator|admin); "${role}-1" is ${role}`),
    );
  }
});

test("the token's name is on the run, whatever the header says", async () => {
  const { body } = await operate(app, startRun, tokens.operator, { "x-asof-actor": "somebody-else" });
  const [row] = await app.sql("select actor from runs where id = $1", [body.data.createRun.id]);
  expect([body.data.createRun.actor, row!.actor]).toEqual(["operator-1", "operator-1"]);
});

test("REST routes ask for the same roles", async () => {
  const { address } = app.asof;
  const upload = { method: "POST", body: "x", headers: { "content-type": "text/plain" } };
  const archive = { method: "POST", body: "x", headers: { "content-type": "application/x-tar" } };
  const table: [string, Request, string | undefined, number][] = [
    ["/health", {}, undefined, 200],
    ["/live", {}, undefined, 200],
    ["/ready", {}, undefined, 200],
    ["/metrics", {}, undefined, 401],
    ["/metrics", {}, "viewer", 200],
    ["/features/nobody", {}, undefined, 401],
    ["/features/nobody", {}, "viewer", 404],
    [`/artifacts/${"0".repeat(64)}`, {}, undefined, 401],
    [`/artifacts/${"0".repeat(64)}`, { method: "HEAD" }, undefined, 401],
    [`/artifacts/${"0".repeat(64)}`, {}, "viewer", 404],
    ["/held-out?as_of=2024-01-31", {}, undefined, 401],
    ["/models/churn/versions/1/export", {}, "viewer", 403],
    ["/models/churn/versions/1/export", {}, "operator", 404],
    ["/models/import", archive, "viewer", 403],
    ["/models/import", archive, "operator", 400],
    ["/runs/00000000-0000-4000-8000-000000000000/artifacts/a", upload, "viewer", 403],
    ["/runs/00000000-0000-4000-8000-000000000000/artifacts/a", upload, "operator", 404],
  ];
  for (const [path, init, role, status] of table) {
    const token = role && tokens[role];
    expect([path, role, (await ask(address, path, { ...init, token })).status]).toEqual([path, role, status]);
  }
});

test("the playground's page needs no token, what it asks does", async () => {
  const { address } = app.asof;
  const page = await ask(address, "/graphql", { headers: { accept: "text/html" } });
  expect(page.status).toBe(200);
  const asked = await ask(address, "/graphql?query={health{status}}", {
    headers: { "apollo-require-preflight": "1" },
  });
  expect([asked.status, asked.code]).toEqual([401, "UNAUTHENTICATED"]);
});

/** One WebSocket client; `closed` is its close frame. */
function socket(connectionParams: Record<string, unknown>) {
  const client = createClient({
    url: `${app.asof.address.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams,
    retryAttempts: 0,
    lazy: true,
  });
  const connected = new Promise<void>((resolve) => client.on("connected", () => resolve()));
  const closed = new Promise<[number, string]>((resolve) => {
    client.on("closed", (event) => {
      const { code, reason } = event as { code: number; reason: string };
      resolve([code, String(reason)]);
    });
  });
  return { client, connected, closed };
}

test("a socket that shows no token, or a wrong one, is closed with 4403", async () => {
  for (const [params, reason] of [
    [{}, /^UNAUTHENTICATED: no token was sent/],
    [{ token: "wrong" }, /^UNAUTHENTICATED: the token is not known here/],
  ] as const) {
    const { client, closed } = socket(params);
    const stream = client.iterate({ query: "subscription { runEvents { id } }" });
    await stream.next().catch(() => null);
    expect(await closed).toEqual([4403, expect.stringMatching(reason)]);
  }
});

test.each([["token"], ["authorization"]])(
  "a socket shows its token in connection_init (%s); revoking it ends the subscription with 4403, and requests at once",
  async (param) => {
    const name = `short-${param}`;
    const token = (await cli("create", name, "--role", "viewer", "--days", "1")).out.trim();
    const { client, closed } = socket({ [param]: param === "token" ? token : `Bearer ${token}` });
    const stream = client.iterate<any>({ query: "subscription { runEvents { message } }" });
    const event = stream.next();
    await until("an event arrives", async () => {
      await operate(app, startRun, tokens.operator);
      return Promise.race([
        event.then(({ value }) => value?.data),
        new Promise((resolve) => setTimeout(resolve, 50, null)),
      ]);
    });
    expect((await operate(app, "{ health { status } }", token)).status).toBe(200);
    const { out } = await cli("revoke", name);
    expect(out).toMatch(new RegExp(`^${name} .* revoked `));
    expect(await closed).toEqual([4403, "the token was revoked"]);
    expect((await operate(app, "{ health { status } }", token)).code).toBe("UNAUTHENTICATED");
    await client.dispose();
  },
);

test("a viewer's socket may not mutate either", async () => {
  const { client } = socket({ token: tokens.viewer });
  const { value } = await client.iterate<any>({ query: startRun }).next();
  expect(value.errors[0].extensions.code).toBe("FORBIDDEN");
  await client.dispose();
});

test("an expired token is refused", async () => {
  const token = (await cli("create", "brief", "--role", "viewer", "--days", "1")).out.trim();
  await app.sql(
    "update api_tokens set expires_at = clock_timestamp() - interval '1 second' where name = 'brief'",
  );
  expect((await operate(app, "{ health { status } }", token)).code).toBe("UNAUTHENTICATED");
});

test.each([
  [["create", "viewer-1", "--role", "admin"], CommandError, /^CONFLICT: a token named "viewer-1" is in use/],
  [["create", "a b", "--role", "admin"], CommandError, /^BAD_USER_INPUT: name: 1 to 64 letters/],
  [
    ["create", "x", "--role", "root"],
    CommandError,
    /role: one of none, viewer, operator, admin was expected; got "root"/,
  ],
  [
    ["create", "x", "--role", "viewer", "--days", "0"],
    CommandError,
    /days: a whole number from 1 to 3650 was expected; got 0/,
  ],
  [["create", "x"], UsageError, /^--role is missing/],
  [["revoke", "nobody"], CommandError, /no token in use is named "nobody"/],
  [["rotate"], UsageError, /create, list or revoke is expected/],
])("asof token %j is refused", async (args, kind, message) => {
  const { failure } = await cli(...args);
  expect(failure).toBeInstanceOf(kind);
  expect((failure as Error).message).toMatch(message);
});

test("revoking every token opens nothing", async () => {
  await app.sql("update api_tokens set revoked_at = clock_timestamp() where revoked_at is null");
  await until(
    "admin's token is refused",
    async () => (await operate(app, "{ health { status } }", tokens.admin)).status === 401 || null,
  );
  expect((await operate(app, "{ health { status } }")).code).toBe("UNAUTHENTICATED");
});
