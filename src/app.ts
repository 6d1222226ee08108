import { readFileSync } from "node:fs";
import { DBOS } from "@dbos-inc/dbos-sdk";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Config } from "./config.js";
import { type Database, openDatabase, withMigrationLock } from "./db/database.js";
import { Listener } from "./db/listener.js";
import { type Deployment, deploymentSha256 } from "./definitions/language/deployment.js";
import { EntityStore } from "./features/entity-store.js";
import { FeatureStore } from "./features/feature-store.js";
import { diffSnapshots } from "./features/snapshot-diff.js";
import { SnapshotStore } from "./features/snapshot-store.js";
import { buildHttpApp, buildProbeApp } from "./http/app.js";
import { Dispatcher } from "./jobs/dispatcher.js";
import { DBOS_SCHEMA, Engine } from "./jobs/engine.js";
import { IngestJob } from "./jobs/ingest.job.js";
import { JobService } from "./jobs/job-service.js";
import { MaterializeJob } from "./jobs/materialize.job.js";
import { TrainJob } from "./jobs/train.job.js";
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

/** A running asof: what it serves, where, and how it ends. */
export interface Asof {
  services: Services;
  http: FastifyInstance;
  /** `http://127.0.0.1:4000` */
  address: string;
  /** Finishes requests, hands over runs, closes everything; safe to call twice. */
  close(): Promise<void>;
}

const VERSION: string = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;

/**
 * Starts one process: database, migrations, event streams, models, engine (unless `api`) and HTTP (`worker`:
 * probes and metrics only).
 * @throws {Error} something it needs cannot be had; what had been started is closed again
 */
export async function startAsof(config: Config, definitions: Deployment, logger: Logger): Promise<Asof> {
  const closing: (() => Promise<unknown> | unknown)[] = [];
  let closed: Promise<void> | null = null;
  const close = () => {
    closed ??= closeAll(closing, logger);
    return closed;
  };
  try {
    const database = await openDatabase(config);
    closing.push(() => database.close());
    await withMigrationLock(database.url, () => DBOS.migrate(database.url, { schemaName: DBOS_SCHEMA }));
    const services = await composeServices(config, definitions, database, logger, closing);
    const build = config.role === "worker" ? buildProbeApp : buildHttpApp;
    const http = await build(services, { logger });
    closing.push(() => http.close());
    const address = await http.listen({ host: config.host, port: config.port });
    return { services, http, address, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Last opened, first closed; one failure does not keep the rest open. */
async function closeAll(closing: (() => Promise<unknown> | unknown)[], logger: Logger): Promise<void> {
  for (const step of closing.reverse()) {
    try {
      await step();
    } catch (error) {
      logger.error({ err: error }, "closing");
    }
  }
}

async function composeServices(
  config: Config,
  definitions: Deployment,
  database: Database,
  logger: Logger,
  closing: (() => Promise<unknown> | unknown)[],
): Promise<Services> {
  const { pool, url } = database;
  const listener = new Listener(url);
  closing.push(() => listener.close());
  const runs = new RunStore(pool);
  const models = new ModelStore(pool);
  const artifacts = new ArtifactStore(pool);
  const snapshots = new SnapshotStore(pool);
  const features = new FeatureStore(pool, definitions);
  const events = new EventHub(pool, listener);
  const transitions = new TransitionHub(models, listener);
  closing.push(
    () => events.close(),
    () => transitions.close(),
  );
  const cache = new ModelCache(models, artifacts, logger);
  transitions.onChange((model) => void cache.refresh(model));
  listener.onReconnect(() => void cache.refreshAll().catch(() => {}));

  for (const { name, description } of definitions.services)
    await models.declareModel(name, description ?? null);
  const engine =
    config.role === "api"
      ? null
      : new Engine({
          url,
          listener,
          logger,
          store: runs,
          tracker: new RunTracker(pool),
          environment: readEnvironment(deploymentSha256(definitions)),
          jobs: [
            new IngestJob(pool, definitions, config.dataDir),
            new MaterializeJob(pool, definitions),
            new TrainJob(pool, definitions),
          ],
        });
  await listener.start();
  await transitions.start();
  await cache.refreshAll();
  const dispatcher = await Dispatcher.connect(pool, url);
  closing.push(() => dispatcher.close());
  if (engine) {
    await engine.start();
    closing.push(() => engine.stop());
  }

  const promotion = new Promotion(pool, definitions, {
    heldOutAuc: heldOutScorer(pool, definitions, runs, cache),
    load: (version) => cache.load(version),
  });
  const predictor = new Predictor(features, models, cache);
  return {
    config,
    version: VERSION,
    definitions,
    entities: new EntityStore(pool, definitions),
    features,
    snapshots: {
      findByIds: (ids) => snapshots.findByIds(ids),
      find: (asOf, revision) => snapshots.find(asOf, revision),
      list: (page) => snapshots.list(page),
      diff: (from, to) => diffSnapshots(pool, snapshots, definitions, from, to),
    },
    runs: {
      findByIds: (ids) => runs.findByIds(ids),
      list: (filter, order, page) => runs.list(filter, order, page),
      steps: (ids) => runs.steps(ids),
      metrics: (ids) => runs.metrics(ids),
      artifacts: (ids) => runs.artifacts(ids),
      events: (runId, after, first) => runs.events(runId, after, first),
      follow: (runId, after) => events.follow(runId, after),
      lastSucceeded: (kinds) => runs.lastSucceeded(kinds),
    },
    models: {
      listModels: () => models.listModels(),
      findModel: (name) => models.findModel(name),
      versions: (model) => models.versions(model),
      findVersion: (model, version) => models.findVersion(model, version),
      findVersionsByRun: (ids) => models.findVersionsByRun(ids),
      transitions: (model, version, first) => models.transitions(model, version, first),
      // Whoever promoted is answered by the new version from the next request on.
      promote: async (request) => {
        const version = await promotion.promote(request);
        await cache.refresh(request.model);
        return version;
      },
      rollback: async (model, reason, actor) => {
        const version = await promotion.rollback(model, reason, actor);
        await cache.refresh(model);
        return version;
      },
      followTransitions: (model) => transitions.follow(model),
    },
    artifacts,
    predictor,
    jobs: new JobService(dispatcher, snapshots, definitions, config.dataDir),
    health: () => checkHealth(database),
  };
}

const HEALTH_TIMEOUT_MS = 2_000;

async function checkHealth({ pool }: Database): Promise<HealthReport> {
  const answered = pool.query("select 1").then(
    () => true,
    () => false,
  );
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), HEALTH_TIMEOUT_MS);
  });
  const database = (await Promise.race([answered, timeout])) ? "OK" : "DOWN";
  clearTimeout(timer);
  // The online store is in the same database.
  return { database, onlineStore: database, uptimeSeconds: process.uptime() };
}
