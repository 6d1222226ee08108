import { expect, test } from "vitest";
import WebSocket from "ws";
import { startApp } from "../http/running-app.js";
import { fakeServices } from "../support/fake-services.js";

const page = "https://app.example";
const stranger = "https://evil.example";
const RUN = "/runs/00000000-0000-4000-8000-000000000000/artifacts/a";

function served(cors: Partial<{ origins: string[]; credentials: boolean }>) {
  const services = fakeServices();
  services.config = { ...services.config, cors: { origins: [], credentials: false, ...cors } };
  return startApp({}, services);
}
const corsHeaders = (headers: object) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("access-control-")));
const preflight = (url: string, origin: string) =>
  ({
    method: "OPTIONS",
    url,
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type, authorization",
    },
  }) as const;

test.each(["/graphql", "/predict", "/features/u1", "/artifacts/0", RUN])(
  "a page of a listed origin may ask for %s, and no other page",
  async (url) => {
    const { app } = await served({ origins: [page] });
    const allowed = await app.inject(preflight(url, page));
    expect([allowed.statusCode, allowed.body]).toEqual([204, ""]);
    expect(allowed.headers).toMatchObject({
      "access-control-allow-origin": page,
      "access-control-allow-methods": "GET, HEAD, POST",
      "access-control-allow-headers": expect.stringMatching(/authorization, content-type/),
      vary: "origin",
    });
    expect(allowed.headers["access-control-allow-credentials"]).toBeUndefined();
    const refused = await app.inject(preflight(url, stranger));
    expect([refused.statusCode, corsHeaders(refused.headers)]).toEqual([404, {}]);
  },
);

test("it reads answers and errors alike, and the id it can ask about", async () => {
  const { app } = await served({ origins: ["https://other.example", page] });
  const ask = (url: string, origin: string) => app.inject({ url, headers: { origin } });
  for (const url of ["/features/u1", "/artifacts/0", "/nowhere"]) {
    expect(corsHeaders((await ask(url, page)).headers)).toEqual({
      "access-control-allow-origin": page,
      "access-control-expose-headers": expect.stringContaining("x-request-id"),
    });
    const { headers } = await ask(url, stranger);
    expect([corsHeaders(headers), headers.vary]).toEqual([{}, "origin"]);
  }
});

test("a listed page may send an artifact, which a page of another site may not", async () => {
  const { app } = await served({ origins: [page] });
  const send = (origin: string) =>
    app.inject({
      method: "POST",
      url: RUN,
      headers: { origin, "sec-fetch-site": "cross-site", "content-type": "application/octet-stream" },
      payload: "bytes",
    });
  expect((await send(page)).statusCode).toBe(201);
  expect((await send(stranger)).json().error.code).toBe("FORBIDDEN");
});

test("any page may call where any is allowed, and no credentials go with it", async () => {
  const { app } = await served({ origins: ["*"] });
  const { headers } = await app.inject(preflight("/predict", stranger));
  expect(headers["access-control-allow-origin"]).toBe("*");
  expect(headers["access-control-allow-credentials"]).toBeUndefined();
});

test("a proxy's cookie is sent where that was asked for", async () => {
  const { app } = await served({ origins: [page], credentials: true });
  const { headers } = await app.inject({ url: "/features/u1", headers: { origin: page } });
  expect(headers["access-control-allow-credentials"]).toBe("true");
});

test.each([
  [page, "open"],
  [stranger, "Unexpected server response: 403"],
])("a WebSocket of a page of %s: %s", async (origin, outcome) => {
  const { app } = await served({ origins: [page] });
  const address = await app.listen({ host: "127.0.0.1", port: 0 });
  const socket = new WebSocket(`${address.replace("http", "ws")}/graphql`, "graphql-transport-ws", {
    origin,
  });
  const found = await new Promise((resolve) => {
    socket.on("open", () => resolve("open"));
    socket.on("error", ({ message }) => resolve(message));
  });
  socket.terminate();
  expect(found).toBe(outcome);
});
