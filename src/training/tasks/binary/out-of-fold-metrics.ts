import { evaluate } from "./metrics.js";

/**
 * How well the learner did on training rows it had not been fitted on: what candidates and trials are chosen by, so
 * that held-out rows are looked at by the chosen one alone. Probabilities are those of the step the learner chose on the
 * same folds, so a learner that chooses its steps is favoured by a little.
 */
export function outOfFoldMetrics(outOfFold: {
  labels: Uint8Array;
  probabilities: Float64Array;
}): Record<string, number> {
  const { auc, average_precision, log_loss, brier } = evaluate(
    outOfFold.labels,
    outOfFold.probabilities,
    0.5,
  ).metrics;
  return {
    validation_auc: auc,
    validation_average_precision: average_precision,
    validation_log_loss: log_loss,
    validation_brier: brier,
  };
}
