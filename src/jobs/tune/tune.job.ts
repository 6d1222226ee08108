import { type Pool, withTransaction } from "../../db/pool.js";
import type { Deployment } from "../../definitions/language/deployment.js";
import { AsofError, BadUserInputError } from "../../errors/errors.js";
import type { Algorithm } from "../../registry/model.js";
import { mayStillWrite, RunTracker } from "../../registry/run-tracker.js";
import type { SearchSpace } from "../../training/search-dimension.js";
import { runChild } from "../engine/child-run.js";
import { derivedRunId } from "../engine/derived-run-id.js";
import { type Job, type JobContext, RunSupersededError, type StepContext } from "../job.js";
import { describe, type Fitted, type ReadTable } from "../training/fitted.js";
import type { TrainingRowsParams, TrainParams } from "../training/train-params.js";
import { Trainer } from "../training/trainer.js";

/** What trials are judged by, all out of fold. */
export const TUNED_METRICS = ["auc", "average_precision", "log_loss", "brier"] as const;
export type TunedMetric = (typeof TUNED_METRICS)[number];

export interface TuneParams extends TrainingRowsParams {
  algorithm: Algorithm;
  metric: TunedMetric;
  timeBudgetSeconds: number;
  searchSeed: number;
  space: SearchSpace;
  /** Complete hyperparameters, drawn when the search was asked for. */
  trials: Record<string, unknown>[];
}

interface Trial {
  /** From 1. */
  number: number;
  runId: string;
  seconds: number;
  /** Null where it failed or ran out of time. */
  value: number | null;
  sha256: string | null;
  problem: string | null;
}

/**
 * A random search: each trial a child run, judged by the metric out of fold; only the best one is fitted again,
 * measured on held-out rows and registered.
 */
export class TuneJob implements Job {
  readonly kind = "TUNE";
  readonly queue = "asof_training";
  readonly #trainer: Trainer;

  constructor(
    private readonly pool: Pool,
    definitions: Deployment,
  ) {
    this.#trainer = new Trainer(pool, definitions);
  }

  async execute(context: JobContext): Promise<Record<string, unknown>> {
    const params = context.params as unknown as TuneParams;
    let table: ReadTable | undefined;
    const rows = async (step: StepContext) => (table ??= await this.#trainer.read(params, step));
    const trials: Trial[] = [];
    for (const number of params.trials.keys()) {
      // By what finished trials took, which is kept with them: the same decisions after a crash.
      const left = params.timeBudgetSeconds - trials.reduce((sum, { seconds }) => sum + seconds, 0);
      if (left <= 0) break;
      const trial = await context.step(`trial ${number + 1}`, (step) =>
        this.#trial(
          context,
          params,
          { number: number + 1, left, rows, best: leader(params.metric, trials) },
          step,
        ),
      );
      trials.push(trial);
    }
    const best = leader(params.metric, trials);
    if (!best) throw new BadUserInputError(whyNone(params, trials));
    return context.step("register", (step) => this.#register(context, params, trials, best, rows, step));
  }

  async #trial(
    context: JobContext,
    params: TuneParams,
    { number, left, rows, best }: { number: number; left: number; rows: Rows; best: Trial | null },
    step: StepContext,
  ): Promise<Trial> {
    const startedAt = performance.now();
    const timeout = AbortSignal.timeout(Math.ceil(left * 1000));
    const limited = limitedStep(step, timeout, number, params.trials.length);
    const name = `trial ${number}`;
    const trial = trialParams(params, number);
    const runId = derivedRunId(context.runId, name);
    let problem: string | null = null;
    try {
      await new RunTracker(this.pool).saveSnapshot(context.runId, params.snapshot.id);
      const table = await rows(limited);
      await runChild(this.pool, context, limited, { name, params: trial, tags: {} }, async (child) => {
        const fitted = describe(table, await this.#trainer.fit(table, trial, child));
        await child.succeed(async (tx) => {
          const metrics = Object.entries(outOfFold(fitted)).map(([name, value]) => ({ name, value }));
          await new RunTracker(tx).saveMetrics(child.runId, [...metrics, ...fitted.curve]);
          return { sha256: fitted.sha256 };
        });
      });
    } catch (error) {
      step.signal.throwIfAborted();
      if (timeout.aborted) {
        problem = "out of time";
        await new RunTracker(this.pool).cancel(runId, "the search: its time is over");
      } else if (error instanceof AsofError && error.code === "BAD_USER_INPUT") problem = error.message;
      else throw error;
    }
    const outcome =
      problem === null ? await this.#outcome(runId, params.metric) : { value: null, sha256: null };
    const seconds = (performance.now() - startedAt) / 1000;
    const done = { number, runId, seconds, ...outcome, problem };
    await step.log(tell(params, done, best), { ...done });
    return done;
  }

  async #outcome(runId: string, metric: TunedMetric): Promise<Pick<Trial, "value" | "sha256">> {
    const { rows } = await this.pool.query<{ value: number; sha256: string }>(
      `select m.value, r.result->>'sha256' as sha256 from runs r join run_metrics m on m.run_id = r.id
       where r.id = $1 and m.name = $2`,
      [runId, `validation_${metric}`],
    );
    return rows[0]!;
  }

  /** Fits the best trial again: its file, which was not kept, comes out the same. */
  async #register(
    { runId, attempt }: JobContext,
    params: TuneParams,
    trials: readonly Trial[],
    best: Trial,
    rows: Rows,
    step: StepContext,
  ): Promise<Record<string, unknown>> {
    const trained = trialParams(params, best.number);
    const fitted = await this.#trainer.fitAndKeep(best.runId, trained, await rows(step), step);
    if (fitted.sha256 !== best.sha256) {
      throw new Error(`trial ${best.number} made ${best.sha256}, fitted again ${fitted.sha256}`);
    }
    return withTransaction(this.pool, async (tx) => {
      if (!(await mayStillWrite(tx, runId, attempt))) throw new RunSupersededError(runId);
      const { version } = await this.#trainer.register(tx, best.runId, trained, fitted);
      const tracker = new RunTracker(tx);
      await tracker.saveResult(best.runId, { version, sha256: fitted.sha256, threshold: fitted.threshold });
      const { metric } = params;
      const result = {
        metric,
        best: { ...best, version, hyperparameters: trained.hyperparameters, metrics: fitted.metrics },
        trials,
        asked: params.trials.length,
      };
      await tracker.saveResult(runId, result);
      return result;
    });
  }
}

type Rows = (step: StepContext) => Promise<ReadTable>;

function trialParams(params: TuneParams, number: number): TrainParams {
  const { asOf, labelAsOf, model, seed, testFraction, snapshot, labelSnapshot, algorithm } = params;
  const hyperparameters = params.trials[number - 1]!;
  return { asOf, labelAsOf, model, seed, testFraction, snapshot, labelSnapshot, algorithm, hyperparameters };
}

/** Progress over the whole search, and an end to it when its time is over. */
function limitedStep(step: StepContext, timeout: AbortSignal, number: number, total: number): StepContext {
  return {
    signal: AbortSignal.any([step.signal, timeout]),
    progress: (share, message, data) =>
      step.progress((number - 1 + share) / total, message, { ...data, trial: number, trials: total }),
    log: (message, data) => step.log(message, data),
  };
}

/** The best so far; of equal ones the first. */
function leader(metric: TunedMetric, trials: readonly Trial[]): Trial | null {
  const sign = metric === "log_loss" || metric === "brier" ? -1 : 1;
  return trials.reduce<Trial | null>((best, trial) => {
    if (trial.value === null) return best;
    return best === null || sign * trial.value > sign * best.value! ? trial : best;
  }, null);
}

const outOfFold = ({ metrics }: Fitted): Record<string, number> =>
  Object.fromEntries(Object.entries(metrics).filter(([name]) => name.startsWith("validation_")));

function tell({ metric, trials }: TuneParams, { number, value, problem }: Trial, best: Trial | null): string {
  const which = `trial ${number} of ${trials.length}`;
  const lead = best ? `; the best was ${best.value!.toFixed(4)}, trial ${best.number}` : "";
  return value === null
    ? `${which}: ${problem}${lead}`
    : `${which}: out-of-fold ${metric} ${value.toFixed(4)}${lead}`;
}

function whyNone({ timeBudgetSeconds }: TuneParams, trials: readonly Trial[]): string {
  if (trials.some(({ problem }) => problem === "out of time")) {
    return `timeBudgetSeconds: no trial finished within ${timeBudgetSeconds} s; give more time, or search smaller models`;
  }
  return `no trial could be fitted: ${trials[0]?.problem}`;
}
