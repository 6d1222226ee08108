import { lstat, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type Deployment, findService } from "../../definitions/language/deployment.js";
import { entityOfService } from "../../definitions/language/entities.js";
import { keyColumnsOf } from "../../definitions/language/key.js";
import { CommandFailedError } from "../../errors/command-failed.js";
import { ModelNotFoundError } from "../../errors/errors.js";
import { exportColumns } from "../../features/export-rows.js";
import { type Categories, shapedColumns } from "../../features/export-shape.js";
import { taskForService } from "../../training/tasks/registry.js";
import { HELD_OUT, SAMPLE_WEIGHT } from "../../values/held-out.js";
import { shapeProblem } from "../../values/shape-problem.js";
import type { TrainExternallyParams } from "./train-externally-params.js";
import type { TrainingCommand } from "./training-commands.js";

/** Names in a command's folder. */
export const SPECIFICATION = "specification.json";
export const TRAINING_SET = "training_set";
export const WRITTEN_MODEL = "model.onnx";
const WRITTEN_RESULT = "result.json";
const MAX_RESULT_BYTES = 16 << 20;

/** A file of the training set, as the command finds it. */
export interface GivenFile {
  /** Within the command's folder. */
  name: string;
  rows: number;
  bytes: number;
  sha256: string;
}

export interface GivenTraining {
  folder: string;
  files: readonly GivenFile[];
  /** Of each text feature its categories: the place of one is its code. */
  categories: Categories;
  /** The EXTERNAL run that it may log to. */
  trainerRun: string;
}

/** What a command is given, as docs/external-training.md describes it. */
export function specificationOf(
  deployment: Deployment,
  params: TrainExternallyParams,
  { name, trackingUrl }: TrainingCommand,
  { folder, files, categories, trainerRun }: GivenTraining,
) {
  const service = findService(deployment, params.model);
  if (!service) throw new ModelNotFoundError(params.model);
  const asStored = exportColumns(deployment, service, params.export.features);
  const columns = shapedColumns(asStored, { heldOut: null, categories });
  const keys = keyColumnsOf(entityOfService(deployment, service)).length;
  const learnt = columns.slice(1 + keys, service.weight ? -1 : undefined);
  return {
    version: 1,
    command: name,
    model: params.model,
    task: taskForService(service).name,
    trainingSet: {
      folder: join(folder, TRAINING_SET),
      files: files.map((file) => ({
        ...file,
        path: join(folder, file.name),
        /** Where asof has it, for machines that do not see the folder. */
        url: `/artifacts/${file.sha256}`,
      })),
    },
    date: columns[0]!.name,
    key: columns.slice(1, 1 + keys).map(({ name }) => name),
    features: learnt.slice(0, -1).map(({ name, type }) => ({ name, type })),
    label: { name: learnt.at(-1)!.name, type: learnt.at(-1)!.type },
    /** The column that says how much a row counts; null: all count the same. */
    weight: service.weight ? { name: SAMPLE_WEIGHT, type: columns.at(-1)!.type } : null,
    asOf: params.export.months.map(({ asOf, labelAsOf }) => ({ asOf, labelAsOf })),
    categories,
    heldOut: { column: HELD_OUT, ...params.export.heldOut },
    seed: params.seed,
    params: params.params,
    output: { model: join(folder, WRITTEN_MODEL), result: join(folder, WRITTEN_RESULT) },
    tracking: trackingUrl === undefined ? null : { url: trackingUrl, runId: trainerRun },
  };
}

const writtenResult = z.strictObject({
  signature: z
    .strictObject({
      inputs: z.array(z.strictObject({ name: z.string(), features: z.array(z.string()) })),
      columns: z.array(z.string()),
      output: z.string(),
      positiveClass: z.string(),
    })
    .partial()
    .default({}),
  threshold: z.number().min(0).max(1).optional(),
  expected: z
    .array(z.strictObject({ key: z.string(), probability: z.number() }))
    .max(10_000)
    .default([]),
  expectedTolerance: z.number().min(0).max(1).optional(),
  metrics: z.record(z.string().min(1).max(200), z.number()).default({}),
});
/** What a command says of its model, where it says something. */
export type WrittenResult = z.infer<typeof writtenResult>;

export interface Written extends WrittenResult {
  onnx: Buffer;
}

/**
 * What the command has left.
 * @param maxBytes of the model
 * @throws {CommandFailedError} no model, a file that is none or is too large, or a result of another shape
 */
export async function readWritten(command: string, folder: string, maxBytes: number): Promise<Written> {
  const refuse = (problem: string) => new CommandFailedError(command, `ended well, but ${problem}`);
  const model = await sizeOf(join(folder, WRITTEN_MODEL), refuse);
  if (model === null) throw refuse(`wrote no model to output.model of its specification`);
  if (model > maxBytes) throw refuse(`its model has ${model} bytes; at most ${maxBytes} are accepted`);
  const result = await sizeOf(join(folder, WRITTEN_RESULT), refuse);
  if (result !== null && result > MAX_RESULT_BYTES)
    throw refuse(`its result has ${result} bytes; at most ${MAX_RESULT_BYTES} are accepted`);
  const said = result === null ? "{}" : await readFile(join(folder, WRITTEN_RESULT), "utf8");
  const parsed = writtenResult.safeParse(jsonOf(said, refuse));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(`${WRITTEN_RESULT}: ${issue!.path.join(".")}: ${shapeProblem(issue!)}`);
  }
  return { ...parsed.data, onnx: await readFile(join(folder, WRITTEN_MODEL)) };
}

/** In bytes; null where it is not there. What is no file, a pipe say, is not opened. */
async function sizeOf(path: string, refuse: (problem: string) => Error): Promise<number | null> {
  const found = await lstat(path).catch(() => null);
  if (found && !found.isFile()) throw refuse(`${path} is no regular file`);
  return found ? found.size : null;
}

function jsonOf(text: string, refuse: (problem: string) => Error): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refuse(`${WRITTEN_RESULT} is no JSON: ${(error as Error).message}`);
  }
}
