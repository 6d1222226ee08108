import type { Pool } from "../db/pool.js";
import type { ColumnType } from "../definitions/language/column.js";
import { ArtifactStore } from "../registry/artifact-store.js";
import { ModelStore } from "../registry/model-store.js";
import { RunStore } from "../registry/run-store.js";
import { kindOfColumn } from "../registry/servability.js";
import type { FeatureSpec } from "../training/types.js";

export const FEATURE_SCHEMA = "feature_schema.json";

/** How learners take features: text as categories, everything else as numbers. */
export function featureSpecs(features: readonly { name: string; type: ColumnType }[]): FeatureSpec[] {
  return features.map(({ name, type }) => ({ name, kind: kindOfColumn(type) }));
}

/**
 * The names of what a training learned from, in its order, as it left them: in its artifact, or in its version's
 * signature; null where it left neither.
 */
export async function learnedFeatures(pool: Pool, runId: string): Promise<string[] | null> {
  const [artifacts] = await new RunStore(pool).artifacts([runId]);
  const listed = artifacts?.find(({ name }) => name === FEATURE_SCHEMA);
  const artifact = listed && (await new ArtifactStore(pool).read(listed.sha256));
  const [version] = await new ModelStore(pool).findVersionsByRun([runId]);
  const left: { name: string }[] | undefined = artifact
    ? (JSON.parse(artifact.bytes.toString("utf8")) as { features: { name: string }[] }).features
    : version?.signature.features;
  return left?.map(({ name }) => name) ?? null;
}
