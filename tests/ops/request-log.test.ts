import { expect, it } from "vitest";
import { startApp } from "../http/running-app.js";

const logged = (lines: string[]) =>
  lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "request");
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/;

it("a request is one line with the id it came with, who asked, the operation's name and how it ended", async () => {
  const { app, lines } = await startApp();
  const response = await app.inject({
    method: "POST",
    url: "/graphql",
    headers: { "x-request-id": "trace-7", "x-asof-actor": "ann" },
    payload: {
      query: "query Hit($s: String) { featureStoreStatus { hitRate } }",
      variables: { s: "hunter2" },
    },
  });
  expect(response.headers["x-request-id"]).toBe("trace-7");
  expect(logged(lines)).toEqual([
    expect.objectContaining({
      reqId: "trace-7",
      actor: "ann",
      operation: "Hit",
      method: "POST",
      url: "/graphql",
      ms: expect.any(Number),
      status: response.statusCode,
    }),
  ]);
  expect(lines.join("")).not.toContain("hunter2");
});

it("an operation that is named beside several is told by that name, and REST has none", async () => {
  const { app, lines } = await startApp();
  const query = "query A { health { status } } query B { health { version } }";
  await app.inject({ method: "POST", url: "/graphql", payload: { query, operationName: "B" } });
  await app.inject({ url: "/features/u1" });
  expect(logged(lines).map(({ operation }) => operation)).toEqual(["B", undefined]);
});

it.each([["a b"], ["x".repeat(129)], ['","level":60'], [""]])(
  "the id %j is replaced by one that can be logged, which the answer tells",
  async (id) => {
    const { app, lines } = await startApp();
    const { headers } = await app.inject({ url: "/ready", headers: { "x-request-id": id } });
    expect(headers["x-request-id"]).toMatch(UUID);
    expect(logged(lines)).toEqual([expect.objectContaining({ reqId: headers["x-request-id"] })]);
  },
);

it("what is refused carries the id, too", async () => {
  const { app } = await startApp();
  const unknown = await app.inject({ url: "/nowhere", headers: { "x-request-id": "lost-1" } });
  expect([unknown.statusCode, unknown.headers["x-request-id"]]).toEqual([404, "lost-1"]);
});
