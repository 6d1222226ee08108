import { z } from "zod";
import type { Pool } from "../../db/pool.js";
import type { ColumnType } from "../../definitions/language/column.js";
import type { TrainingColumns } from "../../features/training-rows.js";
import { ArtifactStore } from "../../registry/artifact-store.js";
import { ModelStore } from "../../registry/model-store.js";
import { RunStore } from "../../registry/run-store.js";
import { kindOfColumn } from "../../registry/servability.js";
import type { FeatureSpec } from "../../training/types.js";
import { readTrainingRecord } from "./training-record.js";

export const FEATURE_SCHEMA = "feature_schema.json";

/** How learners take features: text as categories, everything else as numbers. */
export function featureSpecs(features: readonly { name: string; type: ColumnType }[]): FeatureSpec[] {
  return features.map(({ name, type }) => ({ name, kind: kindOfColumn(type) }));
}

/** What is read back of that artifact. */
const featureSchema = z.object({ features: z.array(z.object({ name: z.string() })) });

/** The columns a training used, of each of its dates; of a training before 0.2 only their names. */
export type FeaturesOfTraining = { byDate: readonly TrainingColumns[] } | { names: readonly string[] };

/**
 * The features a training used, in its order, from its training record. A training before 0.2 has them in its artifact or
 * in its version's signature. Null where none are recorded.
 */
export async function learnedFeatures(pool: Pool, runId: string): Promise<FeaturesOfTraining | null> {
  const record = await readTrainingRecord(pool, runId);
  if (record?.columns) return { byDate: record.columnsByDate ?? [record.columns] };
  const [artifacts] = await new RunStore(pool).artifacts([runId]);
  const listed = artifacts?.find(({ name }) => name === FEATURE_SCHEMA);
  const bytes = listed && (await new ArtifactStore(pool).read(listed.sha256));
  const version = await new ModelStore(pool).findTrained(runId);
  const left: { name: string }[] | undefined = bytes
    ? featureSchema.parse(JSON.parse(bytes.toString("utf8"))).features
    : version?.signature.features;
  return left ? { names: left.map(({ name }) => name) } : null;
}
