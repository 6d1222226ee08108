import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.js";
import { until } from "../support/until.js";

let app: TestApp;
beforeAll(async () => {
  const config = { adminToken: "the-admins-token-of-this-test", rateLimitPerSecond: 2 };
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
