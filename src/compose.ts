import type { Logger } from "pino";
import type { Config } from "./config.js";
import type { Database } from "./db/database.js";
import { Listener } from "./db/listener.js";
import type { Pool } from "./db/pool.js";
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
import { PushService } from "./ingest/push-service.js";
import { QuarantineStore } from "./ingest/quarantine-store.js";
import { Dispatcher } from "./jobs/dispatcher.js";
import { Engine } from "./jobs/engine.js";
import { ExportJob } from "./jobs/export.job.js";
import { IngestJob } from "./jobs/ingest.job.js";
import { JobService } from "./jobs/job-service.js";
import { MaterializeJob, tellStale } from "./jobs/materialize.job.js";
import { TrainJob } from "./jobs/train.job.js";
import { VerifyParityJob } from "./jobs/verify-parity.job.js";
import { ArtifactStore } from "./registry/artifact-store.js";
import { readEnvironment } from "./registry/environment.js";
import { EventHub } from "./registry/event-hub.js";
import { ModelStore } from "./registry/model-store.js";
import { Promotion } from "./registry/promotion.js";
import { RunStore } from "./registry/run-store.js";
import { RunTracker } from "./registry/run-tracker.js";
import { TransitionHub } from "./registry/transition-hub.js";
import type { HealthReport, Services } from "./services.js";
import { heldOutScorer } from "./serving/held-out-scorer.js";
import { ModelCache } from "./serving/model-cache.js";
import { Predictor } from "./serving/predictor.js";

/** What must be undone when the process ends, in the order it was done. */
export type Closing = (() => Promise<unknown> | unknown)[];

export interface Parts {
  config: Config;
  definitions: Deployment;
  database: Database;
  logger: Logger;
  version: string;
  closing: Closing;
}

/** Wires the services of one process together and starts what runs by itself: streams, models, engine. */
export async function compose(parts: Parts): Promise<Services> {
  const { config, definitions, database, version, closing } = parts;
  const { pool, url } = database;
  const online = await openOnlineStore(parts);
  const stores = createStores(pool, definitions, online);
  const { models, snapshots, runs } = stores;
  for (const { name, description } of definitions.services)
    await models.declareModel(name, description ?? null);
  const streams = createStreams(parts, stores);
  const engine = config.role === "api" ? null : createEngine(parts, runs, streams.listener, online);
  await streams.start();
  const dispatcher = await Dispatcher.connect(pool, url);
  closing.push(() => dispatcher.close());
  if (engine) {
    // First, so that what was started before a failed start is stopped all the same.
    closing.push(() => engine.stop());
    await engine.start();
  }
  const watch = new FreshnessWatch({
    views: definitions.views,
    freshness: () => stores.features.freshness(),
    warn: (fields, message) => parts.logger.warn(fields, message),
    tell: (stale) => tellStale(pool, stale),
  });
  closing.push(watch.start(FRESHNESS_INTERVAL_MS));
  const copyQueue = new OnlineCopyQueue(pool, online);
  closing.push(copyQueue.start(COPY_INTERVAL_MS));
  const { cache, events, transitions } = streams;
  const promotion = new Promotion(pool, definitions, {
    heldOutAuc: heldOutScorer(pool, definitions, runs, cache),
    load: (version) => cache.load(version),
  });
  return {
    config,
    version,
    definitions,
    entities: stores.entities,
    features: stores.features,
    pushes: new PushService(pool, definitions, copyQueue),
    artifacts: stores.artifacts,
    snapshots: Object.assign(snapshots, {
      diff: (from: string, to: string) => diffSnapshots(pool, snapshots, definitions, from, to),
      applyRetention: (request: RetentionRequest) => applyRetention(pool, definitions.retention, request),
    }),
    runs: Object.assign(runs, {
      follow: (runId: string | null, after: string | null) => events.follow(runId, after),
      quarantined: (...of: Parameters<QuarantineStore["list"]>) => new QuarantineStore(pool).list(...of),
    }),
    models: Object.assign(models, {
      // Whoever promoted is answered by the new version from the next request on.
      promote: (request: Parameters<Promotion["promote"]>[0]) =>
        promotion.promote(request).finally(() => cache.refresh(request.model)),
      rollback: (model: string, reason: string, actor: string) =>
        promotion.rollback(model, reason, actor).finally(() => cache.refresh(model)),
      followTransitions: (model: string | null) => transitions.follow(model),
    }),
    predictor: new Predictor(stores.features, models, cache),
    jobs: new JobService(dispatcher, snapshots, definitions, config.dataDir),
    health: () => checkHealth(pool, online),
  };
}

/** PostgreSQL, with Redis before it where one is configured. */
async function openOnlineStore({ config, definitions, database, closing }: Parts): Promise<OnlineStore> {
  const { pool } = database;
  const truth = new PostgresOnlineStore(pool, definitions);
  if (!config.redisUrl) return truth;
  const redis = await RedisLink.open(config.redisUrl);
  closing.push(() => redis.close());
  return RedisOnlineStore.open(pool, definitions, truth, redis);
}

function createStores(pool: Pool, definitions: Deployment, online: OnlineStore) {
  return {
    runs: new RunStore(pool),
    models: new ModelStore(pool),
    artifacts: new ArtifactStore(pool),
    snapshots: new SnapshotStore(pool),
    features: new FeatureStore(pool, definitions, undefined, online),
    entities: new EntityStore(pool, definitions),
  };
}

type Stores = ReturnType<typeof createStores>;

/** What follows the database as it changes, by whatever process: events, transitions, the models served. */
function createStreams({ database, logger, closing }: Parts, { models, artifacts }: Stores) {
  const listener = new Listener(database.url);
  const events = new EventHub(database.pool, listener);
  const transitions = new TransitionHub(models, listener);
  const cache = new ModelCache(models, artifacts, logger);
  transitions.onChange((model) => void cache.refresh(model));
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
  store: RunStore,
  listener: Listener,
  online: OnlineStore,
): Engine {
  const { pool, url } = database;
  return new Engine({
    url,
    listener,
    logger,
    store,
    tracker: new RunTracker(pool),
    environment: readEnvironment(deploymentSha256(definitions)),
    jobs: [
      new IngestJob(pool, definitions, config.dataDir, online),
      new MaterializeJob(pool, definitions, online),
      new VerifyParityJob(pool, definitions, online),
      new TrainJob(pool, definitions),
      new ExportJob(pool, definitions),
    ],
  });
}

const FRESHNESS_INTERVAL_MS = 60_000;
const COPY_INTERVAL_MS = 5_000;
const HEALTH_TIMEOUT_MS = 2_000;

async function checkHealth(pool: Pool, online: OnlineStore): Promise<HealthReport> {
  const asked = pool.query("select 1").then(
    () => "OK" as const,
    () => "DOWN" as const,
  );
  const [database, onlineStore] = await Promise.all([orDown(asked), orDown(online.state())]);
  return { database, onlineStore, uptimeSeconds: process.uptime() };
}

async function orDown<T extends string>(state: Promise<T>): Promise<T | "DOWN"> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<"DOWN">((resolve) => {
    timer = setTimeout(() => resolve("DOWN"), HEALTH_TIMEOUT_MS);
  });
  return Promise.race([state, timeout]).finally(() => clearTimeout(timer));
}
