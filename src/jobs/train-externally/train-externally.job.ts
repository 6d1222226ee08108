import { z } from "zod";
import { ModelStore } from "../../registry/model-store.js";
import { exportKind } from "../export/export.job.js";
import { outcome, runReference, versionIn, versionReference } from "../outcome.js";
import {
  type AskedVersion,
  type HeldFeatures,
  type Resources,
  type Result,
  type RunContext,
  runKind,
  type StepContext,
  trainsNothing,
} from "../run-kind.js";
import { contestFields, readContest, storedContest } from "../train-and-compare/compare-outcome.js";
import { contest, promoteWinner } from "../train-and-compare/contest.js";
import { awaitRun } from "./await-run.js";
import { runTraining, TRAINING_LOG } from "./run-training.js";
import {
  pinTraining,
  type TrainExternallyParams,
  trainExternallyParams,
  trainExternallyRequest,
} from "./train-externally-params.js";
import { endWhatItBegan, exportRunOf, failingTrainer, trainerRunOf } from "./trainer-run.js";
import { removeTrainingFolders } from "./training-folder.js";

/** What the command printed may have values of what it was given. Of the rest its own runs say what they hold. */
const heldByTraining: HeldFeatures = (file, params) =>
  file === TRAINING_LOG ? (trainExternallyParams.safeParse(params).data?.export.features ?? null) : null;

/**
 * Trains by a program of the deployment's: exports the training set (an EXPORT run), runs the command, registers its ONNX file
 * (a REGISTER run judges it), and where a delta is asked compares it with Production and promotes it as trainAndCompare does.
 */
export const trainExternallyKind = runKind({
  name: "TRAIN_EXTERNALLY",
  description: "Trains by a program that the deployment declares.",
  queue: "asof_training",
  schedulable: true,
  fillsOnlineStore: false,
  holds: heldByTraining,
  mutation: {
    name: "trainExternally",
    description:
      "Trains by one of the deployment's training commands: exports the training set, runs the program, registers the ONNX\n" +
      "file it writes, judged on the rows that the seed holds out. With `delta` it is compared with the Production version and\n" +
      "promoted if it wins by as much and passes the gates, as trainAndCompare does. Returns at once; follow the run.",
    role: "operator",
    input: "TrainExternallyInput",
    beside: [],
  },
  request: trainExternallyRequest,
  params: trainExternallyParams,
  pin: pinTraining,
  execute: (run, on) => new TrainExternally(run, on).execute(),
  outcome: outcome({
    type: "TrainExternallyOutcome",
    description: "What a training command came to.",
    stored: { ...storedContest, version: z.int(), trainer: z.string(), trainingSet: z.string() },
    fields: {
      version: versionReference().describe("The version that was registered from the command's model."),
      trainer: runReference().describe("The command's own run, which it may have logged to."),
      trainingSet: runReference().describe("The run that exported its training set."),
      ...contestFields,
    },
    read: ({ version, trainer, trainingSet, ...comparison }, run) => ({
      ...readContest(comparison, run),
      version: versionIn(run, version),
      trainer,
      trainingSet,
    }),
  }),
  cleanUp: async (runId, on) => {
    await removeTrainingFolders(on.trainingDir, runId);
    await endWhatItBegan(runId, on);
  },
  trainedBy: trainsNothing,
});

const exported = z.object({
  files: z.array(z.object({ name: z.string(), rows: z.number(), bytes: z.number(), sha256: z.string() })),
});

class TrainExternally {
  constructor(
    private readonly run: RunContext<TrainExternallyParams>,
    private readonly on: Resources,
  ) {}

  async execute(): Promise<Result> {
    const { run, on } = this;
    const { delta, model } = run.params;
    const trainingSet = exportRunOf(run);
    const { files } = await run.step("export", (step) => this.#export(trainingSet, step));
    const set = { runId: trainingSet, files };
    const asked = await run.step("train", (step) =>
      failingTrainer(run, step, () => runTraining(run, on, set, step)),
    );
    await run.step("judge", (step) => failingTrainer(run, step, () => this.#judged(asked, step)));
    const trainer = trainerRunOf(run);
    const beside = { version: asked.version, trainer, trainingSet };
    if (delta === null) return beside;
    const version = (await new ModelStore(on.pool).findJudged(model, asked.version))!;
    const contested = await run.step("compare", (step) => contest(on, version, step));
    const described = { version: version.version, runId: trainer, sha256: version.sha256 };
    const candidacy = { version, delta, by: "trainExternally", described, beside };
    const result = await run.step("promote", () => promoteWinner(run, on, candidacy, contested));
    if (result.decision === "PROMOTED") await on.refresh(model);
    return result;
  }

  async #export(id: string, step: StepContext): Promise<z.infer<typeof exported>> {
    const { runId, params } = this.run;
    await this.on.startPinned(exportKind, params.export, { runId: id, actor: `run ${runId}` });
    await step.log(`the training set is exported by run ${id}`, { runId: id });
    const { result } = await awaitRun(this.on.pool, id, step.signal);
    return exported.parse(result);
  }

  async #judged({ judgedBy }: AskedVersion, step: StepContext): Promise<void> {
    const { snapshotId } = await awaitRun(this.on.pool, judgedBy, step.signal);
    await this.run.write((_, tracker) => tracker.saveSnapshot(this.run.runId, snapshotId!));
  }
}
