import { z } from "zod";
import { COMPARED_METRICS } from "../../definitions/language/gates.js";
import { AsofError, BadUserInputError } from "../../errors/errors.js";
import { jsonValue, named, ranged } from "../../inputs/fields.js";
import { RunTracker } from "../../registry/run-tracker.js";
import { outOfFoldName } from "../../training/out-of-fold-metrics.js";
import { drawTrials, resolveSpace } from "../../training/search-space.js";
import { type ComparedMetricName, comparedMetrics, isBetter } from "../../values/task.js";
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
import { describe, type FittedSummary, type ReadTable } from "../training/fitted.js";
import { pinRows } from "../training/pin-rows.js";
import { candidateParams, type TrainParams, trainingRowsParams } from "../training/train-params.js";
import { resolveCandidate, rowsFields, undeclared } from "../training/train-request.js";
import { Trainer } from "../training/trainer.js";
import { tuneOutcome } from "./tune-outcome.js";

/** As GraphQL calls them: AUC. All are out of fold. */
const TUNED_METRICS = Object.fromEntries(
  COMPARED_METRICS.map((metric) => [metric.toUpperCase(), metric]),
) as Record<string, ComparedMetricName>;

const params = z.object({
  ...trainingRowsParams.shape,
  algorithm: candidateParams.shape.algorithm,
  metric: z.enum(COMPARED_METRICS),
  timeBudgetSeconds: z.number(),
  searchSeed: z.number(),
  space: z.record(z.string(), z.unknown()),
  trials: z
    .array(z.record(z.string(), z.unknown()))
    .describe("Complete hyperparameters, drawn when the search was asked for."),
});
type TuneParams = z.infer<typeof params>;

/**
 * A random search: each trial a child run, judged by the metric out of fold; only the best one is fitted again,
 * measured on held-out rows and registered.
 */
export const tuneKind = runKind({
  name: "TUNE",
  description: "Searches parameters.",
  queue: "asof_training",
  schedulable: false,
  fillsOnlineStore: false,
  mutation: {
    name: "tune",
    description:
      "A seeded random search over the algorithm's parameters, a child run a trial, judged out of fold; the best one is registered.\n" +
      "Its result: best {version value hyperparameters metrics}, trials.",
    role: "operator",
    input: "TuneInput",
    beside: [],
  },
  request: (deployment) => {
    const rows = rowsFields(deployment);
    return z.strictObject({
      ...rows,
      seed: rows.seed.describe("Of the split, as in train."),
      trials: ranged(z.int(), { min: 1, max: 200 }).default(20).describe("At most, 1 to 200."),
      timeBudgetSeconds: ranged(z.number(), { min: 1, max: 86_400 })
        .default(600)
        .describe("The trial that is under way when they are over is ended and does not count."),
      searchSeed: ranged(z.int(), { min: 0, max: 2 ** 31 - 1 })
        .default(1)
        .describe("Of the search: the same seed draws the same trials."),
      metric: named(z.enum(TUNED_METRICS).describe("Judged out of fold, on training rows."), {
        type: "TuneMetric",
      }).default("auc"),
      space: jsonValue()
        .nullish()
        .describe(
          'Over the algorithm\'s own space, by parameter: a value, {"choices": […]}, {"min", "max", "log"}, or null to leave it at its default.',
        ),
      undeclared: undeclared(),
    });
  },
  params,
  pin: async (request, on): Promise<TuneParams> => {
    const { trials: count, timeBudgetSeconds, searchSeed, metric } = request;
    const { algorithm } = resolveCandidate(request.algorithm, {});
    const space = resolveSpace(algorithm, request.space);
    const trials = drawTrials(algorithm, space, count, searchSeed);
    const rows = await pinRows(request, on);
    return { ...rows, algorithm, metric, timeBudgetSeconds, searchSeed, space: { ...space }, trials };
  },
  execute: (run, on) => new Tune(run, on).execute(),
  outcome: tuneOutcome,
  cleanUp: nothingToCleanUp,
  trainedBy: ({ result }) => bestOf.safeParse(result).data?.best.runId ?? null,
});

const bestOf = z.object({ best: z.object({ runId: z.string() }) });

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
    let table: ReadTable | undefined;
    const rows = async (step: StepContext) => (table ??= await this.#trainer.read(params, step));
    const trials: Trial[] = [];
    for (const number of params.trials.keys()) {
      // By what finished trials took, which is kept with them: the same decisions after a crash.
      const left = params.timeBudgetSeconds - trials.reduce((sum, { seconds }) => sum + seconds, 0);
      if (left <= 0) break;
      const trial = await run.step(`trial ${number + 1}`, (step) =>
        this.#trial({ number: number + 1, left, rows, best: leader(params.metric, trials) }, step),
      );
      trials.push(trial);
    }
    const best = leader(params.metric, trials);
    if (!best) throw new BadUserInputError(describeNoFit(params, trials));
    return run.step("register", (step) => this.#register(trials, best, rows, step));
  }

  async #trial(
    { number, left, rows, best }: { number: number; left: number; rows: Rows; best: Trial | null },
    step: StepContext,
  ): Promise<Trial> {
    const { run } = this;
    const { params } = run;
    const { pool } = this.on;
    const startedAt = performance.now();
    const timeout = AbortSignal.timeout(Math.ceil(left * 1000));
    const limited = limitedStep(step, timeout, number, params.trials.length);
    const name = `trial ${number}`;
    const trial = trialParams(params, number);
    const runId = derivedRunId(run.runId, name);
    let problem: string | null = null;
    try {
      await new RunTracker(pool).saveSnapshot(run.runId, params.snapshot.id);
      const table = await rows(limited);
      await runChild(pool, run, limited, { name, params: trial, tags: {} }, async (child) => {
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
        await new RunTracker(pool).cancel(runId, "the search: its time is over");
      } else if (error instanceof AsofError && error.code === "BAD_USER_INPUT") problem = error.message;
      else throw error;
    }
    const outcome =
      problem === null ? await this.#outcome(runId, params.metric) : { value: null, sha256: null };
    const seconds = (performance.now() - startedAt) / 1000;
    const done = { number, runId, seconds, ...outcome, problem };
    await step.log(describeTrial(params, done, best), { ...done });
    return done;
  }

  async #outcome(runId: string, metric: ComparedMetricName): Promise<Pick<Trial, "value" | "sha256">> {
    const { rows } = await this.on.pool.query<{ value: number; sha256: string }>(
      `select m.value, r.result->>'sha256' as sha256 from runs r join run_metrics m on m.run_id = r.id
       where r.id = $1 and m.name = $2`,
      [runId, outOfFoldName(metric)],
    );
    return rows[0]!;
  }

  /** Fits the best trial again: its file, which was not kept, comes out the same. */
  async #register(trials: readonly Trial[], best: Trial, rows: Rows, step: StepContext): Promise<Result> {
    const { runId, params } = this.run;
    const trained = trialParams(params, best.number);
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
function leader(metric: ComparedMetricName, trials: readonly Trial[]): Trial | null {
  const compared = comparedMetrics.get(metric)!;
  return trials.reduce<Trial | null>((best, trial) => {
    if (trial.value === null) return best;
    return best === null || isBetter(compared, trial.value, best.value!) ? trial : best;
  }, null);
}

const outOfFold = ({ metrics }: FittedSummary): Record<string, number> =>
  Object.fromEntries(Object.entries(metrics).filter(([name]) => name.startsWith(outOfFoldName(""))));

function describeTrial(
  { metric, trials }: TuneParams,
  { number, value, problem }: Trial,
  best: Trial | null,
): string {
  const which = `trial ${number} of ${trials.length}`;
  const lead = best ? `; the best was ${best.value!.toFixed(4)}, trial ${best.number}` : "";
  return value === null
    ? `${which}: ${problem}${lead}`
    : `${which}: out-of-fold ${metric} ${value.toFixed(4)}${lead}`;
}

function describeNoFit({ timeBudgetSeconds }: TuneParams, trials: readonly Trial[]): string {
  if (trials.some(({ problem }) => problem === "out of time")) {
    return `timeBudgetSeconds: no trial finished within ${timeBudgetSeconds} s; give more time, or search smaller models`;
  }
  return `no trial could be fitted: ${trials[0]?.problem}`;
}
