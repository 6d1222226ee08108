import { z } from "zod";
import { RunTracker } from "../../registry/run-tracker.js";
import { outcome, versionIn, versionReference } from "../outcome.js";
import { nothingToCleanUp, type Resources, type Result, type RunContext, runKind } from "../run-kind.js";
import { featuresOfModel } from "../training/features-of-model.js";
import { pinRows } from "../training/pin-rows.js";
import { type TrainParams, trainParams } from "../training/train-params.js";
import { requireFeaturesOf, resolveCandidate, taskOfModel, trainFields } from "../training/train-request.js";
import { Trainer } from "../training/trainer.js";

/** Trains one version from pinned snapshots: read, fitted in a worker thread, evaluated, registered. */
export const trainKind = runKind({
  name: "TRAIN",
  description: "Trains a version of a model.",
  queue: "asof_training",
  schedulable: true,
  fillsOnlineStore: false,
  holds: featuresOfModel,
  mutation: {
    name: "train",
    description:
      "Trains on one snapshot, measures, and registers a version. Returns at once; follow the run.",
    role: "operator",
    input: "TrainInput",
    beside: [],
  },
  request: (deployment) => z.strictObject(trainFields(deployment)),
  params: trainParams,
  pin: async ({ algorithm, params, folds, ...rows }, on): Promise<TrainParams> => {
    const candidate = resolveCandidate(algorithm, params, taskOfModel(on.definitions, rows.model).name);
    const pinned = await pinRows(rows, on);
    requireFeaturesOf(on.definitions, pinned, candidate);
    return { ...pinned, ...candidate, ...(folds ? { folds } : {}) };
  },
  execute,
  outcome: outcome({
    type: "TrainOutcome",
    description: "What a training made.",
    stored: { version: z.int(), sha256: z.string(), threshold: z.number().nullable() },
    fields: {
      version: versionReference().describe(
        "The version it registered; null of a search's trial that was not chosen.",
      ),
      sha256: z.string().describe("SHA-256 of the ONNX file."),
      threshold: z
        .number()
        .describe("The probability from which on the prediction is 1; null of tasks without one."),
    },
    read: ({ version, ...same }, run) => ({ ...same, version: versionIn(run, version) }),
  }),
  cleanUp: nothingToCleanUp,
  trainedBy: ({ id }) => id,
});

async function execute(run: RunContext<TrainParams>, { pool, definitions }: Resources): Promise<Result> {
  const { runId, params } = run;
  const trainer = new Trainer(pool, definitions);
  // The model and everything said about it are kept as artifacts before the step ends.
  const fitted = await run.step("fit", async (step) => {
    await new RunTracker(pool).saveSnapshot(runId, params.snapshot.id);
    const table = await trainer.read(params, step);
    return trainer.fitAndKeep(runId, params, table, step);
  });
  const version = await run.step("register", () =>
    run.write(async (tx, tracker) => {
      const registered = await trainer.register(tx, runId, params, fitted);
      await tracker.saveResult(runId, { version: registered.version });
      return registered;
    }),
  );
  return { version: version.version, sha256: fitted.sha256, threshold: fitted.threshold };
}
