import { createClient } from "graphql-ws";
import { afterAll, beforeAll, expect, it } from "vitest";
import WebSocket from "ws";
import { TokenStore } from "../../src/auth/token-store.js";
import { createPool, type Pool } from "../../src/db/pool.js";
import { startTestApp, type TestApp } from "../support/app.js";
import { operate } from "../support/ask.js";
import { until } from "../support/until.js";

/** As docs/security.md says. */
const PROMISED_MS = 30_000;
/** For a machine that has other things to do. */
const LATE_MS = 15_000;

let app: TestApp;
let pool: Pool;
beforeAll(async () => {
  app = await startTestApp();
  pool = createPool(app.url, 1);
});
afterAll(async () => {
  await pool.end();
  await app.stop();
});

function connect(token: string) {
  let code: number | null = null;
  const client = createClient({
    url: `${app.asof.address.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { token },
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => {},
    on: { closed: (event) => (code = (event as { code: number }).code) },
  });
  return { client, code: () => code };
}

it("a token whose revocation nobody was told of ends within the 30 s that are promised, on open sockets too", async () => {
  const { token } = await new TokenStore(pool).create({ name: "lost", role: "viewer" });
  await until(
    "tokens are asked for",
    async () => (await operate(app, "{ health { status } }")).status === 401,
  );
  expect((await operate(app, "{ health { status } }", token)).status).toBe(200);
  const [quiet, busy] = [connect(token), connect(token)];
  // One only listens; the other asks again and again.
  const events = quiet.client.iterate({ query: "subscription { runEvents { id } }" });
  const listening = events.next().catch(() => "ended");
  const ask = () => busy.client.iterate({ query: "{ health { status } }" }).next();
  expect((await ask()).value).toMatchObject({ data: { health: { status: "OK" } } });

  await app.sql("alter table api_tokens disable trigger all");
  await app.sql("update api_tokens set revoked_at = clock_timestamp() where name = 'lost'");
  const since = performance.now();
  const within = PROMISED_MS + LATE_MS;
  await until(
    "the busy socket is closed",
    async () =>
      busy.code() ??
      (await ask().then(
        () => null,
        () => null,
      )),
    within,
  );
  await until("the quiet socket is closed", () => quiet.code(), within);
  expect([busy.code(), quiet.code()]).toEqual([4403, 4403]);
  expect(await listening).toBe("ended");
  expect((await operate(app, "{ health { status } }", token)).code).toBe("UNAUTHENTICATED");
  expect(performance.now() - since).toBeLessThan(within);
}, 120_000);
