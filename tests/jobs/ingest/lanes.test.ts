import { expect, it } from "vitest";
import { inLanes } from "../../../src/db/lanes.js";

/** A task that ends when it is told to. */
function gate() {
  let open = () => {};
  let fail = (_: Error) => {};
  const done = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { done, open, fail };
}
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

it("begins tasks in their order, no more of them at once than there are lanes", async () => {
  const gates = [gate(), gate(), gate()];
  const begun: number[] = [];
  const all = inLanes(
    [0, 1, 2],
    (task) => {
      begun.push(task);
      return gates[task]!.done;
    },
    2,
  );
  await turn();
  expect(begun).toEqual([0, 1]);
  gates[1]!.open();
  await turn();
  expect(begun).toEqual([0, 1, 2]);
  for (const { open } of gates) open();
  await all;
});

it("begins nothing after a failure, waits for what is under way, and throws the first", async () => {
  const gates = [gate(), gate(), gate()];
  const begun: number[] = [];
  const all = inLanes(
    [0, 1, 2],
    (task) => {
      begun.push(task);
      return gates[task]!.done;
    },
    2,
  );
  let ended = false;
  const outcome = all.then(
    () => null,
    (error: Error) => {
      ended = true;
      return error.message;
    },
  );
  gates[0]!.fail(new Error("first"));
  await turn();
  expect([begun, ended]).toEqual([[0, 1], false]);
  gates[1]!.fail(new Error("second"));
  expect(await outcome).toBe("first");
  expect(begun).toEqual([0, 1]);
});
