import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { USERS } from "../support/months.js";
import { expectAnswered, type Sent, send } from "./answer.js";
import { fuzz, fuzzTimeoutMs } from "./budget.js";
import { type ServedApp, startServedApp } from "./served-app.js";

let served: ServedApp;
beforeAll(async () => {
  served = await startServedApp();
});
afterAll(() => served?.stop());

const PREDICT = { user_id: USERS[0], model: "churn", version: 1, as_of: "2024-01-31" };
const odd = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: "binary" }),
  fc.constantFrom("\0", "__proto__", "%00"),
);
/** JSON that is almost what a route takes. */
const almost = fc.oneof(
  fc.record(
    Object.fromEntries(
      Object.entries(PREDICT).map(([name, value]) => [name, fc.oneof(fc.constant(value), odd)]),
    ),
    { requiredKeys: [] },
  ),
  fc.record(
    { query: fc.oneof(fc.constant("{ health { status } }"), odd), variables: odd, operationName: odd },
    { requiredKeys: [] },
  ),
  fc.array(odd, { maxLength: 3 }),
  odd,
);
const nested = fc.integer({ min: 1, max: 20_000 }).map((depth) => "[".repeat(depth) + "]".repeat(depth));
const body = fc.oneof(
  almost.map((value) => JSON.stringify(value) ?? ""),
  almost.map((value) => (JSON.stringify(value) ?? "").slice(0, -1)),
  nested,
  fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
);
const segment = fc.oneof(
  fc.constantFrom(USERS[0]!, "nobody", "..", "%2e%2e", "%", "%zz", "%00", "%ff", "a%2fb", "a".repeat(300)),
  fc.string({ unit: "grapheme", maxLength: 20 }).map(encodeURIComponentSafely),
);
const path = fc.oneof(
  fc.constantFrom("/predict", "/graphql", "/health", "/metrics", "/live", "/ready", "/"),
  segment.map((name) => `/features/${name}`),
  segment.map((name) => `/artifacts/${name}`),
  fc.integer().map((n) => `/artifacts/${(n >>> 0).toString(16).padStart(64, "0")}`),
  fc.tuple(fc.oneof(fc.uuid(), segment), segment).map(([id, name]) => `/runs/${id}/artifacts/${name}`),
  fc
    .tuple(fc.constantFrom("2024-01-31", "x", "2024-02-30"), segment, segment)
    .map(([asOf, seed, part]) => `/held-out?as_of=${asOf}&seed=${seed}&test_fraction=${part}`),
  fc.tuple(segment, segment).map(([query, variables]) => `/graphql?query=${query}&variables=${variables}`),
);
const headers = fc.record(
  {
    "content-type": fc.constantFrom(
      "application/json",
      "application/json; charset=utf-16",
      "text/plain",
      "multipart/form-data; boundary=x",
      "application/x-www-form-urlencoded",
      "application/octet-stream",
      ";",
    ),
    "content-encoding": fc.constantFrom("gzip", "br", "nothing"),
    range: fc.constantFrom("bytes=0-", "bytes=-0", "bytes=9-1", "bytes=99999999999999999999-", "lines=1-2"),
    "x-asof-actor": fc.constantFrom("me", "\u00ff\u00fe", "x".repeat(500)),
    "x-asof-sha256": fc.constantFrom("", "0".repeat(64)),
    origin: fc.constantFrom("null", "http://elsewhere.example"),
    accept: fc.constantFrom("text/html", "*/*", "nothing"),
  },
  { requiredKeys: [] },
);
const requests: fc.Arbitrary<Sent> = fc.record({
  method: fc.constantFrom("POST", "POST", "POST", "GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"),
  path,
  headers: headers as fc.Arbitrary<Record<string, string>>,
  body,
});

function encodeURIComponentSafely(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, "?"));
}

const serves = async () => {
  const { status, text } = await send(served.api.address, { method: "GET", path: "/health", headers: {} });
  expect([status, JSON.parse(text).status]).toEqual([200, "OK"]);
};

it(
  "any body at any route, of whatever type and method, is answered in time and below 500",
  async () => {
    await fuzz(requests, 40, async (sent) =>
      expectAnswered(await send(served.api.address, sent), served.secrets),
    );
    await serves();
  },
  fuzzTimeoutMs,
);

/** What the server says until it hangs up, on bytes that need be no HTTP. */
function speak(bytes: Buffer): Promise<string> {
  const { hostname, port } = new URL(served.api.address);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.end(bytes));
    let said = "";
    socket.setTimeout(20_000, () =>
      reject(new Error(`no end of ${JSON.stringify(bytes.toString("latin1"))}`)),
    );
    socket.on("data", (chunk) => {
      said += chunk.toString("latin1");
    });
    // Reset by the server: hung up, too.
    socket.once("error", () => {});
    socket.once("close", () => {
      socket.destroy();
      resolve(said);
    });
  });
}

const head = fc.constantFrom(
  "",
  "POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n",
  "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n",
  "GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n",
);
const framing = fc.constantFrom(
  "",
  "\r\n",
  "content-length: 5\r\n\r\n",
  "content-length: -1\r\n\r\n",
  "content-length: 5\r\ncontent-length: 6\r\n\r\n",
  "transfer-encoding: chunked\r\n\r\n",
  "transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n5\r\n",
  "sec-websocket-key: x\r\nsec-websocket-version: 13\r\n\r\n",
  "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n",
);
const rawBytes = fc
  .tuple(head, framing, fc.uint8Array({ maxLength: 300 }))
  .map(([start, middle, end]) => Buffer.concat([Buffer.from(start + middle, "latin1"), Buffer.from(end)]));

it(
  "any bytes on the port, cut-off requests and WebSocket frames among them, are answered below 500 or hung up on",
  async () => {
    await fuzz(rawBytes, 40, async (bytes) => {
      const status = /^HTTP\/1\.1 (\d+)/.exec(await speak(bytes))?.[1];
      if (status) expect(Number(status)).toBeLessThan(500);
    });
    await serves();
  },
  fuzzTimeoutMs,
);
