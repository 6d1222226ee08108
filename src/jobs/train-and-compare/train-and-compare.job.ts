import { z } from "zod";
import { camelCase } from "../../definitions/language/deployment.js";
import { ranged } from "../../inputs/fields.js";
import { readMetrics } from "../../registry/evidence.js";
import type { ModelVersion } from "../../registry/model.js";
import { ModelStore } from "../../registry/model-store.js";
import { RunTracker } from "../../registry/run-tracker.js";
import { doesTask, learners } from "../../training/learners/registry.js";
import { outOfFoldName } from "../../training/out-of-fold-metrics.js";
import { taskOf } from "../../training/tasks/registry.js";
import type { Task } from "../../training/tasks/task.js";
import { DELTA } from "../../values/ranges.js";
import { type ComparedMetric, isBetter } from "../../values/task.js";
import { runChild } from "../engine/child-run.js";
import {
  nothingToCleanUp,
  type Resources,
  type Result,
  type RunContext,
  runKind,
  type StepContext,
} from "../run-kind.js";
import { featuresOfModel } from "../training/features-of-model.js";
import type { ReadTable } from "../training/fitted.js";
import { pinRows } from "../training/pin-rows.js";
import { type CandidateParams, candidateParams, trainingRowsParams } from "../training/train-params.js";
import {
  algorithm,
  requireFeaturesOf,
  resolveCandidate,
  taskOfModel,
  trainFields,
} from "../training/train-request.js";
import { Trainer } from "../training/trainer.js";
import { compareOutcome } from "./compare-outcome.js";
import { contest, promoteWinner } from "./contest.js";

const params = z.object({
  ...trainingRowsParams.shape,
  candidates: z.array(candidateParams).describe("What was asked for first, challengers after it."),
  delta: z.number().describe("What the candidate must win by."),
});
type TrainAndCompareParams = z.infer<typeof params>;

/**
 * Trains candidates on the same rows, takes the one that did best out of fold, scores it and Production on the
 * rows held out, and promotes it if it wins. Each candidate is a child run with a version of its own.
 */
export const trainAndCompareKind = runKind({
  name: "TRAIN_AND_COMPARE",
  description: "Trains a candidate and promotes it where it beats Production.",
  queue: "asof_training",
  schedulable: true,
  fillsOnlineStore: false,
  holds: featuresOfModel,
  mutation: {
    name: "trainAndCompare",
    description:
      "Trains a candidate, scores it and the Production version on the same held-out rows, promotes it if it wins by `delta` and passes the gates.\n" +
      "Logistic regression, or linear regression of a number, is always trained as a challenger; who did best out of fold is the candidate. Its result: decision (PROMOTED or KEPT), reason, candidate, production, difference, gates.",
    role: "operator",
    input: "TrainInput",
    beside: ["delta", "candidates"],
  },
  request: (deployment) =>
    z.strictObject({
      ...trainFields(deployment),
      delta: ranged(z.number(), DELTA)
        .default(DELTA.default)
        .describe(
          "In the metric of the gate not_worse_than_production, auc unless declared; of rmse and mae a share.",
        ),
      candidates: z
        .array(algorithm())
        .nullish()
        .describe("Further challengers, with their default parameters."),
    }),
  params,
  pin: async (request, on): Promise<TrainAndCompareParams> => {
    const { name: task } = taskOfModel(on.definitions, request.model);
    const asked = resolveCandidate(request.algorithm, request.params, task);
    const always = [...learners]
      .filter(({ name, challenges }) => challenges && doesTask(name, task))
      .map(({ name }) => name);
    const challengers = [...new Set([...always, ...(request.candidates ?? [])])]
      .filter((name) => name !== request.algorithm)
      .map((name) => resolveCandidate(name, {}, task));
    const rows = await pinRows(request, on);
    requireFeaturesOf(on.definitions, rows, asked);
    return { ...rows, candidates: [asked, ...challengers], delta: request.delta };
  },
  execute: (run, on) => new TrainAndCompare(run, on).execute(),
  outcome: compareOutcome,
  cleanUp: nothingToCleanUp,
  trainedBy: ({ result }) => candidateOf.safeParse(result).data?.candidate.runId ?? null,
});

const candidateOf = z.object({ candidate: z.object({ runId: z.string() }) });

/** A trained candidate, described by metrics that do not use the held-out rows. */
interface Candidate {
  runId: string;
  version: number;
  algorithm: string;
  sha256: string;
  /** By each deciding metric of the task: `validationAuc`, `validationLogLoss`. */
  [outOfFold: OutOfFoldField]: number;
}

type OutOfFoldField = `validation${string}`;
const fieldOf = ({ name }: ComparedMetric): OutOfFoldField => `validation${camelCase(`_${name}`)}`;

class TrainAndCompare {
  readonly #trainer: Trainer;

  constructor(
    private readonly run: RunContext<TrainAndCompareParams>,
    private readonly on: Resources,
  ) {
    this.#trainer = new Trainer(on.pool, on.definitions);
  }

  async execute(): Promise<Result> {
    const { run } = this;
    const { params } = run;
    let table: ReadTable | undefined;
    const candidates: Candidate[] = [];
    for (const candidate of params.candidates) {
      const trained = await run.step(`train ${candidate.algorithm}`, async (step) => {
        await new RunTracker(this.on.pool).saveSnapshot(run.runId, params.snapshot.id);
        table ??= await this.#trainer.read(params, step);
        return this.#train(candidate, table, step);
      });
      candidates.push(trained);
    }
    // The rows are not needed any more, and may be many.
    table = undefined;
    const { signature } = await this.#version(candidates[0]!);
    const chosen = best(taskOf(signature), candidates);
    const version = await this.#version(chosen);
    const contested = await run.step("compare", (step) => contest(this.on, version, step));
    const candidacy = {
      ...{ version, delta: params.delta, by: "trainAndCompare", described: { ...chosen } },
      beside: { challengers: candidates.filter(({ runId }) => runId !== chosen.runId) },
    };
    const result = await run.step("promote", () => promoteWinner(run, this.on, candidacy, contested));
    if (result.decision === "PROMOTED") await this.on.refresh(params.model);
    return result;
  }

  async #train(candidate: CandidateParams, table: ReadTable, step: StepContext): Promise<Candidate> {
    const { candidates: _, delta: __, ...rows } = this.run.params;
    const params = { ...rows, ...candidate };
    const name = `candidate ${candidate.algorithm}`;
    const runId = await runChild(this.on.pool, this.run, step, { name, params, tags: {} }, async (child) => {
      const fitted = await this.#trainer.fitAndKeep(child.runId, params, table, child);
      await child.succeed(async (tx) => {
        const { version } = await this.#trainer.register(tx, child.runId, params, fitted);
        return { version, sha256: fitted.sha256, threshold: fitted.threshold };
      });
    });
    const version = await new ModelStore(this.on.pool).findTrained(runId);
    const metrics = await readMetrics(this.on.pool, runId);
    const { deciding } = taskOf(version!.signature);
    const outOfFold = ({ name }: ComparedMetric) => metrics[outOfFoldName(name)]!;
    const values = deciding.map((metric) => `${metric.name} ${outOfFold(metric).toFixed(4)}`).join(", ");
    const message = `${candidate.algorithm}, version ${version!.version}: out-of-fold ${values}`;
    await step.log(message, { runId, version: version!.version });
    return {
      runId,
      version: version!.version,
      algorithm: candidate.algorithm,
      sha256: version!.sha256,
      ...Object.fromEntries(deciding.map((metric) => [fieldOf(metric), outOfFold(metric)])),
    };
  }

  async #version({ version }: Candidate): Promise<ModelVersion> {
    return (await new ModelStore(this.on.pool).findJudged(this.run.params.model, version))!;
  }
}

/** Out of fold, by the first of the deciding metrics; of equal ones by the next, then what was asked for first. */
function best({ deciding }: Task, candidates: readonly Candidate[]): Candidate {
  return candidates.reduce((leader, candidate) => {
    for (const metric of deciding) {
      const [value, other] = [candidate[fieldOf(metric)]!, leader[fieldOf(metric)]!];
      if (value !== other) return isBetter(metric, value, other) ? candidate : leader;
    }
    return leader;
  });
}
