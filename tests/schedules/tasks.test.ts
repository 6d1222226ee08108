import { expect, it } from "vitest";
import type { JobService } from "../../src/jobs/job-service.js";
import { TaskStarter } from "../../src/jobs/scheduled-tasks.js";

it("a scheduled trainAndCompare starts with the mutation's own defaults", async () => {
  const calls: unknown[][] = [];
  const jobs = { trainAndCompare: async (...call: unknown[]) => void calls.push(call) };
  const start = new TaskStarter("churn").prepare({
    kind: "TRAIN_AND_COMPARE",
    params: { asOf: "2024-01-31", candidates: ["RANDOM_FOREST"] },
  });
  await start(jobs as unknown as JobService, "schedule:monthly");
  const request = { asOf: "2024-01-31", model: "churn", algorithm: "GRADIENT_BOOSTING", seed: 42 };
  expect(calls).toEqual([
    [{ ...request, testFraction: 0.25, candidates: ["RANDOM_FOREST"] }, 0.01, "schedule:monthly"],
  ]);
});

it("a scheduled trainAndCompare with a delta of text is refused", () => {
  const task = { kind: "TRAIN_AND_COMPARE", params: { asOf: "2024-01-31", delta: "much" } } as const;
  expect(() => new TaskStarter("churn").prepare(task)).toThrow("params.delta");
});
