import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { ClientGoneError } from "../../src/errors/limit-errors.js";
import { ExclusiveQueue } from "../../src/observability/exclusive-queue.js";
import { RequestScope } from "../../src/observability/request-scope.js";

/** Turns that are taken until they are let go, and which have begun. */
function held(turns: ExclusiveQueue) {
  const begun: string[] = [];
  const letGo = new Map<string, (error?: Error) => void>();
  const take = (name: string): Promise<string> =>
    turns.run(
      () =>
        new Promise((resolve, reject) => {
          begun.push(name);
          letGo.set(name, (error) => (error ? reject(error) : resolve(name)));
        }),
    );
  return { begun, take, letGo: (name: string, error?: Error) => letGo.get(name)!(error) };
}

it("work is done one piece at a time, in the order it came", async () => {
  const { begun, take, letGo } = held(new ExclusiveQueue("comparisons"));
  const answers = ["a", "b", "c"].map(take);
  for (const [place, name] of ["a", "b", "c"].entries()) {
    await nextTurn();
    expect(begun).toEqual(["a", "b", "c"].slice(0, place + 1));
    letGo(name);
    await answers[place];
  }
  expect(await Promise.all(answers)).toEqual(["a", "b", "c"]);
});

it("who comes as the turn changes hands is not before those who waited", async () => {
  const { begun, take, letGo } = held(new ExclusiveQueue("comparisons"));
  const first = take("first").then(() => take("again"));
  const waits = take("waits");
  letGo("first");
  await nextTurn();
  await nextTurn();
  expect(begun).toEqual(["first", "waits"]);
  letGo("waits");
  await waits;
  await nextTurn();
  letGo("again");
  expect(await first).toBe("again");
});

it("what fails is the failure of who asked for it alone: the next has its turn", async () => {
  const { take, letGo } = held(new ExclusiveQueue("comparisons"));
  const failing = take("fails");
  const next = take("next");
  letGo("fails", new Error("no snapshot"));
  await expect(failing).rejects.toThrow("no snapshot");
  await nextTurn();
  letGo("next");
  expect(await next).toBe("next");
});

it("a request that ends while it waits gives up its place, with its reason, and is never begun", async () => {
  const { begun, take, letGo } = held(new ExclusiveQueue("comparisons", 2));
  const first = take("first");
  const scope = new RequestScope("r", "POST /graphql");
  const abandoned = scope.run(() => take("abandoned"));
  const last = take("last");
  await expect(take("refused")).rejects.toThrow("comparisons are made one at a time");
  scope.end(new ClientGoneError());
  await expect(abandoned).rejects.toMatchObject({ code: "CLIENT_CLOSED_REQUEST" });
  const instead = take("instead");
  letGo("first");
  await first;
  await nextTurn();
  letGo("last");
  await last;
  await nextTurn();
  letGo("instead");
  expect(await instead).toBe("instead");
  expect(begun).toEqual(["first", "last", "instead"]);
});

it("a request that ends once its work has begun keeps the turn until the work has ended", async () => {
  const { begun, take, letGo } = held(new ExclusiveQueue("comparisons"));
  const scope = new RequestScope("r", "POST /graphql");
  const first = take("first");
  const ended = scope.run(() => take("ended"));
  const last = take("last");
  letGo("first");
  await first;
  await nextTurn();
  scope.end(new ClientGoneError());
  await nextTurn();
  expect(begun).toEqual(["first", "ended"]);
  letGo("ended");
  expect(await ended).toBe("ended");
  await nextTurn();
  letGo("last");
  expect(await last).toBe("last");
});

it("as many as may wait do; who comes after them is told to come again, and leaves nothing behind", async () => {
  const { begun, take, letGo } = held(new ExclusiveQueue("comparisons", 3));
  const answers = ["a", "b", "c", "d"].map(take);
  for (let n = 0; n < 100; n++) {
    await expect(take("late")).rejects.toMatchObject({ code: "SERVICE_BUSY", retryAfterSeconds: 1 });
  }
  for (const [place, name] of ["a", "b", "c", "d"].entries()) {
    await nextTurn();
    letGo(name);
    await answers[place];
  }
  expect(begun).toEqual(["a", "b", "c", "d"]);
  const free = take("free");
  letGo("free");
  expect(await free).toBe("free");
});
