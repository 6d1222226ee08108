import { createClient } from "graphql-ws";
import { expect, test } from "vitest";
import WebSocket from "ws";
import { testConfig } from "../support/config.js";
import { fakeServices } from "../support/fake-services.js";
import { startApp } from "./running-app.js";

const served = (basePath: string) => startApp({}, fakeServices({ config: testConfig({ basePath }) }));

const HEALTH = { query: "{ health { database } }" };

test("a reverse proxy may keep the path it serves asof under, or take it away", async () => {
  const { app } = await served("/asof");
  for (const url of ["/asof/graphql", "/graphql"]) {
    const answer = await app.inject({ method: "POST", url, payload: HEALTH });
    expect([url, answer.statusCode, answer.json().data.health.database]).toEqual([url, 200, "OK"]);
  }
  const query = `/asof/graphql?query=${encodeURIComponent("{ health { database } }")}`;
  const read = await app.inject({ url: query, headers: { "apollo-require-preflight": "1" } });
  expect(read.json().data.health.database).toBe("OK");
  expect((await app.inject({ url: "/asof/health" })).statusCode).toBe(200);
});

test("a path that only begins like it is another", async () => {
  const { app } = await served("/asof");
  for (const url of ["/asofx/health", "/asof-health", "/asof/asof/health", "/other/health"])
    expect([url, (await app.inject({ url })).statusCode]).toEqual([url, 404]);
});

test("the console is at the path, with and without a slash at its end", async () => {
  const { app } = await served("/asof");
  for (const url of ["/asof", "/asof/", "/asof?a=1"]) {
    const { statusCode, body } = await app.inject({ url, headers: { accept: "text/html" } });
    expect([url, statusCode]).toEqual([url, 200]);
    expect(body).toContain('<base href="/asof/" />');
  }
});

test("without one, no path stands before the routes", async () => {
  const { app } = await served("");
  expect((await app.inject({ url: "/health" })).statusCode).toBe(200);
  expect((await app.inject({ url: "/asof/health" })).statusCode).toBe(404);
});

test("sockets come by either path", async () => {
  const { app } = await served("/asof");
  const address = await app.listen({ host: "127.0.0.1", port: 0 });
  for (const path of ["/asof/graphql", "/graphql"]) {
    const client = createClient({
      url: `${address.replace("http", "ws")}${path}`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    const { value } = await client.iterate(HEALTH).next();
    expect([path, value]).toEqual([path, { data: { health: { database: "OK" } } }]);
    await client.dispose();
  }
});

test("the session's cookie and the playground know it", async () => {
  const services = fakeServices({ config: testConfig({ basePath: "/asof" }) });
  services.auth = {
    open: false,
    authenticate: () => ({
      actor: "ann",
      role: "viewer",
      modelRoles: {},
      protocolRoles: {},
      seesPersonal: false,
      kind: "token",
      id: "ann",
      expiresAt: null,
    }),
    watch: () => () => {},
  };
  const { app } = await startApp({}, services);
  const signedIn = await app.inject({ method: "POST", url: "/asof/session", payload: { token: "asof_x" } });
  expect(signedIn.headers["set-cookie"]).toMatch(/; Path=\/asof; HttpOnly; SameSite=Strict$/);
  const signedOut = await app.inject({ method: "DELETE", url: "/asof/session" });
  expect(signedOut.headers["set-cookie"]).toContain("; Path=/asof;");
  const page = await app.inject({ url: "/asof/graphql", headers: { accept: "text/html" } });
  // It asks the address that it was opened at; its files are beside that.
  const [script] = /assets\/playground-[^"]+\.js/.exec(page.body)!;
  const file = new URL(`./${script}`, "http://localhost/asof/graphql").pathname;
  expect((await app.inject({ url: file })).statusCode).toBe(200);
});
