import type { Logger } from "pino";
import { AuditLog } from "../audit/audit-log.js";
import { OidcProvider } from "../auth/oidc.js";
import { RateBuckets } from "../auth/rate-buckets.js";
import type { Database } from "../db/database.js";
import type { Deployment } from "../definitions/language/deployment.js";
import { EntityStore } from "../features/entity-store.js";
import { ErasureStore } from "../features/erasure/erasure-store.js";
import { FeatureStore } from "../features/feature-store.js";
import { FreshnessWatch, staleViews } from "../features/freshness-watch.js";
import { OnlineCopyQueue } from "../features/online/online-copy-queue.js";
import { openOnlineStore } from "../features/online/open-online-store.js";
import { DeliveryStore } from "../ingest/deliveries/delivery-store.js";
import { PushService } from "../ingest/push-service.js";
import { connectClient, Dispatcher } from "../jobs/engine/dispatcher.js";
import { reachOfErasure } from "../jobs/erase/erasure-reach.js";
import { JobService } from "../jobs/job-service.js";
import { reportStaleView } from "../jobs/materialize/materialize.job.js";
import { Operations } from "../jobs/operations.js";
import { ModelRegistration } from "../jobs/register/registrations.js";
import { runKinds } from "../jobs/run-kinds.js";
import { Schedules } from "../jobs/schedules/schedules.js";
import { createStores } from "../jobs/stores.js";
import { lineageProblems } from "../lineage/lineage-problems.js";
import { unjudgedCanaries } from "../monitoring/canary-watch.js";
import { findDriftHistory } from "../monitoring/drift-history.js";
import { liveHistory } from "../monitoring/live-history.js";
import { liveMetrics, type Window } from "../monitoring/live-metrics.js";
import { findLogged } from "../monitoring/logged-predictions.js";
import { compareShadow } from "../monitoring/shadow-comparison.js";
import { ExclusiveQueue } from "../observability/exclusive-queue.js";
import { type ArchiveKeys, readArchiveKey } from "../registry/archive/seal.js";
import { Canaries } from "../registry/canaries.js";
import { Experiments } from "../registry/experiments.js";
import { sweepUploads } from "../registry/files/artifact-upload.js";
import { FileTree } from "../registry/files/file-tree.js";
import { KeptModels } from "../registry/kept-models.js";
import { LoggedModels } from "../registry/logged-models.js";
import type { ModelVersion } from "../registry/model.js";
import { ModelCatalogue } from "../registry/model-catalogue.js";
import { PromotionChecks } from "../registry/promotion-check.js";
import { RunStore } from "../registry/run-store.js";
import { ModelSearch } from "../registry/search/model-search.js";
import { servability } from "../registry/servability.js";
import { TrackedRuns } from "../registry/tracked-runs.js";
import { VersionComparisons } from "../registry/version-comparison.js";
import { Archives } from "../services/archives.js";
import { CanaryServices } from "../services/canaries.js";
import { Historical } from "../services/historical.js";
import { Models } from "../services/models.js";
import { Runs } from "../services/runs.js";
import type { Services } from "../services/services.js";
import { Snapshots } from "../services/snapshots.js";
import { Tracking } from "../services/tracking.js";
import { FileCheck } from "../serving/file-check.js";
import { heldOutEvidence } from "../serving/held-out-evidence.js";
import { modelProblems, productionProblems } from "../serving/model-problems.js";
import { openPromotion } from "../serving/open-promotion.js";
import { Predictor } from "../serving/predictor.js";
import { windowProblems } from "../serving/window-problems.js";
import type { Closing } from "./closing.js";
import type { Config } from "./config.js";
import { diskProblems } from "./disk-space.js";
import type { MakeEngine } from "./engine/run-engine.js";
import { artifactProblems, findProblems, healthCheck, replicaProblems } from "./health.js";
import { openAlerts } from "./open-alerts.js";
import { openAuth, tokensOf } from "./open-auth.js";
import { openLineage } from "./open-lineage.js";
import { openStreams } from "./open-streams.js";
import { startMonitor } from "./start-monitor.js";

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
  const features = new FeatureStore(database.reads.requests, definitions, undefined, online);
  const entities = new EntityStore(database.reads.requests, definitions);
  const { models, snapshots, runs } = stores;
  const erasures = new ErasureStore(requests, definitions);
  for (const { name, description } of definitions.services)
    await models.declareModel(name, description ?? null);
  await sweepUploads(pool);
  const streams = openStreams(parts, upkeep);
  const { listener, cache, events, transitions } = streams;
  const auth = openAuth(config, database.lanes.auth, listener);
  const client = await connectClient(url, pool);
  closing.push(() => client.destroy());
  const jobs = new JobService(new Dispatcher(requests, client), {
    definitions,
    snapshots,
    runs,
    erasures,
    dataDir: config.dataDir,
    readsData: config.role !== "api",
    kinds: runKinds,
  });
  const schedules = new Schedules(requests, jobs);
  const files = new FileCheck(cache, stores.artifacts);
  const servable = async (version: ModelVersion) => {
    const declared = servability(version, definitions);
    return declared.servable ? servability(version, definitions, await files.problem(version)) : declared;
  };
  const promotion = openPromotion(requests, definitions, cache);
  const operations = new Operations(database.lanes, database.replica);
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
  const lineage = openLineage(parts, listener);
  const { alerts, start: startAlerts } = openAlerts(
    parts,
    {
      stale: async (now) => staleViews(definitions.views, await features.freshness(), now),
      unservable: () => productionProblems(upkeep.models, servable),
    },
    listener,
  );
  await streams.start();
  lineage?.start();
  await startAlerts();
  await auth.start();
  if (engine) {
    // First, so that what was started before a failed start is stopped all the same.
    closing.push(() => engine.stop());
    parts.first.push(() => engine.stop());
    await engine.start();
  }
  // Not with the request's connections: an entry is written though its request has ended.
  const audit = new AuditLog(pool, requests);
  closing.push(() => audit.close());
  const watch = new FreshnessWatch({
    views: definitions.views,
    freshness: () => features.freshness(),
    warn: (fields, message) => parts.logger.warn(fields, message),
    report: (stale) => reportStaleView(pool, stale),
  });
  closing.push(watch.start(FRESHNESS_INTERVAL_MS));
  const unservable = await modelProblems(upkeep.models, servable, { staging: true });
  for (const { message, ...fields } of unservable) parts.logger.warn(fields, message);
  const registration = new ModelRegistration(
    requests,
    definitions,
    snapshots,
    new Dispatcher(requests, client),
  );
  const measurements = new ExclusiveQueue("live metrics");
  const reaches = new ExclusiveQueue("the reach of erasures");
  const drifts = new ExclusiveQueue("drift histories");
  const shadows = new ExclusiveQueue("comparisons with a shadow");
  const monitor = startMonitor(parts, features, cache);
  const isLogged = (config.predictionLog?.sample ?? 0) > 0;
  const copyQueue = new OnlineCopyQueue(pool, online);
  closing.push(copyQueue.start(COPY_INTERVAL_MS));
  return {
    config,
    version,
    definitions,
    masked: null,
    entities,
    features,
    pushes: new PushService(requests, definitions, copyQueue),
    deliveries: new DeliveryStore(requests),
    artifacts: stores.artifacts,
    archives: new Archives(
      requests,
      {
        ...{ pool: requests, definitions, snapshots, registration, release: version },
        ...{ keys: archiveKeys(config), load: (found) => cache.named(found) },
      },
      events,
      registrationWaitMs(config),
    ),
    loggedModels: new LoggedModels(requests),
    keptModels: new KeptModels(requests),
    modelSearch: new ModelSearch(requests),
    files: new FileTree(requests, pool, config.maxFileBytes),
    tracking: new Tracking(requests, registration, client, events, registrationWaitMs(config)),
    experiments: new Experiments(requests),
    trackedRuns: new TrackedRuns(requests),
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
    canaries: new CanaryServices(requests, {
      ...{ definitions, snapshots, promotion, cache },
      canaries: new Canaries(requests, definitions, { load: (found) => cache.reload(found) }),
      queue: new ExclusiveQueue("comparisons of a canary"),
      isLogged,
    }),
    predictor: new Predictor(
      definitions,
      features,
      entities,
      models,
      cache,
      monitor && ((predictions) => monitor.observe(predictions)),
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
    historical: new Historical(
      requests,
      pool,
      definitions,
      new Dispatcher(requests, client),
      config.maxFileBytes,
    ),
    jobs,
    erasures: {
      lift: (subject, why) => erasures.lift(subject, why),
      reach: (subject) => reaches.run(() => reachOfErasure(requests, definitions, erasures, subject)),
    },
    schedules,
    operations,
    lineage,
    alerts,
    auth,
    audit,
    tokens: tokensOf(requests, auth),
    oidc: config.oidc && new OidcProvider(config.oidc),
    rateBuckets: config.rateLimitPerSecond
      ? new RateBuckets(database.lanes.auth, config.rateLimitPerSecond)
      : null,
    health: healthCheck(database.lanes.health, online, () => diskProblems(config)),
    problems: () =>
      findProblems({
        disk: () => diskProblems(config),
        views: definitions.views,
        freshness: () => features.freshness(),
        windows: () => windowProblems(requests, definitions),
        predictionLog: () => monitor?.log.problems() ?? [],
        replica: () => replicaProblems(database.replica),
        artifacts: () => artifactProblems(pool, config.artifactsUrl),
        lineage: async () => (lineage ? lineageProblems(await lineage.backlog()) : []),
        models: async () => {
          const reached = await modelProblems(upkeep.models, servable);
          const said = new Set(reached.map(({ subject }) => subject));
          const unjudged = isLogged ? [] : await unjudgedCanaries(requests);
          return [...reached, ...cache.problems().filter(({ subject }) => !said.has(subject)), ...unjudged];
        },
      }),
  };
}

const archiveKeys = ({ archiveKey, importKeys }: Config): ArchiveKeys => ({
  own: archiveKey === null ? null : readArchiveKey(archiveKey, "private"),
  trusted: importKeys.map((key) => readArchiveKey(key, "public")),
});

/** A request that begins a registration answers with the version judged, where that takes no longer than a request may. */
const registrationWaitMs = ({ requestTimeoutMs }: Config): number =>
  requestTimeoutMs > 0 ? requestTimeoutMs * (2 / 3) : 60_000;
const FRESHNESS_INTERVAL_MS = 60_000;
const COPY_INTERVAL_MS = 5_000;
