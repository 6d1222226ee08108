import { describe, expect, it } from "vitest";
import { compareTrainings, differingLeaves } from "../../../src/jobs/reproduce/reproduction.js";
import type { TrainingRecord } from "../../../src/jobs/training/training-record.js";

const pinned = { id: 1, revision: 1, contentSha256: "c" };
const record: TrainingRecord = {
  params: {
    asOf: "2024-01-31",
    labelAsOf: "2024-01-31",
    model: "churn",
    seed: 7,
    testFraction: 0.25,
    snapshot: pinned,
    labelSnapshot: pinned,
    algorithm: "GRADIENT_BOOSTING",
    hyperparameters: { trees: 40, leaves: 4 },
  },
  dataSha256: "d",
  splitSha256: "s",
  modelSha256: "m",
  threshold: 0.5,
  metrics: { auc: 0.8, train_seconds: 1.5 },
  environment: { nodeVersion: "v20.20.0", platform: "linux x64" },
};

describe("two trainings", () => {
  it.each<[string, Partial<TrainingRecord>, string[]]>([
    ["equal in all", {}, []],
    ["of another duration", { metrics: { auc: 0.8, train_seconds: 9 } }, []],
    ["of a release that measures more", { metrics: { auc: 0.8, ece: 0.1, train_seconds: 1 } }, []],
    ["in another environment", { environment: { nodeVersion: "v22.0.0" } }, []],
    ["of other rows", { dataSha256: "x" }, ["data"]],
    ["of another split", { splitSha256: "x" }, ["split"]],
    ["with another outcome", { modelSha256: "x", threshold: 0.4 }, ["model", "threshold"]],
    ["with a metric apart in its last digit", { metrics: { auc: 0.8000000000000002 } }, ["metrics.auc"]],
    [
      "with a metric apart in its last digit, in another environment",
      { metrics: { auc: 0.8000000000000002 }, environment: { nodeVersion: "v22.0.0" } },
      [],
    ],
    [
      "with a metric apart in its eleventh digit, in another environment",
      { metrics: { auc: 0.80000000002 }, environment: { nodeVersion: "v22.0.0" } },
      ["metrics.auc"],
    ],
    ["with a metric lost", { metrics: {} }, ["metrics.auc"]],
    ["of another seed", { params: { ...record.params, seed: 8 } }, ["params.seed"]],
    [
      "of other hyperparameters",
      { params: { ...record.params, hyperparameters: { trees: 41, l2: 1 } } },
      ["params.hyperparameters.trees", "params.hyperparameters.leaves", "params.hyperparameters.l2"],
    ],
  ])("%s differ in what is named", (_, changed, named) => {
    const differences = compareTrainings(record, { ...record, ...changed });
    expect(differences.map(({ what }) => what)).toEqual(named);
  });

  it("are not compared by what the original did not record", () => {
    const original = { ...record, dataSha256: null, splitSha256: null };
    expect(compareTrainings(original, record)).toEqual([]);
  });

  it("on two machines name what the machines differ in", () => {
    const there = { nodeVersion: "v20.20.0", platform: "darwin arm64", cpus: 8 };
    expect(differingLeaves("environment", record.environment, there)).toEqual([
      { what: "environment.platform", original: "linux x64", reproduced: "darwin arm64" },
      { what: "environment.cpus", original: null, reproduced: 8 },
    ]);
  });
});
