import DataLoader from "dataloader";
import type { EntityRecord, EntityRow, Snapshot, UserFeatures, ViewFreshness } from "../features/types.js";
import type { ModelVersion } from "../registry/model.js";
import type { Artifact, Metric, Run, RunStep } from "../registry/run.js";
import type { Services } from "../services.js";
import type { Prediction } from "../serving/types.js";
import { loadPredictions, type PredictionKey } from "./prediction.loader.js";

/** Batches and remembers what the fields of one request ask for: one call of a service, however many nodes. */
export interface Loaders {
  features: DataLoader<EntityRow, UserFeatures, string>;
  users: DataLoader<string, EntityRecord | null>;
  freshness: DataLoader<string, ViewFreshness | null>;
  snapshots: DataLoader<number, Snapshot | null>;
  runs: DataLoader<string, Run | null>;
  runSteps: DataLoader<string, RunStep[]>;
  runMetrics: DataLoader<string, Metric[]>;
  latestMetrics: DataLoader<string, Metric[]>;
  runArtifacts: DataLoader<string, Artifact[]>;
  runChildren: DataLoader<string, Run[]>;
  versionsByRun: DataLoader<string, ModelVersion | null>;
  versionsByModel: DataLoader<string, ModelVersion[]>;
  predictions: DataLoader<PredictionKey, Prediction, string>;
}

/** Rows in one statement: enough for any page, and a plan PostgreSQL still makes quickly. */
const maxBatchSize = 1000;

export function createLoaders(services: Services): Loaders {
  const { entities, features, snapshots, runs, models, predictor } = services;
  return {
    features: new DataLoader((rows) => features.read(rows), {
      maxBatchSize,
      cacheKeyFn: ({ userId, asOf, knownAt }) =>
        JSON.stringify([userId, asOf ?? null, knownAt?.getTime() ?? null]),
    }),
    users: new DataLoader((userIds) => entities.find(userIds), { maxBatchSize }),
    freshness: new DataLoader(async (views) => {
      const byView = await features.freshness();
      return views.map((view) => byView.get(view) ?? null);
    }),
    snapshots: new DataLoader((ids) => snapshots.findByIds(ids), { maxBatchSize }),
    runs: new DataLoader((ids) => runs.findByIds(ids), { maxBatchSize }),
    runSteps: new DataLoader((ids) => runs.steps(ids), { maxBatchSize }),
    runMetrics: new DataLoader((ids) => runs.metrics(ids), { maxBatchSize }),
    latestMetrics: new DataLoader((ids) => runs.latestMetrics(ids), { maxBatchSize }),
    runChildren: new DataLoader((ids) => runs.children(ids), { maxBatchSize }),
    runArtifacts: new DataLoader((ids) => runs.artifacts(ids), { maxBatchSize }),
    versionsByRun: new DataLoader((ids) => models.findVersionsByRun(ids), { maxBatchSize }),
    versionsByModel: new DataLoader((names) => Promise.all(names.map((name) => models.versions(name)))),
    predictions: new DataLoader((keys) => loadPredictions(predictor, keys), {
      maxBatchSize,
      cacheKeyFn: ({ userId, model, version, asOf }) =>
        JSON.stringify([userId, model, version ?? null, asOf ?? null]),
    }),
  };
}
