import { deploymentSha256 } from "../definitions/language/deployment.js";
import { DriftJob } from "../jobs/drift/drift.job.js";
import { Dispatcher } from "../jobs/engine/dispatcher.js";
import { Engine } from "../jobs/engine/engine.js";
import { ExportJob } from "../jobs/export/export.job.js";
import { IngestJob } from "../jobs/ingest/ingest.job.js";
import { JobService } from "../jobs/job-service.js";
import { MaterializeJob } from "../jobs/materialize/materialize.job.js";
import { ReproduceJob } from "../jobs/reproduce/reproduce.job.js";
import { TaskStarter } from "../jobs/scheduled-tasks.js";
import { adoptSchedules } from "../jobs/schedules/adopt-schedules.js";
import { ScheduleFiring } from "../jobs/schedules/schedule-firing.js";
import { createStores } from "../jobs/stores.js";
import { TrainJob } from "../jobs/train/train.job.js";
import { TrainAndCompareJob } from "../jobs/train-and-compare/train-and-compare.job.js";
import { TuneJob } from "../jobs/tune/tune.job.js";
import { VerifyParityJob } from "../jobs/verify-parity/verify-parity.job.js";
import { WithdrawJob } from "../jobs/withdraw/withdraw.job.js";
import { readEnvironment } from "../registry/environment.js";
import { RunTracker } from "../registry/run-tracker.js";
import { openPromotion } from "../serving/open-promotion.js";
import { defaultLearner } from "../training/learners/registry.js";
import type { EngineSetup, RunEngine, RunNews } from "./run-engine.js";

/** As `trainAndCompare` trains where nothing else is asked. */
const RETRAINING = { seed: 42, testFraction: 0.25 } as const;

/** An engine in the thread that asks for it, with every kind of run. */
export function engineHere(parts: EngineSetup<RunNews>): RunEngine {
  const { config, definitions, database, logger, client, listener, online, cache } = parts;
  const { pool, url } = database;
  const { runs, snapshots } = createStores(pool);
  /** What a run or a schedule starts. */
  const jobs = (runId: string) =>
    new JobService(new Dispatcher(pool, client, runId), snapshots, runs, definitions, config.dataDir);
  const tasks = new TaskStarter(definitions.services[0]?.name ?? "");
  return new Engine({
    url,
    listener,
    client,
    logger,
    store: runs,
    tracker: new RunTracker(pool),
    environment: readEnvironment(deploymentSha256(definitions)),
    adoptSchedules: () => adoptSchedules(client, pool),
    schedules: new ScheduleFiring(pool, tasks, jobs, logger),
    takeOverAfterMs: config.takeOverAfterMs,
    ended: ({ kind, status, startedAt, finishedAt }) => {
      const seconds = startedAt && finishedAt && (finishedAt.getTime() - startedAt.getTime()) / 1000;
      parts.tell.ended({ kind, status, seconds });
    },
    jobs: [
      new IngestJob(pool, definitions, config.dataDir, online),
      new MaterializeJob(pool, definitions, online),
      new VerifyParityJob(pool, definitions, online),
      new WithdrawJob(pool, definitions, online),
      new TrainJob(pool, definitions),
      new ReproduceJob(pool, definitions),
      new TuneJob(pool, definitions),
      new ExportJob(pool, definitions),
      new TrainAndCompareJob(pool, definitions, openPromotion(pool, definitions, cache), parts.refresh),
      new DriftJob(pool, definitions, (runId, { delta, ...request }, actor) =>
        jobs(runId).trainAndCompare({ algorithm: defaultLearner(), ...RETRAINING, ...request }, delta, actor),
      ),
    ],
  });
}
