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

type Makers = { [Name in keyof Loaders]: (services: Services) => Loaders[Name] };

const makers: Makers = {
  features: ({ features }) =>
    new DataLoader((rows) => features.read(rows), {
      maxBatchSize,
      cacheKeyFn: ({ userId, asOf, knownAt }) =>
        JSON.stringify([userId, asOf ?? null, knownAt?.getTime() ?? null]),
    }),
  users: ({ entities }) => new DataLoader((userIds) => entities.find(userIds), { maxBatchSize }),
  freshness: ({ features }) =>
    new DataLoader(async (views) => {
      const byView = await features.freshness();
      return views.map((view) => byView.get(view) ?? null);
    }),
  snapshots: ({ snapshots }) => new DataLoader((ids) => snapshots.findByIds(ids), { maxBatchSize }),
  runs: ({ runs }) => new DataLoader((ids) => runs.findByIds(ids), { maxBatchSize }),
  runSteps: ({ runs }) => new DataLoader((ids) => runs.steps(ids), { maxBatchSize }),
  runMetrics: ({ runs }) => new DataLoader((ids) => runs.metrics(ids), { maxBatchSize }),
  latestMetrics: ({ runs }) => new DataLoader((ids) => runs.latestMetrics(ids), { maxBatchSize }),
  runChildren: ({ runs }) => new DataLoader((ids) => runs.children(ids), { maxBatchSize }),
  runArtifacts: ({ runs }) => new DataLoader((ids) => runs.artifacts(ids), { maxBatchSize }),
  versionsByRun: ({ models }) => new DataLoader((ids) => models.findVersionsByRun(ids), { maxBatchSize }),
  versionsByModel: ({ models }) =>
    new DataLoader((names) => Promise.all(names.map((name) => models.versions(name)))),
  predictions: ({ predictor }) =>
    new DataLoader((keys) => loadPredictions(predictor, keys), {
      maxBatchSize,
      cacheKeyFn: ({ userId, model, version, asOf }) =>
        JSON.stringify([userId, model, version ?? null, asOf ?? null]),
    }),
};

/** Makes each loader when it is first asked for: an operation uses one or two of them. */
class LazyLoaders {
  constructor(readonly services: Services) {}
}
for (const name of Object.keys(makers) as (keyof Loaders)[]) {
  Object.defineProperty(LazyLoaders.prototype, name, {
    get(this: LazyLoaders) {
      const value = makers[name](this.services);
      Object.defineProperty(this, name, { value });
      return value;
    },
  });
}

export const createLoaders = (services: Services): Loaders => new LazyLoaders(services) as unknown as Loaders;
