import { expect, it } from "vitest";
import type { Listener } from "../../src/db/listener.js";
import { LiveQueue } from "../../src/registry/live-queue.js";
import type { StageTransition } from "../../src/registry/model.js";
import type { StageHistory } from "../../src/registry/stage-history.js";
import { TransitionHub } from "../../src/registry/transition-hub.js";
import { until } from "../support/until.js";

/** A hub over a table in memory that `grow` adds to, models a and b in turn; ids from 1. */
async function hubOver() {
  const table: StageTransition[] = [];
  let wake = () => {};
  let readUpTo = 0;
  const history = {
    lastId: async () => String(table.length),
    after: async (id: string) => {
      readUpTo = table.length;
      return table.slice(Number(id));
    },
  };
  const listener = { on: (_: string, notified: () => void) => (wake = notified), onReconnect: () => {} };
  const hub = new TransitionHub(history as unknown as StageHistory, listener as unknown as Listener);
  await hub.start();
  const grow = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const id = String(table.length + 1);
      table.push({ id, model: Number(id) % 2 === 0 ? "a" : "b" } as StageTransition);
    }
    wake();
    await until("the hub has read on", () => readUpTo === table.length);
  };
  const take = async (stream: AsyncIterator<StageTransition>, count: number) => {
    const taken: number[] = [];
    while (taken.length < count) taken.push(Number((await stream.next()).value.id));
    return taken;
  };
  return { hub, grow, take };
}
const from = (first: number, last: number, step = 1) =>
  Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => first + i * step);

it("a subscriber that does not keep up is told from the table: each transition once, in order, and then live", async () => {
  const { hub, grow, take } = await hubOver();
  await grow(3);
  const all = hub.follow(null);
  const ofA = hub.follow("a");
  for (let part = 0; part < 5; part++) await grow(500);
  expect(await take(all, 2_500)).toEqual(from(4, 2_503));
  expect(await take(ofA, 1_250)).toEqual(from(4, 2_502, 2));
  await grow(2);
  expect([await take(all, 2), await take(ofA, 1)]).toEqual([[2_504, 2_505], [2_504]]);
  hub.close();
  expect(await all.next()).toEqual({ done: true, value: undefined });
});

it("what waits for a subscriber is bounded", async () => {
  const { hub, grow } = await hubOver();
  const held: LiveQueue<StageTransition>[] = [];
  const push = LiveQueue.prototype.push;
  LiveQueue.prototype.push = function (item) {
    push.call(this, item);
    if (!held.includes(this)) held.push(this);
  };
  hub.follow(null);
  await grow(5_000);
  LiveQueue.prototype.push = push;
  expect(held.map((queue) => queue.takeOverflow())).toEqual([true]);
  hub.close();
});
