import { z } from "zod";
import type { Pool } from "../../db/pool.js";
import type { ColumnType } from "../../definitions/language/column.js";
import { isColumnType } from "../../definitions/language/column-types/registry.js";
import { expressionTree } from "../../definitions/language/expression/read-tree.js";
import type { PinnedColumn, PinnedDerived } from "../../features/pinned-columns.js";
import { ArtifactStore } from "../../registry/artifact-store.js";
import { RunStore } from "../../registry/run-store.js";
import type { FittedSummary } from "./fitted.js";
import { type TrainParams, trainParams } from "./train-params.js";

export const TRAINING_RECORD = "training_record.json";

const pinnedColumn = z.object({
  name: z.string(),
  type: z.custom<ColumnType>(isColumnType),
  source: z.string(),
  column: z.string(),
  window: z.string().optional(),
}) satisfies z.ZodType<PinnedColumn>;
const pinnedDerived = z.object({
  name: z.string(),
  type: pinnedColumn.shape.type,
  expression: expressionTree,
  inputs: z.array(pinnedColumn).readonly(),
}) satisfies z.ZodType<PinnedDerived>;
const trainingColumns = z.object({
  features: z.array(z.union([pinnedDerived, pinnedColumn])).readonly(),
  label: pinnedColumn,
  weight: pinnedColumn.optional(),
});

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
  /** Of a panel: of each of its dates, the oldest first; `columns` are the newest date's. */
  columnsByDate: z.array(trainingColumns).optional(),
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
  fitted: FittedSummary,
): Promise<TrainingRecord> {
  const environment = (await new RunStore(pool).find(runId))?.environment ?? {};
  const { dataSha256, splitSha256, sha256: modelSha256, threshold, metrics, columns, columnsByDate } = fitted;
  return {
    ...{ params, dataSha256, splitSha256, modelSha256, threshold, metrics, environment, columns },
    ...(columnsByDate && { columnsByDate }),
  };
}

/** Null where the run left none: it trained before there were records, or elsewhere. */
export async function readTrainingRecord(pool: Pool, runId: string): Promise<TrainingRecord | null> {
  const [artifacts] = await new RunStore(pool).artifacts([runId]);
  const listed = artifacts?.find(({ name }) => name === TRAINING_RECORD);
  const bytes = listed && (await new ArtifactStore(pool).read(listed.sha256));
  return bytes ? trainingRecordShape.parse(JSON.parse(bytes.toString("utf8"))) : null;
}
