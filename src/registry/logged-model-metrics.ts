import type { Client } from "../db/pool.js";
import { LoggedModelNotFoundError } from "../errors/tracking-errors.js";
import type { MetricPoint } from "./run.js";

/** A point that a run logged of a model, kept beside the run's own. */
export interface ModelMetric extends MetricPoint {
  modelId: string;
  runId: string;
  datasetName: string | null;
  datasetDigest: string | null;
}

/**
 * In the transaction that writes the run's own points: both are there, or neither. The same again changes nothing.
 * @throws {LoggedModelNotFoundError} one of the models is none
 */
export async function addModelMetrics(tx: Client, points: readonly ModelMetric[]): Promise<void> {
  if (points.length === 0) return;
  await requireModels(tx, [...new Set(points.map(({ modelId }) => modelId))]);
  await tx.query(
    `insert into logged_model_metrics (model_id, run_id, name, step, at, value, dataset_name, dataset_digest)
     select model_id, run_id, name, step, coalesce(at, clock_timestamp()), value, dataset_name, dataset_digest
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::timestamptz[], $6::float8[], $7::text[], $8::text[])
       m(model_id, run_id, name, step, at, value, dataset_name, dataset_digest)
     on conflict do nothing`,
    [
      points.map(({ modelId }) => modelId),
      points.map(({ runId }) => runId),
      points.map(({ name }) => name),
      points.map(({ step }) => step ?? 0),
      points.map(({ at }) => at ?? null),
      points.map(({ value }) => value),
      points.map(({ datasetName }) => datasetName),
      points.map(({ datasetDigest }) => datasetDigest),
    ],
  );
}

/** They stay to the end of the transaction; who adds points does not wait for others that do. */
async function requireModels(tx: Client, ids: readonly string[]): Promise<void> {
  const { rows } = await tx.query<{ id: string }>(
    "select id from logged_models where id = any($1::uuid[]) and deleted_at is null order by id for share",
    [ids],
  );
  const there = new Set(rows.map(({ id }) => id));
  const missing = ids.find((id) => !there.has(id));
  if (missing) throw new LoggedModelNotFoundError(missing);
}
