import { type Pool, withTransaction } from "../../db/pool.js";
import { type Deployment, findService } from "../../definitions/language/deployment.js";
import { comparisonOf } from "../../definitions/language/gates.js";
import { decide } from "../../registry/decision.js";
import { readMetrics } from "../../registry/evidence.js";
import type { Algorithm, ModelVersion } from "../../registry/model.js";
import { ModelStore } from "../../registry/model-store.js";
import type { Assessment, Promotion } from "../../registry/promotion.js";
import { RunStore } from "../../registry/run-store.js";
import { mayStillWrite, RunTracker } from "../../registry/run-tracker.js";
import { runChild } from "../engine/child-run.js";
import { type Job, type JobContext, RunSupersededError, type StepContext } from "../job.js";
import type { ReadTable } from "../training/fitted.js";
import type { TrainingRowsParams } from "../training/train-params.js";
import { Trainer } from "../training/trainer.js";

export interface TrainAndCompareParams extends TrainingRowsParams {
  /** What was asked for first, challengers after it. */
  candidates: { algorithm: Algorithm; hyperparameters: Record<string, unknown> }[];
  /** What the candidate must win by. */
  delta: number;
}

/** A trained candidate, told by numbers its held-out rows have no part in. */
interface Candidate {
  runId: string;
  version: number;
  algorithm: Algorithm;
  sha256: string;
  validationAuc: number;
  validationLogLoss: number;
}

type Compared = Pick<Assessment, "heldOut" | "gates"> & { production: number | null };

/**
 * Trains candidates on the same rows, takes the one that did best out of fold, scores it and Production on the
 * rows held out, and promotes it if it wins. Each candidate is a child run with a version of its own.
 */
export class TrainAndCompareJob implements Job {
  readonly kind = "TRAIN_AND_COMPARE";
  readonly queue = "asof_training";
  readonly #trainer: Trainer;

  constructor(
    private readonly pool: Pool,
    private readonly definitions: Deployment,
    private readonly promotion: Promotion,
    /** So that this process answers by the promoted version when the run has ended. */
    private readonly refresh: (model: string) => Promise<unknown>,
  ) {
    this.#trainer = new Trainer(pool, definitions);
  }

  async execute(context: JobContext): Promise<Record<string, unknown>> {
    const params = context.params as unknown as TrainAndCompareParams;
    let table: ReadTable | undefined;
    const candidates: Candidate[] = [];
    for (const candidate of params.candidates) {
      const trained = await context.step(`train ${candidate.algorithm}`, async (step) => {
        await new RunTracker(this.pool).saveSnapshot(context.runId, params.snapshot.id);
        table ??= await this.#trainer.read(params, step);
        return this.#train(context, params, candidate, table, step);
      });
      candidates.push(trained);
    }
    // The rows are not needed any more, and may be many.
    table = undefined;
    const chosen = best(candidates);
    const compared = await context.step("compare", (step) => this.#compare(params.model, chosen, step));
    const result = await context.step("promote", () =>
      this.#promote(context, params, candidates, chosen, compared),
    );
    if (result.decision === "PROMOTED") await this.refresh(params.model);
    return result;
  }

  async #train(
    context: JobContext,
    { candidates: _, delta: __, ...rows }: TrainAndCompareParams,
    candidate: TrainAndCompareParams["candidates"][number],
    table: ReadTable,
    step: StepContext,
  ): Promise<Candidate> {
    const params = { ...rows, ...candidate };
    const name = `candidate ${candidate.algorithm}`;
    const runId = await runChild(this.pool, context, step, { name, params, tags: {} }, async (child) => {
      const fitted = await this.#trainer.fitAndKeep(child.runId, params, table, child);
      await child.succeed(async (tx) => {
        const { version } = await this.#trainer.register(tx, child.runId, params, fitted);
        return { version, sha256: fitted.sha256, threshold: fitted.threshold };
      });
    });
    const [version] = await new ModelStore(this.pool).findVersionsByRun([runId]);
    const metrics = await readMetrics(this.pool, runId);
    const [auc, logLoss] = [metrics.validation_auc!, metrics.validation_log_loss!];
    const message = `${candidate.algorithm}, version ${version!.version}: out-of-fold auc ${auc.toFixed(4)}, log_loss ${logLoss.toFixed(4)}`;
    await step.log(message, { runId, version: version!.version });
    return {
      runId,
      version: version!.version,
      algorithm: candidate.algorithm,
      sha256: version!.sha256,
      validationAuc: auc,
      validationLogLoss: logLoss,
    };
  }

  async #compare(model: string, chosen: Candidate, step: StepContext): Promise<Compared> {
    const version = await this.#version(model, chosen);
    const { production, heldOut, gates } = await this.promotion.assess(version);
    for (const { name, passed, message } of gates) {
      await step.log(`gate ${name} ${passed ? "passed" : "failed"}: ${message}`);
    }
    return { production: production?.version ?? null, heldOut, gates };
  }

  /** The decision, the promotion and the run's result become true together, once. */
  async #promote(
    { runId, attempt }: JobContext,
    params: TrainAndCompareParams,
    candidates: readonly Candidate[],
    chosen: Candidate,
    { production, heldOut, gates }: Compared,
  ): Promise<Record<string, unknown>> {
    const { model, delta } = params;
    const metrics = await readMetrics(this.pool, chosen.runId);
    const { metric } = comparisonOf(findService(this.definitions, model)?.gates ?? {});
    const comparison = heldOut?.comparison ?? null;
    const verdict = decide({ metric, delta, production, heldOut, gates });
    return withTransaction(this.pool, async (tx) => {
      if (!(await mayStillWrite(tx, runId, attempt))) throw new RunSupersededError(runId);
      const run = (await new RunStore(tx).find(runId))!;
      // A process died between this transaction and the step's checkpoint.
      if (run.result) return run.result;
      const reason = `trainAndCompare, run ${runId}: ${verdict.message}`;
      if (verdict.promoted) {
        const by = { gates: verdict.gates, actor: run.actor, reason };
        await this.promotion.promoteAssessed(tx, { model, version: chosen.version }, production, by);
      }
      const result = {
        decision: verdict.promoted ? "PROMOTED" : "KEPT",
        reason: verdict.message,
        metric,
        delta,
        candidate: { ...chosen, ...(comparison?.candidate ?? onlyCompared(metrics)) },
        production: production === null ? null : { version: production, ...comparison?.production },
        difference: comparison?.difference ?? null,
        comparedOn: comparison && { asOf: comparison.asOf, labelAsOf: comparison.labelAsOf },
        heldOutRows: comparison?.rows ?? metrics.test_rows ?? null,
        challengers: candidates.filter(({ runId }) => runId !== chosen.runId),
        gates: verdict.gates,
      };
      const tracker = new RunTracker(tx);
      await tracker.saveResult(runId, result);
      await tracker.event(runId, { type: "LOG", step: "promote", message: verdict.message });
      return result;
    });
  }

  async #version(model: string, { version }: Candidate): Promise<ModelVersion> {
    return (await new ModelStore(this.pool).findVersion(model, version))!;
  }
}

/** The greatest out-of-fold AUC; of equal ones the least log-loss, then what was asked for first. */
function best(candidates: readonly Candidate[]): Candidate {
  return candidates.reduce((leader, candidate) => {
    const gain = candidate.validationAuc - leader.validationAuc;
    return gain > 0 || (gain === 0 && candidate.validationLogLoss < leader.validationLogLoss)
      ? candidate
      : leader;
  });
}

const onlyCompared = ({ auc, average_precision, log_loss, brier }: Record<string, number>) => ({
  auc,
  average_precision,
  log_loss,
  brier,
});
