import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import type { ModelSignature } from "../../../src/registry/model.js";
import type { Row } from "../../../src/serving/encoder.js";
import { IsolatedRunner } from "../../../src/serving/isolated/isolated-runner.js";
import { DEFAULT_LIMITS, type ModelLimits } from "../../../src/serving/isolated/limits.js";
import { liveProcesses } from "../../../src/serving/isolated/model-process.js";
import { ProcessPlaces } from "../../../src/serving/isolated/process-places.js";
import { Suspicion } from "../../../src/serving/isolated/suspicion.js";
import { type Harm, hostileModel } from "../../support/hostile-models.js";

const signature: ModelSignature = {
  features: [{ name: "skips_7d", kind: "numeric" }],
  inputs: [{ name: "skips_7d", type: "float32", shape: [null, 1], features: ["skips_7d"] }],
  outputs: [{ name: "probability", type: "float32", shape: [null, 1] }],
};
const TRIGGER = 77;
const rowsOf = (...values: (number | null)[]): Row[] => values.map((value) => ({ skips_7d: value }));
const right = (value: number) => 1 / (1 + Math.exp(2 - value));

let open: ProcessPlaces[] = [];
afterEach(() => {
  for (const places of open) places.closeAll();
  open = [];
  expect(liveProcesses()).toBe(0);
});

function runnerOf(onnx: Uint8Array, limits: Partial<ModelLimits> = {}, suspicion = new Suspicion()) {
  const places = new ProcessPlaces();
  open.push(places);
  return new IsolatedRunner(signature, onnx, { ...DEFAULT_LIMITS, ...limits }, suspicion, places);
}

/** Of each row its answer, rounded, or the words it failed with. */
async function answersOf(runner: IsolatedRunner, rows: Row[]): Promise<(number | string)[]> {
  const { probabilities, failures } = await runner.run(rows);
  return rows.map((_, row) => failures.get(row)?.message ?? Number(probabilities[row]!.toFixed(5)));
}

describe("a row that the model cannot answer", () => {
  it.each<[Harm, RegExp]>([
    ["dies", /^it ended its process \(SIGFPE\)/],
    ["takes memory", /^it took more than 512 MB of memory$/],
    ["answers NaN", /^its answer is NaN, which is no probability$/],
    ["answers 5", /^its answer is 5, which is no probability$/],
    ["throws", /Gather.*; why is left out, for it may quote values/s],
  ])("fails alone: it %s", async (harm, words) => {
    const runner = runnerOf(hostileModel(harm, TRIGGER));
    const values = Array.from({ length: 200 }, (_, i) => (i === 55 ? TRIGGER : i % 7));
    const answers = await answersOf(runner, rowsOf(...values));
    for (const [i, answer] of answers.entries()) {
      if (i === 55) expect(answer).toMatch(words);
      else expect(answer).toBeCloseTo(right(values[i]!), 4);
    }
    // Strangers who ask at the same time, each on his own.
    const singles = await Promise.all(rowsOf(...values).map((row) => answersOf(runner, [row])));
    expect(singles.filter(([answer]) => typeof answer === "string")).toHaveLength(1);
  });

  it("that takes too long ends its process, and fails alone", async () => {
    const runner = runnerOf(hostileModel("is slow", TRIGGER), { batchMs: 1_500 });
    const answers = await answersOf(runner, rowsOf(1, TRIGGER, 2));
    expect(answers).toEqual([
      expect.closeTo(right(1), 4),
      "it did not answer within 1.5 s",
      expect.closeTo(right(2), 4),
    ]);
  });

  it("is not asked a second time where it ended the process", async () => {
    const suspicion = new Suspicion();
    const runner = runnerOf(hostileModel("dies", TRIGGER), {}, suspicion);
    await answersOf(runner, rowsOf(TRIGGER));
    for (let i = 0; i < 20; i++) {
      expect(await answersOf(runner, rowsOf(1, TRIGGER))).toEqual([
        expect.closeTo(right(1), 4),
        expect.stringMatching(/SIGFPE/),
      ]);
    }
    expect(suspicion.problem()).toBe(null);
  });
});

describe("a model whose process dies again and again", () => {
  it("is suspected, not asked for a while, and asked again after it", async () => {
    let now = 1_000_000;
    const suspicion = new Suspicion(() => now);
    const runner = runnerOf(hostileModel("dies", Number.NaN), {}, suspicion);
    await expect(runner.load()).rejects.toThrow(/SIGFPE/);
    for (let i = 0; i < 3; i++) await runner.load().catch(() => {});
    expect(suspicion.problem()).toMatch(/^its process ended 4 times of late, the last time because .*SIGFPE/);
    const { failures } = await runner.run(rowsOf(1, 2));
    expect(failures.get(1)).toMatchObject({
      reason: "unavailable",
      retryAfterSeconds: 1,
      message: expect.stringMatching(/^it is not asked for another 1 s: its process ended 4 times of late/),
    });
    now += 300;
    expect(await answersOf(runner, rowsOf(1))).toEqual([expect.closeTo(right(1), 4)]);
    now += 5 * 60_000;
    expect(suspicion.problem()).toBe(null);
  });

  it("does not keep more waiting than a bounded queue", async () => {
    const runner = runnerOf(hostileModel("answers 5", TRIGGER));
    const asked = Array.from({ length: 12 }, () => runner.run(rowsOf(...new Array(1_024).fill(1))));
    const busy = (await Promise.all(asked)).filter(({ failures }) => failures.size > 0);
    expect(busy.length).toBeGreaterThan(0);
    expect(busy.length).toBeLessThan(5);
    expect(busy[0]!.failures.get(0)).toMatchObject({
      reason: "unavailable",
      message: "too many requests wait for it; ask again later",
    });
  });
});

it("a model's process has nothing of this one's secrets in its environment", async () => {
  process.env.ASOF_ADMIN_TOKEN = "secret-of-the-test".repeat(3);
  process.env.DATABASE_URL ??= "postgres://somewhere";
  const runner = runnerOf(hostileModel("answers 5", TRIGGER));
  await runner.load();
  const environment = readFileSync(`/proc/${runner.pid}/environ`, "latin1");
  delete process.env.ASOF_ADMIN_TOKEN;
  const names = environment.split("\0").map((entry) => entry.split("=")[0]);
  expect(names).toContain("PATH");
  expect(names.filter((name) => /ASOF|DATABASE|REDIS|TOKEN|AUTH|PG/.test(name!))).toEqual([]);
  expect(environment).not.toContain("secret-of-the-test");
});

it("of versions asked for by name only so many have a process at once; the idle one makes room", async () => {
  const places = new ProcessPlaces(2);
  open.push(places);
  const runners = [1, 2, 3].map(
    () =>
      new IsolatedRunner(signature, hostileModel("throws", TRIGGER), DEFAULT_LIMITS, new Suspicion(), places),
  );
  for (const runner of runners) {
    expect(await answersOf(runner, rowsOf(1))).toEqual([expect.closeTo(right(1), 4)]);
    expect(liveProcesses()).toBeLessThanOrEqual(2);
  }
  expect(await answersOf(runners[0]!, rowsOf(2))).toEqual([expect.closeTo(right(2), 4)]);
});
