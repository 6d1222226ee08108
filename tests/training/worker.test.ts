import { readdirSync } from "node:fs";
import type { Worker } from "node:worker_threads";
import { afterAll, afterEach, expect, test } from "vitest";
import { BadUserInputError } from "../../src/errors/errors.js";
import { train } from "../../src/training/pipeline.js";
import { trainInWorker } from "../../src/training/train.js";
import type { TrainProgress } from "../../src/training/types.js";
import { endless, options } from "./boosting-options.js";
import { MIXED_FEATURES, mixedRows, singleFeature, tableOf } from "./tables.js";

const data = tableOf(MIXED_FEATURES, mixedRows(2000));

const threads: Worker[] = [];
const remember = (worker: Worker) => threads.push(worker);
process.on("worker", remember);
afterAll(() => process.off("worker", remember));
afterEach(() => {
  // An ended thread has no id.
  expect(threads.map(({ threadId }) => threadId)).toEqual(threads.map(() => -1));
});

test("a thread gives the same model as the calling thread", async () => {
  const progress: TrainProgress[] = [];
  const result = await trainInWorker(data, options, { onProgress: (p) => progress.push(p) });
  expect(result.sha256).toBe(train(data, options, () => {}).sha256);
  expect(result.onnx).toBeInstanceOf(Uint8Array);
  expect(progress.map(({ phase }) => phase)).toContain("cross_validation");
  expect(progress.at(-1)).toMatchObject({ phase: "refit", done: 20, total: 20, unit: "trees" });
  expect(progress[0]!.metric).toEqual(result.curve[0]);
  expect(result.hyperparameters).toMatchObject({ trees: 20, leaves: 4 });
});

test("the caller's arrays are still there afterwards, shared or not", async () => {
  const copied = { ...data, numeric: Float32Array.from(data.numeric), labels: Uint8Array.from(data.labels) };
  const result = await trainInWorker(copied, options, {});
  expect(copied.numeric).toHaveLength(3 * 2000);
  expect(result.sha256).toBe(train(data, options, () => {}).sha256);
});

test("the event loop turns while a model is trained", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await trainInWorker(data, options, {});
  clearInterval(timer);
  expect(turns).toBeGreaterThan(5);
});

test("aborting ends the thread and rejects with the signal's reason", async () => {
  const abort = new AbortController();
  const reason = new Error("cancelled by ada");
  let late = 0;
  const running = trainInWorker(data, endless, {
    signal: abort.signal,
    onProgress: () => (abort.signal.aborted ? late++ : abort.abort(reason)),
  });
  await expect(running).rejects.toBe(reason);
  expect(late).toBe(0);
  expect(threads.at(-1)?.threadId).toBe(-1);
});

const openFiles = (): number => readdirSync("/proc/self/fd").length;

test.runIf(process.platform === "linux")(
  "aborting at any point, its start included, leaves no file open",
  async () => {
    const abortAfter = async (ms: number) => {
      const running = trainInWorker(data, endless, { signal: AbortSignal.timeout(ms), threads: 2 });
      await expect(running).rejects.toThrow("timeout");
    };
    await abortAfter(0);
    const before = openFiles();
    // Its modules take it about a tenth of a second to load, longer on a busy machine.
    for (let ms = 0; ms < 300; ms += 12) await abortAfter(ms);
    expect(openFiles()).toBeLessThanOrEqual(before + 1);
  },
);

test("a signal aborted beforehand starts nothing", async () => {
  const reason = new Error("too late");
  const before = threads.length;
  await expect(trainInWorker(data, options, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(threads).toHaveLength(before);
});

test("what the table is refused for crosses the thread as it is", async () => {
  const oneClass = singleFeature("numeric", [
    [1, true],
    [2, true],
  ]);
  const refused = trainInWorker(oneClass, options, {});
  await expect(refused).rejects.toBeInstanceOf(BadUserInputError);
  await expect(refused).rejects.toMatchObject({
    code: "BAD_USER_INPUT",
    message: "every label is true (2 rows); a model needs rows of both classes",
  });
});

test("bad parameters are refused before a thread is started", async () => {
  await expect(trainInWorker(data, { ...options, params: { trees: 0 } }, {})).rejects.toThrow(
    BadUserInputError,
  );
});

test("a crash in the thread rejects with its error", async () => {
  const labels = data.labels.slice();
  labels[5] = 7;
  await expect(trainInWorker({ ...data, labels }, options, {})).rejects.toThrow(
    "TrainingData.labels holds 7, expected 0 or 1",
  );
});

test("an error thrown by the progress listener ends the thread and rejects", async () => {
  const running = trainInWorker(data, endless, {
    onProgress: () => {
      throw new Error("the log is full");
    },
  });
  await expect(running).rejects.toThrow("the log is full");
});
