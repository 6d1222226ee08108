import { z } from "zod";
import { AsofError, BadUserInputError } from "../../errors/errors.js";
import { RunTracker } from "../../registry/run-tracker.js";
import { bestOfRung, rungShares, survivors } from "../../training/halving.js";
import { outOfFoldName } from "../../training/out-of-fold-metrics.js";
import { trainableRows } from "../../training/panel.js";
import { type ComparedMetricName, comparedMetrics } from "../../values/task.js";
import { runChild } from "../engine/child-run.js";
import { derivedRunId } from "../engine/derived-run-id.js";
import {
  nothingToCleanUp,
  type Resources,
  type Result,
  type RunContext,
  runKind,
  type StepContext,
} from "../run-kind.js";
import { featuresOfModel } from "../training/features-of-model.js";
import { describe, type FittedSummary, type ReadTable } from "../training/fitted.js";
import { Trainer } from "../training/trainer.js";
import { describeNoFit, describeTrial, nameOf, ofRung, type Trial, withoutShares } from "./trial.js";
import { tuneOutcome } from "./tune-outcome.js";
import { pinTune, type TuneParams, trialParams, tuneParams, tuneRequest } from "./tune-params.js";

/**
 * Trials drawn at random, the worse of which end on a part of the training rows (successive halving): each fit a child run,
 * judged by the metric out of fold; only the best one is fitted again, measured on held-out rows and registered.
 */
export const tuneKind = runKind({
  name: "TUNE",
  description: "Searches parameters.",
  queue: "asof_training",
  schedulable: false,
  fillsOnlineStore: false,
  holds: featuresOfModel,
  mutation: {
    name: "tune",
    description:
      "A seeded search over the algorithm's parameters by successive halving, a child run a fit, judged out of fold; the best is registered.\n" +
      "Its result: best {version value hyperparameters metrics}, trials.",
    role: "operator",
    input: "TuneInput",
    beside: [],
  },
  request: tuneRequest,
  params: tuneParams,
  pin: pinTune,
  execute: (run, on) => new Tune(run, on).execute(),
  outcome: tuneOutcome,
  cleanUp: nothingToCleanUp,
  trainedBy: ({ result }) => bestOf.safeParse(result).data?.best.runId ?? null,
});

const bestOf = z.object({ best: z.object({ runId: z.string() }) });

interface TrialRequest {
  number: number;
  rung: number;
  /** Of the training rows, by rung; null until the first trial has read them. */
  shares: readonly number[] | null;
  /** Seconds; Infinity: it is to be finished. */
  left: number;
  rows: Rows;
  /** The best of the rung so far. */
  best: Trial | null;
}

class Tune {
  readonly #trainer: Trainer;

  constructor(
    private readonly run: RunContext<TuneParams>,
    private readonly on: Resources,
  ) {
    this.#trainer = new Trainer(on.pool, on.definitions);
  }

  async execute(): Promise<Result> {
    const { run } = this;
    const { params } = run;
    const metric = comparedMetrics.get(params.metric)!;
    let table: ReadTable | undefined;
    const rows = async (step: StepContext) => (table ??= await this.#trainer.read(params, step));
    const trials: Trial[] = [];
    const fitTrial = async (number: number, rung: number, left: number): Promise<void> => {
      const best = bestOfRung(ofRung(trials, rung), metric);
      const name = nameOf(number, rung);
      const request = { number, rung, shares: trials[0]?.shares ?? null, left, rows, best };
      const trial = await run.step(name, (step) => this.#trial(request, step));
      // What an earlier release finished of a search has no rungs.
      trials.push({ ...{ rung: 1, share: 1, shares: [1] }, ...trial });
    };
    let going = params.trials.map((_, k) => k + 1);
    for (let rung = 1; ; rung++) {
      for (const number of going) {
        // By what finished trials took, which is kept with them: the same decisions after a crash.
        const spent = trials.reduce((sum, { seconds }) => sum + seconds, 0);
        // Each rung has an equal part of the time, and what earlier ones have left of theirs.
        const part = trials[0] ? rung / trials[0].shares.length : 1;
        if (spent >= part * params.timeBudgetSeconds) break;
        await fitTrial(number, rung, params.timeBudgetSeconds - spent);
      }
      if (rung >= (trials[0]?.shares.length ?? 1)) break;
      const best = survivors(ofRung(trials, rung), metric);
      // A share may hold too little of what all rows hold enough of: then more rows decide.
      if (best.length > 0) going = best;
    }
    const last = trials[0]?.shares.length ?? 1;
    const furthest = Math.max(0, ...trials.filter(({ value }) => value !== null).map(({ rung }) => rung));
    const leader = bestOfRung(ofRung(trials, furthest), metric);
    if (!leader) throw new BadUserInputError(describeNoFit(params, trials));
    // What is registered is fitted on all training rows, as it is where there is one rung, whatever time is left.
    if (furthest < last) await fitTrial(leader.number, last, Number.POSITIVE_INFINITY);
    const best = bestOfRung(ofRung(trials, last), metric);
    if (!best) throw new BadUserInputError(describeNoFit(params, ofRung(trials, last)));
    return run.step("register", (step) => this.#register(trials, best, rows, step));
  }

  async #trial(
    { number, rung, shares: known, left, rows, best }: TrialRequest,
    step: StepContext,
  ): Promise<Trial> {
    const { run } = this;
    const { params } = run;
    const { pool } = this.on;
    const startedAt = performance.now();
    const timeout =
      left === Number.POSITIVE_INFINITY
        ? new AbortController().signal
        : AbortSignal.timeout(Math.ceil(left * 1000));
    const limited = limitedStep(step, timeout, number, params.trials.length);
    const name = nameOf(number, rung);
    const runId = derivedRunId(run.runId, name);
    let shares = known ?? [1];
    let problem: string | null = null;
    try {
      await new RunTracker(pool).saveSnapshot(run.runId, params.snapshot.id);
      const table = await rows(limited);
      shares = known ?? rungShares(trainableRows(table.data, params), params.trials.length);
      const trial = trialParams(params, number, shares[rung - 1]!);
      await runChild(pool, run, limited, { name, params: trial, tags: {} }, async (child) => {
        const fitted = describe(table, await this.#trainer.fit(table, trial, child, false));
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
        await new RunTracker(pool).cancel(runId, "the search: its time is over");
      } else if (error instanceof AsofError && error.code === "BAD_USER_INPUT") problem = error.message;
      else throw error;
    }
    const outcome =
      problem === null ? await this.#outcome(runId, params.metric) : { value: null, sha256: null };
    if (problem === null && outcome.value === null) problem = `its ${params.metric} is no number`;
    const seconds = (performance.now() - startedAt) / 1000;
    const done = { number, rung, share: shares[rung - 1]!, shares, runId, seconds, ...outcome, problem };
    await step.log(describeTrial(params, done, best), { ...done });
    return done;
  }

  /** The value is null where it is no number, which could not be ordered. */
  async #outcome(runId: string, metric: ComparedMetricName): Promise<Pick<Trial, "value" | "sha256">> {
    const { rows } = await this.on.pool.query<{ value: number; sha256: string }>(
      `select m.value, r.result->>'sha256' as sha256 from runs r join run_metrics m on m.run_id = r.id
       where r.id = $1 and m.name = $2`,
      [runId, outOfFoldName(metric)],
    );
    const { value, sha256 } = rows[0]!;
    return { value: Number.isFinite(value) ? value : null, sha256 };
  }

  /** Fits the best trial again: its file, which was not kept, comes out the same. */
  async #register(trials: readonly Trial[], best: Trial, rows: Rows, step: StepContext): Promise<Result> {
    const { runId, params } = this.run;
    const trained = trialParams(params, best.number, 1);
    const fitted = await this.#trainer.fitAndKeep(best.runId, trained, await rows(step), step);
    if (fitted.sha256 !== best.sha256) {
      throw new Error(`trial ${best.number} made ${best.sha256}, fitted again ${fitted.sha256}`);
    }
    return this.run.write(async (tx, tracker) => {
      const { version } = await this.#trainer.register(tx, best.runId, trained, fitted);
      await tracker.saveResult(best.runId, { version, sha256: fitted.sha256, threshold: fitted.threshold });
      const { metric } = params;
      const result = {
        metric,
        best: {
          ...withoutShares(best),
          version,
          hyperparameters: trained.hyperparameters,
          metrics: fitted.metrics,
        },
        trials: trials.map(withoutShares),
        asked: params.trials.length,
      };
      await tracker.saveResult(runId, result);
      return result;
    });
  }
}

type Rows = (step: StepContext) => Promise<ReadTable>;

/** Progress over the whole search, and an end to it when its time is over. */
function limitedStep(step: StepContext, timeout: AbortSignal, number: number, total: number): StepContext {
  return {
    signal: AbortSignal.any([step.signal, timeout]),
    progress: (share, message, data) =>
      step.progress((number - 1 + share) / total, message, { ...data, trial: number, trials: total }),
    log: (message, data) => step.log(message, data),
  };
}

const outOfFold = ({ metrics }: FittedSummary): Record<string, number> =>
  Object.fromEntries(Object.entries(metrics).filter(([name]) => name.startsWith(outOfFoldName(""))));
