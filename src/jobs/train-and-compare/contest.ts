import { findService } from "../../definitions/language/deployment.js";
import { comparisonOf } from "../../definitions/language/gates.js";
import { decide } from "../../registry/decision.js";
import { readMetrics } from "../../registry/evidence.js";
import type { ModelVersion } from "../../registry/model.js";
import type { Assessment } from "../../registry/promotion.js";
import { RunTracker } from "../../registry/run-tracker.js";
import { taskOf } from "../../training/tasks/registry.js";
import type { Task } from "../../training/tasks/task.js";
import type { Resources, Result, RunContext, StepContext } from "../run-kind.js";

/** How a candidate stands up to Production, as a step keeps it. */
export type Contested = Pick<Assessment, "heldOut" | "gates"> & { production: number | null };

/** Scores the candidate and Production on the same held-out rows, and asks the gates. Nothing is changed. */
export async function contest(
  { promotion }: Resources,
  candidate: ModelVersion,
  step: StepContext,
): Promise<Contested> {
  const { production, heldOut, gates } = await promotion.assess(candidate);
  for (const { name, passed, message } of gates) {
    await step.log(`gate ${name} ${passed ? "passed" : "failed"}: ${message}`);
  }
  return { production: production?.version ?? null, heldOut, gates };
}

export interface Candidacy {
  version: ModelVersion;
  /** What it must win by. */
  delta: number;
  /** The mutation that asked, for the history. */
  by: string;
  /** What the result says of the candidate beside its metrics. */
  described: Result;
  /** What else is in the result. */
  beside: Result;
}

/** The decision, the promotion and the run's result become true together, once. */
export async function promoteWinner(
  { runId, writeOnce }: RunContext,
  { pool, definitions, promotion }: Resources,
  { version: { model, version, signature, judgedBy }, delta, by: asked, described, beside }: Candidacy,
  { production, heldOut, gates }: Contested,
): Promise<Result> {
  const task = taskOf(signature);
  const metrics = await readMetrics(pool, judgedBy);
  const { metric } = comparisonOf(findService(definitions, model)?.gates ?? {}, task);
  const comparison = heldOut?.comparison ?? null;
  const verdict = decide({ metric, delta, production, heldOut, gates });
  return writeOnce(async (tx, { actor }) => {
    const reason = `${asked}, run ${runId}: ${verdict.message}`;
    if (verdict.promoted) {
      const by = { gates: verdict.gates, actor, reason };
      await promotion.promoteAssessed(tx, { model, version }, production, by);
    }
    await new RunTracker(tx).event(runId, { type: "LOG", step: "promote", message: verdict.message });
    return {
      decision: verdict.promoted ? "PROMOTED" : "KEPT",
      reason: verdict.message,
      metric,
      delta,
      candidate: { ...described, ...(comparison?.candidate ?? onlyCompared(task, metrics)) },
      production: production === null ? null : { version: production, ...comparison?.production },
      difference: comparison?.difference ?? null,
      comparedOn: comparison && { asOf: comparison.asOf, labelAsOf: comparison.labelAsOf },
      heldOutRows: comparison?.rows ?? metrics.test_rows ?? null,
      ...beside,
      gates: verdict.gates,
    };
  });
}

const onlyCompared = ({ compared }: Task, metrics: Record<string, number>) =>
  Object.fromEntries(compared.map(({ name }) => [name, metrics[name]]));
