import { deploymentSha256 } from "../../definitions/language/deployment.js";
import { personalColumns } from "../../definitions/language/personal.js";
import { ErasureStore } from "../../features/erasure/erasure-store.js";
import { openLake } from "../../features/offline/lake/lake.js";
import { DeliveryWatch } from "../../ingest/deliveries/delivery-watch.js";
import { Dispatcher } from "../../jobs/engine/dispatcher.js";
import { Engine } from "../../jobs/engine/engine.js";
import { JobService } from "../../jobs/job-service.js";
import { ModelRegistration } from "../../jobs/register/registrations.js";
import { runKinds } from "../../jobs/run-kinds.js";
import { adoptSchedules } from "../../jobs/schedules/adopt-schedules.js";
import { ScheduleFiring } from "../../jobs/schedules/schedule-firing.js";
import { createStores } from "../../jobs/stores.js";
import { CanaryWatch } from "../../monitoring/canary-watch.js";
import { readEnvironment } from "../../registry/environment.js";
import { ArtifactMover } from "../../registry/files/artifact-mover.js";
import { RunTracker } from "../../registry/run-tracker.js";
import { TrialQueue } from "../../serving/isolated/trial-queue.js";
import { openPromotion } from "../../serving/open-promotion.js";
import type { EngineSetup, RunEngine, RunReports } from "./run-engine.js";

/** An engine in the thread that asks for it, with every kind of run; beside it, what looks for deliveries. */
export function engineHere(parts: EngineSetup<RunReports>): RunEngine {
  const { config, definitions, database, logger, client, listener, online, cache } = parts;
  const { pool, url } = database;
  const { dataDir } = config;
  const { runs, snapshots } = createStores(pool);
  const erasures = new ErasureStore(pool, definitions);
  /** What a run or a schedule starts. */
  const jobs = (runId: string) =>
    new JobService(new Dispatcher(pool, client, runId), {
      definitions,
      snapshots,
      runs,
      erasures,
      dataDir,
      readsData: true,
      kinds: runKinds,
    });
  const deliveries = new DeliveryWatch(pool, listener, logger, { dataDir, sources: definitions.sources });
  const mover = new ArtifactMover(pool, logger, config.artifactsUrl);
  const canaries = new CanaryWatch(pool, definitions, logger);
  const engine = new Engine({
    url,
    listener,
    client,
    logger,
    store: runs,
    tracker: new RunTracker(pool),
    environment: readEnvironment(deploymentSha256(definitions), personalColumns(definitions).names),
    adoptSchedules: () => adoptSchedules(client, pool),
    schedules: new ScheduleFiring(pool, jobs, logger),
    takeOverAfterMs: config.takeOverAfterMs,
    ended: ({ kind, status, startedAt, finishedAt }) => {
      const seconds = startedAt && finishedAt && (finishedAt.getTime() - startedAt.getTime()) / 1000;
      parts.report.ended({ kind, status, seconds });
    },
    kinds: runKinds,
    resources: {
      pool,
      definitions,
      dataDir,
      online,
      offline: {
        engine: config.offlineEngine,
        lake: config.lakeUrl === null ? null : openLake(config.lakeUrl),
        memory: config.offlineMemory,
        sparkSubmit: config.sparkSubmit,
        sparkMaster: config.sparkMaster,
      },
      promotion: openPromotion(pool, definitions, cache),
      refresh: parts.refresh,
      forget: (runId, attempts) => new Dispatcher(pool, client).forget(runId, attempts),
      erasures,
      externalModels: { limits: config.externalModels, trials: new TrialQueue() },
      start: (kind, request, { runId, actor }) => jobs(runId).start(kind, request, actor),
      startPinned: (kind, params, { runId, actor }) =>
        new Dispatcher(pool, client, runId).start(kind, params, actor),
      cancel: (runId, actor) => new Dispatcher(pool, client).cancel(runId, actor),
      register: (model, actor) =>
        new ModelRegistration(pool, definitions, snapshots, new Dispatcher(pool, client)).ask(model, actor),
      trainingDir: config.trainingDir,
    },
  });
  return {
    start: async () => {
      await engine.start();
      deliveries.look();
      canaries.start();
      mover.start();
    },
    stop: async () => {
      await Promise.all([deliveries.stop(), canaries.stop(), mover.close(), engine.stop()]);
    },
  };
}
