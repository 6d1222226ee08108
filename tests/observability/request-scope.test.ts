import { setImmediate as turn } from "node:timers/promises";
import { expect, it } from "vitest";
import {
  currentRequest,
  detached,
  outsideRequests,
  RequestScope,
} from "../../src/observability/request-scope.js";

const scope = (id: string) => new RequestScope(id, `GET /${id}`);
const whose = async () => {
  await turn();
  return currentRequest()?.id;
};

it("whatever a request calls knows it, others at the same time do not", async () => {
  const answers = [
    scope("a").run(whose),
    scope("b").run(whose),
    whose(),
    detached(whose),
    outsideRequests(whose),
  ];
  expect(await Promise.all(answers)).toEqual(["a", "b", undefined, undefined, undefined]);
});

it("a request keeps knowing itself while others are answered without, and one that comes after them knows itself", async () => {
  let go = () => {};
  const waits = new Promise<void>((resolve) => {
    go = resolve;
  });
  const first = scope("first").run(async () => {
    await waits;
    return whose();
  });
  expect(await detached(whose)).toBeUndefined();
  go();
  expect(await first).toBe("first");
  expect(await detached(whose)).toBeUndefined();
  expect(await scope("next").run(whose)).toBe("next");
});

it("one that fails is left as well as one that is answered", async () => {
  const failing = scope("fails").run(async () => {
    throw new Error(await whose());
  });
  await expect(failing).rejects.toThrow("fails");
  expect(await detached(whose)).toBeUndefined();
});

it("within a request, what is shared with others is nobody's", async () => {
  const seen = await scope("a").run(async () => [await outsideRequests(whose), await whose()]);
  expect(seen).toEqual([undefined, "a"]);
});
