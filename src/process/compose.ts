import type { Logger } from "pino";
import type { Database } from "../db/database.js";
import { Listener } from "../db/listener.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { EntityStore } from "../features/entity-store.js";
import { FeatureStore } from "../features/feature-store.js";
import { FreshnessWatch } from "../features/freshness-watch.js";
import { OnlineCopyQueue } from "../features/online/online-copy-queue.js";
import { openOnlineStore } from "../features/online/open-online-store.js";
import { DeliveryStore } from "../ingest/deliveries/delivery-store.js";
import { PushService } from "../ingest/push-service.js";
import { connectClient, Dispatcher } from "../jobs/engine/dispatcher.js";
import { JobService } from "../jobs/job-service.js";
import { reportStaleView } from "../jobs/materialize/materialize.job.js";
import { Operations } from "../jobs/operations.js";
import { runKinds } from "../jobs/run-kinds.js";
import { Schedules } from "../jobs/schedules/schedules.js";
import { createStores, type Stores } from "../jobs/stores.js";
import { findDriftHistory } from "../monitoring/drift-history.js";
import { liveHistory } from "../monitoring/live-history.js";
import { liveMetrics, type Window } from "../monitoring/live-metrics.js";
import { findLogged } from "../monitoring/logged-predictions.js";
import { PredictionLog } from "../monitoring/prediction-log.js";
import { compareShadow } from "../monitoring/shadow-comparison.js";
import { ExclusiveQueue } from "../observability/exclusive-queue.js";
import { EventHub } from "../registry/event-hub.js";
import type { ModelVersion } from "../registry/model.js";
import { ModelCatalogue } from "../registry/model-catalogue.js";
import { PromotionChecks } from "../registry/promotion-check.js";
import { RunStore } from "../registry/run-store.js";
import { servability } from "../registry/servability.js";
import { TransitionHub } from "../registry/transition-hub.js";
import { VersionComparisons } from "../registry/version-comparison.js";
import { Models } from "../services/models.js";
import { Runs } from "../services/runs.js";
import type { Services } from "../services/services.js";
import { Snapshots } from "../services/snapshots.js";
import { Tracking } from "../services/tracking.js";
import { FileCheck } from "../serving/file-check.js";
import { heldOutEvidence } from "../serving/held-out-evidence.js";
import { ModelCache } from "../serving/model-cache.js";
import { modelProblems } from "../serving/model-problems.js";
import { openPromotion } from "../serving/open-promotion.js";
import { PredictionMonitor } from "../serving/prediction-monitor.js";
import { Predictor } from "../serving/predictor.js";
import { ModelRegistration } from "../serving/register-model.js";
import type { Prediction } from "../serving/types.js";
import type { Closing } from "./closing.js";
import type { Config } from "./config.js";
import { diskProblems } from "./disk-space.js";
import type { MakeEngine } from "./engine/run-engine.js";
import { findProblems, healthCheck } from "./health.js";
import { openAuth, tokensOf } from "./open-auth.js";

export interface Parts {
  config: Config;
  definitions: Deployment;
  database: Database;
  logger: Logger;
  version: string;
  closing: Closing;
  /** What ends as soon as the process is to stop, while it still answers; it is in `closing`, too. */
  first: Closing;
  /** Absent: others execute runs. */
  makeEngine: MakeEngine | null;
}

/** Wires the services of one process together and starts what runs by itself: streams, models, engine. */
export async function compose(parts: Parts): Promise<Services> {
  const { config, definitions, database, version, closing } = parts;
  const { pool, requests, url } = database;
  const online = await openOnlineStore(database, definitions, config.onlineStoreUrl, closing);
  const stores = createStores(requests);
  const upkeep = createStores(pool);
  const features = new FeatureStore(requests, definitions, undefined, online);
  const entities = new EntityStore(requests, definitions);
  const { models, snapshots, runs } = stores;
  for (const { name, description } of definitions.services)
    await models.declareModel(name, description ?? null);
  const streams = createStreams(parts, upkeep);
  const { listener, cache, events, transitions } = streams;
  const auth = openAuth(config, database.lanes.auth, listener);
  const client = await connectClient(url);
  closing.push(() => client.destroy());
  const jobs = new JobService(new Dispatcher(requests, client), {
    definitions,
    snapshots,
    runs,
    dataDir: config.dataDir,
    kinds: runKinds,
  });
  const schedules = new Schedules(requests, jobs);
  const files = new FileCheck(cache, stores.artifacts);
  const servable = async (version: ModelVersion) => {
    const declared = servability(version, definitions);
    return declared.servable ? servability(version, definitions, await files.problem(version)) : declared;
  };
  const promotion = openPromotion(requests, definitions, cache);
  const operations = new Operations(database.lanes);
  const engine =
    parts.makeEngine?.({
      config,
      definitions,
      database,
      logger: parts.logger,
      client,
      listener,
      online,
      cache,
      refresh: (model) => cache.refresh(model),
      report: {
        ended: (run) => operations.runEnded(run),
        connections: (use) => operations.engineConnections(use),
        restarted: () => operations.engineRestarted(),
      },
    }) ?? null;
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
    report: (stale) => reportStaleView(pool, stale),
  });
  closing.push(watch.start(FRESHNESS_INTERVAL_MS));
  const unservable = await modelProblems(upkeep.models, servable, { staging: true });
  for (const { message, ...fields } of unservable) parts.logger.warn(fields, message);
  const registration = new ModelRegistration(requests, definitions, snapshots, config.externalModels);
  const measurements = new ExclusiveQueue("live metrics");
  const drifts = new ExclusiveQueue("drift histories");
  const shadows = new ExclusiveQueue("comparisons with a shadow");
  const copyQueue = new OnlineCopyQueue(pool, online);
  closing.push(copyQueue.start(COPY_INTERVAL_MS));
  return {
    config,
    version,
    definitions,
    entities,
    features,
    pushes: new PushService(requests, definitions, copyQueue),
    deliveries: new DeliveryStore(requests),
    artifacts: stores.artifacts,
    tracking: new Tracking(requests, registration, client),
    snapshots: new Snapshots(requests, definitions, pool),
    runs: new Runs(requests, events),
    catalogue: new ModelCatalogue(requests, definitions, { load: (version) => cache.reload(version) }),
    models: new Models(requests, {
      promotion,
      checks: new PromotionChecks(requests, promotion),
      comparisons: new VersionComparisons(
        requests,
        definitions,
        heldOutEvidence(requests, definitions, new RunStore(requests), cache),
      ),
      transitions,
      cache,
      servability: servable,
    }),
    predictor: new Predictor(
      definitions,
      features,
      entities,
      models,
      cache,
      startMonitor(parts, features, cache),
    ),
    monitoring: {
      predictions: (filter, page) => findLogged(requests, filter, page),
      live: (version: ModelVersion, labelAsOf: string | null, window: Window) =>
        measurements.run(() => liveMetrics(requests, definitions, snapshots, version, labelAsOf, window)),
      liveHistory: (model: string, first: number, labelAsOf: string | null) =>
        measurements.run(() => liveHistory(requests, definitions, snapshots, model, { first, labelAsOf })),
      shadow: (model: string, version: number, window: Window) =>
        shadows.run(() => compareShadow(requests, model, version, window)),
      // Not with the request's connections: what is compared is stored, though the request has ended.
      driftHistory: (model: string, first: number) =>
        drifts.run(() => findDriftHistory(pool, upkeep, definitions, model, first)),
    },
    jobs,
    schedules,
    operations,
    auth,
    tokens: tokensOf(requests, auth),
    health: healthCheck(database.lanes.health, online, () => diskProblems(config)),
    problems: () =>
      findProblems({
        disk: () => diskProblems(config),
        views: definitions.views,
        freshness: () => features.freshness(),
        models: async () => {
          const reached = await modelProblems(upkeep.models, servable);
          const said = new Set(reached.map(({ subject }) => subject));
          return [...reached, ...cache.problems().filter(({ subject }) => !said.has(subject))];
        },
      }),
  };
}

/** Receives every prediction: first the model's shadow, then the prediction log. */
function startMonitor(
  { config, definitions, database, logger, closing }: Parts,
  features: FeatureStore,
  cache: ModelCache,
) {
  if (!config.predictionLog) return undefined;
  // One that cannot be served would be given rows that lack what it needs.
  const shadowOf = (model: string) => {
    const shadow = cache.shadow(model);
    return shadow && servability(shadow.version, definitions).servable ? shadow : null;
  };
  const log = new PredictionLog(database.pool, config.predictionLog, logger);
  const monitor = new PredictionMonitor(log, definitions.views, features, shadowOf, logger);
  closing.push(
    () => log.close(),
    () => monitor.flush(),
  );
  log.start();
  return (predictions: Iterable<Prediction>) => monitor.observe(predictions);
}

/** What follows the database as it changes, by whatever process: events, transitions, the models served. */
function createStreams({ config, database, logger, closing }: Parts, { models, artifacts }: Stores) {
  const listener = new Listener(database.url);
  const events = new EventHub(database.lanes.streams, listener);
  const transitions = new TransitionHub(models, listener);
  const cache = new ModelCache(models, artifacts, logger, config.externalModels);
  transitions.onChange((model) => void cache.refresh(model));
  listener.on("asof_model_aliases", (model) => void cache.refresh(model));
  listener.onReconnect(() => void cache.refreshAll().catch(() => {}));
  closing.push(
    () => listener.close(),
    () => events.close(),
    () => transitions.close(),
    () => cache.close(),
  );
  const start = async () => {
    await listener.start();
    await transitions.start();
    await cache.refreshAll(MODELS_LOADED_MS);
  };
  return { listener, events, transitions, cache, start };
}

const FRESHNESS_INTERVAL_MS = 60_000;
const COPY_INTERVAL_MS = 5_000;
/** What a start waits for its models: one that takes longer, or never loads, is served when it is there. */
const MODELS_LOADED_MS = 10_000;
