import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { queueRunner } from "../../../src/jobs/engine/dbos-internals.js";
import { QueueLoop } from "../../../src/jobs/engine/queue-loop.js";

const executor = {};
const runner = queueRunner();
const { refreshDbQueues, pollQueue, schedulerLoop } = runner;
/** Queues in which something waits, how often that was asked, and what was polled. */
let waiting: string[];
let asked: (readonly string[])[];
let polled: string[];
let refreshed: number;
let contended: boolean;
let loop: QueueLoop;
let running: Promise<void>;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  [waiting, asked, polled, refreshed, contended] = [[], [], [], 0, false];
  runner.abortController = new AbortController();
  runner.states.clear();
  runner.refreshDbQueues = async () => {
    refreshed++;
    for (const name of ["a", "b"]) runner.states.set(name, { queue: { name } });
  };
  runner.pollQueue = async (_, { name }) => {
    polled.push(name);
    return contended;
  };
  loop = new QueueLoop({
    waiting: async (queues) => {
      asked.push(queues);
      return waiting.filter((name) => queues.includes(name));
    },
  });
  loop.install();
  running = runner.schedulerLoop(executor);
  await vi.advanceTimersByTimeAsync(3_000);
  [asked, polled] = [[], []];
});

afterEach(async () => {
  runner.abortController.abort();
  await running;
  loop.remove();
  expect(runner.schedulerLoop).toBe(schedulerLoop);
  Object.assign(runner, { refreshDbQueues, pollQueue });
  runner.states.clear();
  vi.useRealTimers();
});

it("asks once for all queues every 2 s while nothing happens to runs, and polls none", async () => {
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toEqual(Array(5).fill(["a", "b"]));
  expect(polled).toEqual([]);
});

it("polls a queue in which something waits, though no notification came", async () => {
  waiting = ["b"];
  await vi.advanceTimersByTimeAsync(4_000);
  expect(polled).toEqual(["b", "b"]);
});

it("looks at once after something happened to a run, and every 100 ms for 3 s", async () => {
  await vi.advanceTimersByTimeAsync(500);
  asked = [];
  loop.open();
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(asked.length).toBeGreaterThanOrEqual(30);
  expect(asked.length).toBeLessThanOrEqual(32);
});

it("leaves a queue alone for longer and longer while others claim from it at the same moment, at most for 3 s", async () => {
  contended = true;
  waiting = ["a"];
  loop.open();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(polled.length).toBeGreaterThan(10);
  expect(polled.length).toBeLessThan(45);
});

it("leaves one to other processes for as long as one of them may need to look", async () => {
  loop.leaveToOthers("a");
  waiting = ["a", "b"];
  await vi.advanceTimersByTimeAsync(2_500);
  expect(new Set(polled)).toEqual(new Set(["b"]));
  await vi.advanceTimersByTimeAsync(2_500);
  expect(polled).toContain("a");
});

it("reads the queues' limits every 10 s, and where it is told to", async () => {
  refreshed = 0;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(refreshed).toBe(2);
  loop.refresh();
  await vi.advanceTimersByTimeAsync(0);
  expect(refreshed).toBe(3);
});

it("goes on where it cannot be known what waits, or a poll fails", async () => {
  waiting = ["a"];
  runner.pollQueue = async (_, { name }) => {
    polled.push(name);
    throw new Error("Connection terminated");
  };
  await vi.advanceTimersByTimeAsync(10_000);
  expect(polled.length).toBeGreaterThan(2);
});
