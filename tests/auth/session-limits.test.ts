import { afterAll, beforeAll, expect, it } from "vitest";
import { requireLocalName } from "../../src/http/auth.js";
import { startApp } from "../http/running-app.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { testConfig } from "../support/config.js";
import { until } from "../support/until.js";

let app: TestApp;
beforeAll(async () => {
  const config = {
    adminToken: "the-admins-token-of-this-test",
    rateLimitPerSecond: 2,
    trustProxy: ["127.0.0.1"],
  };
  app = await startTestApp({ role: "api", config });
});
afterAll(() => app?.stop());

it.each(["POST", "DELETE"] as const)(
  "%s /session of somebody unknown is let in so often, and leaves nothing in the audit log",
  async (method) => {
    const ask = () =>
      app.asof.http.inject({
        ...{ method, url: "/session", headers: { cookie: "asof_session=asof_nobody" } },
        ...(method === "POST" ? { payload: { token: "asof_nobody" } } : {}),
      });
    await until("it is refused", async () => {
      const { statusCode, headers, json } = await ask();
      if (statusCode !== 429) return expect([204, 401]).toContain(statusCode);
      expect([json().code, headers["retry-after"]]).toEqual(["RATE_LIMITED", "1"]);
      return true;
    });
    expect(await app.sql("select 1 from audit_log")).toEqual([]);
  },
);

const ask = (method: "POST" | "DELETE", headers: Record<string, string>, remoteAddress = "127.0.0.1") =>
  app.asof.http.inject({
    ...{ method, url: "/session", headers, remoteAddress },
    ...(method === "POST" ? { payload: { token: "asof_nobody" } } : {}),
  });

it("who floods through a proxy that is trusted keeps nobody else out", async () => {
  const from = (address: string) => ask("POST", { "x-forwarded-for": `192.0.2.250, ${address}` });
  await until("it is refused", async () => (await from("192.0.2.1")).statusCode === 429);
  expect((await from("192.0.2.2")).statusCode).toBe(401);
});

it("who is no such proxy is let in by their own address, whatever they say", async () => {
  let count = 0;
  const claiming = () => ask("POST", { "x-forwarded-for": `192.0.2.${++count}` }, "198.51.100.7");
  await until("it is refused", async () => (await claiming()).statusCode === 429);
});

it("a sign-out without a session is answered however often it is asked", async () => {
  await until("it is refused", async () => (await ask("POST", {}, "198.51.100.8")).statusCode === 429);
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask("DELETE", {}, "198.51.100.8")));
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([204]));
});

it("who comes back from the provider without having begun costs nobody a sign-in", async () => {
  const config = testConfig({ rateLimitPerSecond: 1 });
  const oidc = { config: { publicUrl: "http://127.0.0.1:4000" } } as never;
  const { app: http } = await startApp({ config, oidc });
  const back = (cookie: Record<string, string>) =>
    http.inject({ url: "/session/callback", headers: cookie }).then(({ statusCode }) => statusCode);
  const answers = await Promise.all(Array.from({ length: 20 }, () => back({})));
  expect(new Set(answers)).toEqual(new Set([302]));
  const attempt = JSON.stringify({ state: "s", nonce: "n", verifier: "v", page: "/" });
  const begun = () => back({ cookie: `asof_sign_in=${encodeURIComponent(attempt)}` });
  await until("who began is limited", async () => (await begun()) === 429);
});

it("a page that reached an open server by another name cannot say it did not", () => {
  const page = { host: "localhost", headers: { host: "rebound.example" } };
  expect(() => requireLocalName(page)).toThrow(/on this machine's own names alone/);
});
