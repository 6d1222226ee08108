import type { Worker } from "node:worker_threads";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { TrainingThreadLostError } from "../../src/errors/training-thread-lost.js";
import { train } from "../../src/training/pipeline.js";
import { trainInWorker } from "../../src/training/train.js";
import type { TrainOptions } from "../../src/training/types.js";
import { MIXED_FEATURES, mixedRows, tableOf } from "./tables.js";

const data = tableOf(MIXED_FEATURES, mixedRows(3001));
const PARAMS = {
  GRADIENT_BOOSTING: { trees: 12, leaves: 16, min_leaf_rows: 5, class_weight: "balanced" },
  RANDOM_FOREST: { trees: 60, class_weight: 2.5 },
  LOGISTIC_REGRESSION: { class_weight: "balanced" },
};
const optionsOf = (algorithm: keyof typeof PARAMS): TrainOptions => ({
  algorithm,
  seed: 1,
  testFraction: 0.25,
  params: PARAMS[algorithm],
});
/** Minutes of work, unless it is ended. */
const endless: TrainOptions = {
  ...optionsOf("GRADIENT_BOOSTING"),
  params: { trees: 5000, early_stopping_rounds: 0, leaves: 256, min_leaf_rows: 1 },
};

const threads: Worker[] = [];
const remember = (worker: Worker) => threads.push(worker);
process.on("worker", remember);
afterAll(() => process.off("worker", remember));
afterEach(() => {
  // An ended thread has no id.
  expect(threads.map(({ threadId }) => threadId)).toEqual(threads.map(() => -1));
  threads.length = 0;
});

describe.each(["GRADIENT_BOOSTING", "RANDOM_FOREST", "LOGISTIC_REGRESSION"] as const)("%s", (algorithm) => {
  const alone = train(data, optionsOf(algorithm), () => {});

  // Each thread starts tsx, which is dear: all numbers of threads for one learner only.
  test.each(algorithm === "GRADIENT_BOOSTING" ? [1, 2, 3, 4] : [2, 3])(
    "is the same model byte for byte with %d threads",
    async (count) => {
      const result = await trainInWorker(data, optionsOf(algorithm), { threads: count });
      expect(threads).toHaveLength(count);
      expect(Buffer.compare(result.onnx, alone.onnx)).toBe(0);
      expect(result.curve).toEqual(alone.curve);
      expect(result.threshold).toBe(alone.threshold);
      expect({ ...result.metrics, train_seconds: 0 }).toEqual({ ...alone.metrics, train_seconds: 0 });
    },
  );
});

test("a small table is trained by one thread unless more are asked for", async () => {
  await trainInWorker(data, optionsOf("LOGISTIC_REGRESSION"));
  expect(threads).toHaveLength(1);
});

test.each([0, 1.5, 65])("%d threads are refused", async (count) => {
  await expect(trainInWorker(data, endless, { threads: count })).rejects.toThrow(
    new RangeError(`threads must be an integer from 1 to 64, got ${count}`),
  );
});

test("aborting ends all threads", async () => {
  const abort = new AbortController();
  const reason = new Error("cancelled by ada");
  const onProgress = () => abort.abort(reason);
  const running = trainInWorker(data, endless, { signal: abort.signal, onProgress, threads: 3 });
  await expect(running).rejects.toBe(reason);
  expect(threads).toHaveLength(3);
});

test.each([
  ["the one that leads", 3, 0],
  ["one that helps", 1, 2],
])("when %s is lost in the middle of a tree the training fails and the others end", async (_, at, number) => {
  let reports = 0;
  const running = trainInWorker(data, endless, {
    threads: 4,
    // Helpers 1, 2, 3 are started first, then the one that leads.
    onProgress: () => (++reports === 2 ? void threads[at]!.terminate() : undefined),
  });
  const error = await running.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TrainingThreadLostError);
  expect(error).toMatchObject({
    code: "SERVICE_UNAVAILABLE",
    message:
      `training thread ${number + 1} of 4 was lost: it ended with exit code 1; the run can be retried, ` +
      "with more memory if that is what it lacked",
  });
});

test("a thread lost before the first task fails the training", async () => {
  const running = trainInWorker(data, endless, { threads: 2 });
  // The event that tells of a new thread comes a tick later.
  await new Promise(setImmediate);
  void threads[0]!.terminate();
  await expect(running).rejects.toBeInstanceOf(TrainingThreadLostError);
});
