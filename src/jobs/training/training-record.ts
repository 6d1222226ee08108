import { z } from "zod";
import type { Pool } from "../../db/pool.js";
import type { PinnedColumn } from "../../features/pinned-columns.js";
import { ArtifactStore } from "../../registry/artifact-store.js";
import { RunStore } from "../../registry/run-store.js";
import type { FittedSummary } from "./fitted.js";
import { type TrainParams, trainParams } from "./train-params.js";

export const TRAINING_RECORD = "training_record.json";

const pinnedColumn = z.object({
  name: z.string(),
  type: z.enum(["int", "float", "bool", "string", "date"]),
  source: z.string(),
  column: z.string(),
}) satisfies z.ZodType<PinnedColumn>;
const trainingColumns = z.object({ features: z.array(pinnedColumn).readonly(), label: pinnedColumn });

const trainingRecordShape = z.object({
  // All that is in them is compared, whatever release wrote them.
  params: z.looseObject(trainParams.shape),
  /** Null, as are the next three, where it was not recorded. */
  dataSha256: z.string().nullable(),
  splitSha256: z.string().nullable(),
  modelSha256: z.string().nullable(),
  threshold: z.number().nullable(),
  // What is not finite is null in JSON.
  metrics: z.record(z.string(), z.number().catch(Number.NaN)),
  environment: z.record(z.string(), z.unknown()),
  /** What was read of the snapshots, in their own names: later definitions change nothing. Absent before 0.2. */
  columns: trainingColumns.optional(),
});
/**
 * What a training was made of and what came out, as an artifact of its run: kept apart from the run's own row, its bytes
 * named by their SHA-256, so that a later change to them is detected.
 */
export type TrainingRecord = z.infer<typeof trainingRecordShape>;

export async function trainingRecord(
  pool: Pool,
  runId: string,
  params: TrainParams,
  { dataSha256, splitSha256, sha256, threshold, metrics, columns }: FittedSummary,
): Promise<TrainingRecord> {
  const environment = (await new RunStore(pool).find(runId))?.environment ?? {};
  return { params, dataSha256, splitSha256, modelSha256: sha256, threshold, metrics, environment, columns };
}

/** Null where the run left none: it trained before there were records, or elsewhere. */
export async function readTrainingRecord(pool: Pool, runId: string): Promise<TrainingRecord | null> {
  const [artifacts] = await new RunStore(pool).artifacts([runId]);
  const listed = artifacts?.find(({ name }) => name === TRAINING_RECORD);
  const artifact = listed && (await new ArtifactStore(pool).read(listed.sha256));
  return artifact ? trainingRecordShape.parse(JSON.parse(artifact.bytes.toString("utf8"))) : null;
}
