import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isTransient } from "../../db/transient.js";
import { personalColumns } from "../../definitions/language/personal.js";
import { erasedSoFar, requireNoneErasedSince } from "../../features/erasure/kept-out.js";
import { ArtifactStore } from "../../registry/artifact-store.js";
import { savingBytes } from "../../registry/external-runs.js";
import { MAX_MODEL_BYTES } from "../../registry/files/stored-bytes.js";
import { ModelStore } from "../../registry/model-store.js";
import { requireCategories } from "../export/export-manifest.js";
import type { AskedVersion, Resources, RunContext, StepContext } from "../run-kind.js";
import { CommandOutput } from "./command-output.js";
import { type CommandPlace, runCommand } from "./run-command.js";
import {
  type GivenFile,
  readWritten,
  SPECIFICATION,
  specificationOf,
  WRITTEN_MODEL,
  type Written,
} from "./specification.js";
import type { TrainExternallyParams } from "./train-externally-params.js";
import { beginTrainerRun } from "./trainer-run.js";
import { trainingCommands } from "./training-commands.js";
import { copyFiles, makeTrainingFolder, removeTrainingFolders } from "./training-folder.js";

/** The artifact with what the command printed. */
export const TRAINING_LOG = "training.log";
/** Between two looks at what it printed. */
const REPORT_MS = 1_000;
const AWAY_ATTEMPTS = 60;
const AWAY_PAUSE_MS = 1_000;

/** What an EXPORT run has written for it. */
export interface TrainingSet {
  runId: string;
  files: readonly GivenFile[];
}

/**
 * Gives the command its files in a folder of its own, runs it, keeps what it wrote, and asks for its model to be registered.
 * Done again from its beginning where the process dies, unless it came as far as that.
 * @throws {CommandFailedError} it failed, was late, or wrote nothing that can be used
 * @throws {UnusableModelError} its model cannot be served
 */
export async function runTraining(
  run: RunContext<TrainExternallyParams>,
  on: Resources,
  trainingSet: TrainingSet,
  step: StepContext,
): Promise<AskedVersion> {
  const trainer = await beginTrainerRun(run);
  const [there] = await new ModelStore(on.pool).findOwn(trainer);
  if (there) return { model: there.model, version: there.version, judgedBy: there.judgedBy! };
  const written = await runInFolder(run, on, { trainer, trainingSet }, step);
  const { model } = run.params;
  const { onnx, metrics, threshold = null, expectedTolerance = null, ...said } = written;
  await whileAway(() => keepModel(run, trainer, onnx, metrics));
  const request = {
    ...{ model, runId: trainer, artifact: WRITTEN_MODEL, trainedOn: trainingSet.runId },
    ...{ ...said, threshold, expectedTolerance },
  };
  const asked = await whileAway(() => on.register(request, `run ${run.runId}`));
  const { version, judgedBy } = asked;
  await step.log(`version ${version} is judged by run ${judgedBy}`, { runId: judgedBy, version });
  return asked;
}

interface Training {
  trainer: string;
  trainingSet: TrainingSet;
}

async function runInFolder(
  run: RunContext<TrainExternallyParams>,
  on: Resources,
  { trainer, trainingSet }: Training,
  step: StepContext,
): Promise<Written> {
  const { runId, params } = run;
  const { pool, definitions, trainingDir } = on;
  const command = trainingCommands.get(params.command);
  const personal = personalColumns(definitions);
  const folder = await makeTrainingFolder(trainingDir, runId);
  try {
    const { files } = trainingSet;
    const categories = await requireCategories(pool, trainingSet.runId);
    const given = { folder, files, categories, trainerRun: trainer };
    const specification = specificationOf(definitions, params, command, given);
    await copyFiles(pool, folder, files, step.signal);
    await writeFile(join(folder, SPECIFICATION), `${JSON.stringify(specification, null, 1)}\n`);
    const { tracking } = specification;
    const place: CommandPlace = {
      ...{ runId, folder, specification: join(folder, SPECIFICATION), signal: step.signal },
      variables: tracking ? { MLFLOW_TRACKING_URI: tracking.url, MLFLOW_RUN_ID: tracking.runId } : {},
      // Who may not see a value gets it in no words either.
      isQuoted: !params.export.features.some((name) => personal.hasFeature(name)),
    };
    const output = new CommandOutput();
    const erased = await erasedSoFar(pool);
    try {
      await reported(place, output, step, () => runCommand(command, place, output));
    } finally {
      await keepLog(run, output, erased);
    }
    return await readWritten(command.name, folder, MAX_MODEL_BYTES);
  } finally {
    await removeTrainingFolders(trainingDir, runId);
  }
}

/** Runs the work, and says now and then that it goes on, and what was printed. */
async function reported<T>(
  { isQuoted }: CommandPlace,
  output: CommandOutput,
  step: StepContext,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  let writing: Promise<void> | null = null;
  /** Events are for who watches: one that the database does not take fails no training. */
  const report = () => {
    if (!isQuoted || writing) return;
    const message = output.takeMessage();
    if (message === null) return;
    const written = () => {
      writing = null;
    };
    writing = step.log(message).then(written, written);
  };
  const beat = setInterval(() => {
    report();
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const last = isQuoted && output.lastLine ? `: ${output.lastLine}` : "";
    step.progress(0, `running for ${seconds} s${last}`, { seconds });
  }, REPORT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await writing;
    report();
    await writing;
  }
}

/** The model becomes an artifact of the command's run, with what it measured. */
const keepModel = (
  run: RunContext,
  trainer: string,
  bytes: Buffer,
  metrics: Readonly<Record<string, number>>,
): Promise<void> =>
  savingBytes(() =>
    run.write(async (tx, tracker) => {
      const artifact = { name: WRITTEN_MODEL, mediaType: "application/octet-stream", bytes };
      await new ArtifactStore(tx).save(trainer, artifact);
      const points = Object.entries(metrics).map(([name, value]) => ({ name, value }));
      await tracker.saveMetrics(trainer, points);
    }),
  );

/** Where somebody was erased while it ran it may name them, and is not kept. A run that was cancelled keeps none. */
async function keepLog(run: RunContext, output: CommandOutput, erased: string): Promise<void> {
  const bytes = output.log;
  if (bytes.length === 0) return;
  const artifact = { name: TRAINING_LOG, mediaType: "text/plain; charset=utf-8", bytes };
  await savingBytes(() =>
    run.write(async (tx) => {
      await requireNoneErasedSince(tx, erased);
      await new ArtifactStore(tx).save(run.runId, artifact);
    }),
  ).catch(() => {});
}

/** A training of hours is not done again because the database was away for a moment at its end. */
async function whileAway<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === AWAY_ATTEMPTS || !isTransient(error)) throw error;
      await delay(AWAY_PAUSE_MS);
    }
  }
}
