import { expect, test } from "vitest";
import type { Services } from "../../src/services/services.js";
import { fakeServices } from "../support/fake-services.js";
import { query, startApp } from "./running-app.js";

/** Counts the calls of a method of a service, and how many it was asked for at once. */
function watch<S extends keyof Services>(
  services: Services,
  service: S,
  method: string,
  calls: string[],
): void {
  const part = services[service] as object as Record<string, (...asked: unknown[]) => unknown>;
  const answer = part[method]!;
  part[method] = (...asked) => {
    const keys = asked.find(Array.isArray);
    calls.push(`${method} ${keys?.length ?? ""}`.trim());
    return answer(...asked);
  };
}

test("nodes of a type are found with one call, whatever stands between them", async () => {
  const services = fakeServices();
  const calls: string[] = [];
  watch(services, "entities", "find", calls);
  watch(services, "snapshots", "findRevisions", calls);
  watch(services, "models", "findModels", calls);
  watch(services, "models", "findVersions", calls);
  watch(services, "schedules", "list", calls);
  const { app } = await startApp({}, services);
  const ids = [1, 2, 3].flatMap((n) => [
    `user:u${n}`,
    `snapshot:2024-01-31:${n}`,
    `model:m${n}`,
    `version:m:${n}`,
    `schedule:s${n}`,
  ]);
  const { data } = await query(app, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids });
  expect(data.nodes).toHaveLength(15);
  expect(data.nodes[1]).toEqual({ id: "snapshot:2024-01-31:1" });
  expect(calls.sort()).toEqual(["find 3", "findModels 3", "findRevisions 3", "findVersions 3", "list"]);
});

test("more nodes at once than a page has are refused", async () => {
  const { app } = await startApp();
  const ids = Array.from({ length: 1001 }, (_, n) => `user:u${n}`);
  const { errors } = await query(app, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids });
  expect(errors![0]).toMatchObject({
    message: "ids: at most 1000 were expected; got 1001; split the request",
    extensions: { code: "BAD_USER_INPUT" },
  });
});
