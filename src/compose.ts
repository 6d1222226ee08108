import type { Logger } from "pino";
import { openAuth } from "./auth/open-auth.js";
import type { Config } from "./config.js";
import type { Database } from "./db/database.js";
import { Listener } from "./db/listener.js";
import type { Pool } from "./db/pool.js";
import { createServingPool } from "./db/request-pool.js";
import { type Deployment, deploymentSha256 } from "./definitions/language/deployment.js";
import { EntityStore } from "./features/entity-store.js";
import { FeatureStore } from "./features/feature-store.js";
import { FreshnessWatch } from "./features/freshness-watch.js";
import { OnlineCopyQueue } from "./features/online-copy-queue.js";
import { type OnlineStore, PostgresOnlineStore } from "./features/online-store.js";
import { RedisLink } from "./features/redis-link.js";
import { RedisOnlineStore } from "./features/redis-online-store.js";
import { diffSnapshots } from "./features/snapshot-diff.js";
import { applyRetention, type RetentionRequest } from "./features/snapshot-retention.js";
import { SnapshotStore } from "./features/snapshot-store.js";
import { checkHealth } from "./health.js";
import { PushService } from "./ingest/push-service.js";
import { QuarantineStore } from "./ingest/quarantine-store.js";
import { connectClient, Dispatcher } from "./jobs/dispatcher.js";
import { DriftJob } from "./jobs/drift.job.js";
import { Engine, type EngineParts } from "./jobs/engine.js";
import { ExportJob } from "./jobs/export.job.js";
import { IngestJob } from "./jobs/ingest.job.js";
import type { Job } from "./jobs/job.js";
import { JobService } from "./jobs/job-service.js";
import { MaterializeJob, tellStale } from "./jobs/materialize.job.js";
import { ReproduceJob } from "./jobs/reproduce.job.js";
import { TaskStarter } from "./jobs/scheduled-tasks.js";
import { type ScheduleContext, Schedules } from "./jobs/schedules.js";
import { TrainJob } from "./jobs/train.job.js";
import { TrainAndCompareJob } from "./jobs/train-and-compare.job.js";
import { TuneJob } from "./jobs/tune.job.js";
import { VerifyParityJob } from "./jobs/verify-parity.job.js";
import { liveMetrics, type Window } from "./monitoring/live-metrics.js";
import { PredictionLog } from "./monitoring/prediction-log.js";
import { compareShadow } from "./monitoring/shadow-comparison.js";
import { Operations } from "./observability/operations.js";
import { ArtifactStore } from "./registry/artifact-store.js";
import { readEnvironment } from "./registry/environment.js";
import { EventHub } from "./registry/event-hub.js";
import { ExternalRuns } from "./registry/external-runs.js";
import type { ModelVersion } from "./registry/model.js";
import { ModelCatalogue } from "./registry/model-catalogue.js";
import { ModelStore } from "./registry/model-store.js";
import { Promotion } from "./registry/promotion.js";
import { annotateRun, type RunChange } from "./registry/run-annotations.js";
import { deleteRun } from "./registry/run-deletion.js";
import { RunStore } from "./registry/run-store.js";
import { RunTracker } from "./registry/run-tracker.js";
import { TransitionHub } from "./registry/transition-hub.js";
import type { Services } from "./services.js";
import { heldOutEvidence } from "./serving/held-out-evidence.js";
import { ModelCache } from "./serving/model-cache.js";
import { PredictionMonitor } from "./serving/prediction-monitor.js";
import { Predictor } from "./serving/predictor.js";
import { ModelRegistration, type RegisterRequest } from "./serving/register-model.js";
import type { Prediction } from "./serving/types.js";

/** What must be undone when the process ends, in the order it was done. */
export type Closing = (() => Promise<unknown> | unknown)[];

export interface Parts {
  config: Config;
  definitions: Deployment;
  database: Database;
  logger: Logger;
  version: string;
  closing: Closing;
  /** What ends as soon as the process is to stop, while it still answers; it is in `closing`, too. */
  first: Closing;
}

/** Wires the services of one process together and starts what runs by itself: streams, models, engine. */
export async function compose(parts: Parts): Promise<Services> {
  const { config, definitions, database, version, closing } = parts;
  const { pool, requests, url } = database;
  const online = await openOnlineStore(parts);
  const stores = createStores(requests);
  const upkeep = createStores(pool);
  const features = new FeatureStore(requests, definitions, undefined, online);
  const { models, snapshots, runs } = stores;
  for (const { name, description } of definitions.services)
    await models.declareModel(name, description ?? null);
  const streams = createStreams(parts, upkeep);
  const auth = openAuth(config, requests, streams.listener);
  const client = await connectClient(url);
  closing.push(() => client.destroy());
  const startJobs = (db: Pool, of: Stores, runId?: string) =>
    new JobService(new Dispatcher(db, client, runId), of.snapshots, of.runs, definitions, config.dataDir);
  /** With an id: what a run or a schedule starts. */
  const jobs = (runId?: string) =>
    runId === undefined ? startJobs(requests, stores) : startJobs(pool, upkeep, runId);
  const schedules = new Schedules(client, new TaskStarter(definitions.services[0]?.name ?? ""), jobs);
  const fire: EngineParts["fire"] = (id, at, context) => schedules.fire(id, at, context as ScheduleContext);
  const { cache, events, transitions } = streams;
  const openPromotion = (db: Pool, of: Stores) =>
    new Promotion(db, definitions, {
      heldOut: heldOutEvidence(db, definitions, of.runs, cache),
      load: (version) => cache.load(version),
    });
  const promotion = openPromotion(requests, stores);
  const compare = new TrainAndCompareJob(pool, definitions, openPromotion(pool, upkeep), (model) =>
    cache.refresh(model),
  );
  const drift = new DriftJob(pool, definitions, (runId, { delta, ...request }, actor) =>
    jobs(runId).trainAndCompare({ ...RETRAINING, ...request }, delta, actor),
  );
  const operations = new Operations(pool, requests);
  const engine =
    config.role === "api"
      ? null
      : createEngine(parts, operations, upkeep.runs, streams.listener, online, fire, [compare, drift]);
  await streams.start();
  await auth.start();
  if (engine) {
    // First, so that what was started before a failed start is stopped all the same.
    closing.push(() => engine.stop());
    parts.first.push(() => engine.stop());
    await engine.start();
  }
  const watch = new FreshnessWatch({
    views: definitions.views,
    freshness: () => features.freshness(),
    warn: (fields, message) => parts.logger.warn(fields, message),
    tell: (stale) => tellStale(pool, stale),
  });
  closing.push(watch.start(FRESHNESS_INTERVAL_MS));
  const registration = new ModelRegistration(requests, definitions, snapshots);
  const copyQueue = new OnlineCopyQueue(pool, online);
  closing.push(copyQueue.start(COPY_INTERVAL_MS));
  return {
    config,
    version,
    definitions,
    entities: new EntityStore(requests, definitions),
    features,
    pushes: new PushService(requests, definitions, copyQueue),
    artifacts: stores.artifacts,
    tracking: Object.assign(new ExternalRuns(requests), {
      register: (request: RegisterRequest, actor: string) => registration.register(request, actor),
      heldOut: (request: Parameters<ModelRegistration["heldOut"]>[0]) => registration.heldOut(request),
      annotate: (runId: string, change: RunChange, actor: string) =>
        annotateRun(requests, runId, change, actor),
      delete: async (runId: string) => {
        const deleted = await deleteRun(requests, runId);
        await new Dispatcher(requests, client).forget(runId, deleted.attempts);
        return deleted;
      },
    }),
    snapshots: Object.assign(snapshots, {
      diff: (from: string, to: string) => diffSnapshots(requests, snapshots, definitions, from, to),
      applyRetention: (request: RetentionRequest) => applyRetention(requests, definitions.retention, request),
    }),
    runs: Object.assign(runs, {
      follow: (runId: string | null, after: string | null) => events.follow(runId, after),
      quarantined: (...of: Parameters<QuarantineStore["list"]>) => new QuarantineStore(requests).list(...of),
    }),
    catalogue: new ModelCatalogue(requests),
    models: Object.assign(models, {
      // Whoever promoted is answered by the new version from the next request on.
      promote: (request: Parameters<Promotion["promote"]>[0]) =>
        promotion.promote(request).finally(() => cache.refresh(request.model)),
      rollback: (model: string, reason: string, actor: string) =>
        promotion.rollback(model, reason, actor).finally(() => cache.refresh(model)),
      followTransitions: (model: string | null) => transitions.follow(model),
    }),
    predictor: new Predictor(features, models, cache, startMonitor(parts, cache)),
    monitoring: {
      live: (version: ModelVersion, labelAsOf: string, window: Window) =>
        liveMetrics(requests, definitions, snapshots, version, labelAsOf, window),
      shadow: (model: string, version: number, window: Window) =>
        compareShadow(requests, model, version, window),
    },
    jobs: jobs(),
    schedules,
    operations,
    auth,
    health: () => checkHealth(pool, online),
  };
}

/** Reads of online values at once: the small ones are two batches, large ones have statements of their own. */
const ONLINE_READS = 4;

/** PostgreSQL, with Redis before it where one is configured. */
async function openOnlineStore({ config, definitions, database, closing }: Parts): Promise<OnlineStore> {
  const { pool, url } = database;
  const reads = createServingPool(url, ONLINE_READS, database.requestOptions);
  closing.push(() => reads.end());
  // A read of some users at most, whoever asks.
  const truth = new PostgresOnlineStore(reads, definitions);
  if (!config.redisUrl) return truth;
  const redis = await RedisLink.open(config.redisUrl);
  closing.push(() => redis.close());
  return RedisOnlineStore.open(pool, definitions, truth, redis);
}

function createStores(pool: Pool) {
  return {
    runs: new RunStore(pool),
    models: new ModelStore(pool),
    artifacts: new ArtifactStore(pool),
    snapshots: new SnapshotStore(pool),
  };
}

/** As `trainAndCompare` trains where nothing else is asked. */
const RETRAINING = { algorithm: "GRADIENT_BOOSTING", seed: 42, testFraction: 0.25 } as const;

/** What is told of every answer: the prediction log, and before it the model's shadow. */
function startMonitor({ config, database, logger, closing }: Parts, cache: ModelCache) {
  if (!config.predictionLog) return undefined;
  const log = new PredictionLog(database.pool, config.predictionLog, logger);
  const monitor = new PredictionMonitor(log, (model) => cache.shadow(model), logger);
  closing.push(
    () => log.close(),
    () => monitor.flush(),
  );
  log.start();
  return (predictions: Iterable<Prediction>) => monitor.observe(predictions);
}

type Stores = ReturnType<typeof createStores>;

/** What follows the database as it changes, by whatever process: events, transitions, the models served. */
function createStreams({ database, logger, closing }: Parts, { models, artifacts }: Stores) {
  const listener = new Listener(database.url);
  const events = new EventHub(database.pool, listener);
  const transitions = new TransitionHub(models, listener);
  const cache = new ModelCache(models, artifacts, logger);
  transitions.onChange((model) => void cache.refresh(model));
  listener.on("asof_model_aliases", (model) => void cache.refresh(model));
  listener.onReconnect(() => void cache.refreshAll().catch(() => {}));
  closing.push(
    () => listener.close(),
    () => events.close(),
    () => transitions.close(),
  );
  const start = async () => {
    await listener.start();
    await transitions.start();
    await cache.refreshAll();
  };
  return { listener, events, transitions, cache, start };
}

function createEngine(
  { config, definitions, database, logger }: Parts,
  operations: Operations,
  store: RunStore,
  listener: Listener,
  online: OnlineStore,
  fire: EngineParts["fire"],
  jobs: readonly Job[],
): Engine {
  const { pool, url } = database;
  return new Engine({
    url,
    listener,
    logger,
    store,
    tracker: new RunTracker(pool),
    environment: readEnvironment(deploymentSha256(definitions)),
    fire,
    takeOverAfterMs: config.takeOverAfterMs,
    ended: ({ kind, status, startedAt, finishedAt }) => {
      const seconds = startedAt && finishedAt && (finishedAt.getTime() - startedAt.getTime()) / 1000;
      operations.runEnded({ kind, status, seconds });
    },
    jobs: [
      new IngestJob(pool, definitions, config.dataDir, online),
      new MaterializeJob(pool, definitions, online),
      new VerifyParityJob(pool, definitions, online),
      new TrainJob(pool, definitions),
      new ReproduceJob(pool, definitions),
      new TuneJob(pool, definitions),
      new ExportJob(pool, definitions),
      ...jobs,
    ],
  });
}

const FRESHNESS_INTERVAL_MS = 60_000;
const COPY_INTERVAL_MS = 5_000;
