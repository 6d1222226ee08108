import { expect, it } from "vitest";
import { QueueGate } from "../../../src/jobs/engine/queue-gate.js";

/** A gate of which 100 ms polls were asked for `ms`; how many it admitted. */
function polls(gate: QueueGate, clock: { now: number }, ms: number): number {
  let admitted = 0;
  for (const end = clock.now + ms; clock.now < end; clock.now += 100)
    if (gate.admits("asof_data")) admitted++;
  return admitted;
}

it("asks for a queue every 2 s while nothing happens to runs, and at every poll for 3 s after something did", () => {
  const clock = { now: 1_000_000 };
  const gate = new QueueGate(() => clock.now);
  expect(polls(gate, clock, 10_000)).toBe(5);
  gate.open();
  expect(polls(gate, clock, 3_000)).toBe(30);
  expect(polls(gate, clock, 2_000)).toBe(1);
});

it("counts each queue by itself", () => {
  const gate = new QueueGate(() => 5_000);
  expect(["asof_data", "asof_training", "asof_data"].map((queue) => gate.admits(queue))).toEqual([
    true,
    true,
    false,
  ]);
});
