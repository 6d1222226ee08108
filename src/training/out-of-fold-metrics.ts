import type { OutOfFold } from "./learner.js";
import type { Labels } from "./tasks/labels.js";
import type { Task } from "./tasks/task.js";

/** How a metric of rows that a model was not fitted on is called; candidates and trials are chosen by these. */
export const outOfFoldName = (metric: string): string => `validation_${metric}`;

/**
 * How well the learner did on training rows it had not been fitted on: what candidates and trials are chosen by, so
 * that held-out rows are looked at by the chosen one alone. Answers are those of the step the learner chose on the
 * same folds, so a learner that chooses its steps is favoured by a little.
 */
export function outOfFoldMetrics<L extends Labels>(
  task: Task<L>,
  { labels, probabilities, weights }: OutOfFold<L>,
): Record<string, number> {
  const { metrics } = task.evaluate(labels, probabilities, task.decision && 0.5, weights);
  return Object.fromEntries(task.compared.map(({ name }) => [outOfFoldName(name), metrics[name]!]));
}
