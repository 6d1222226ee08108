import { expect, test } from "vitest";
import { startApp } from "./running-app.js";

const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

test("a browser gets the playground, with the examples in it", async () => {
  const { app } = await startApp();
  const page = await app.inject({ url: "/graphql", headers: { accept: browser } });
  expect(page.statusCode).toBe(200);
  expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
  expect(page.body).toContain("mutation IngestJanuary");
});

test("a link that brings a query along opens the playground too", async () => {
  const { app } = await startApp();
  const page = await app.inject({ url: "/graphql?query=%7Bhealth", headers: { accept: browser } });
  expect([page.statusCode, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
});

test("other clients get no page", async () => {
  const { app } = await startApp();
  for (const accept of ["*/*", "application/json", undefined]) {
    const answer = await app.inject({ url: "/graphql", headers: accept ? { accept } : {} });
    expect(answer.headers["content-type"]).toContain("application/json");
    expect(answer.statusCode).toBe(400);
  }
});

test("the page loads nothing from another host", async () => {
  const { app } = await startApp();
  const { body, headers } = await app.inject({ url: "/graphql", headers: { accept: browser } });
  const addresses = [...body.matchAll(/<[^>]*(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
  expect(addresses.length).toBeGreaterThan(2);
  for (const address of addresses) expect(address).toMatch(/^\.\/(assets\/[\w-]+(\.\w+)+|icon\.svg)$/);
  for (const file of addresses.filter((address) => address.endsWith(".css")))
    expect((await app.inject({ url: file.slice(1) })).body).not.toMatch(/@import|url\(["']?(https?:)?\/\//);
  const policy = String(headers["content-security-policy"]);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("connect-src 'self' ws: wss:;");
  expect(policy).not.toMatch(/https?:|\*/);
});

test("an unchanged page is not sent again, and is compressed where the browser takes it", async () => {
  const { app } = await startApp();
  const headers = { accept: browser, "accept-encoding": "gzip, deflate" };
  const first = await app.inject({ url: "/graphql", headers });
  expect(first.headers["content-encoding"]).toBe("gzip");
  // What shows first; the editor comes afterwards, in files that never change.
  expect(first.rawPayload.byteLength).toBeLessThan(6_000);
  const [, script] = /src="\.(\/assets\/playground-[^"]+\.js)"/.exec(
    (await app.inject({ url: "/graphql", headers: { accept: browser } })).body,
  )!;
  const asset = await app.inject({ url: script!, headers: { "accept-encoding": "br" } });
  expect([asset.headers["content-encoding"], asset.headers["cache-control"]]).toEqual([
    "br",
    "public, max-age=31536000, immutable",
  ]);
  const etag = String(first.headers.etag);
  const again = await app.inject({ url: "/graphql", headers: { ...headers, "if-none-match": etag } });
  expect([again.statusCode, again.body]).toEqual([304, ""]);
});
