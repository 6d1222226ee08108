import { DEFAULT_CALIBRATION, DEFAULT_DECISION } from "../values/decision.js";
import type { OutOfFold } from "./learner.js";
import type { Labels } from "./tasks/labels.js";
import type { Decided, Task } from "./tasks/task.js";
import type { TrainOptions } from "./types.js";

/** What follows from answers on rows that the model was not fitted on; of tasks that decide nothing nulls. */
export interface ChosenDecision<L extends Labels> {
  threshold: number | null;
  /** What candidates are compared by. */
  judged: OutOfFold<L>;
  decided: Omit<Decided<L>, "uncalibrated"> | null;
}

/** First probabilities are put right, then the threshold is chosen among them. @throws {BadUserInputError} no threshold reaches the target */
export function chooseDecision<L extends Labels>(
  task: Task<L>,
  outOfFold: OutOfFold<L>,
  { decision = DEFAULT_DECISION, calibration: asked = DEFAULT_CALIBRATION }: TrainOptions,
  starts: Uint32Array | null = null,
): ChosenDecision<L> {
  if (!task.decision) return { threshold: null, judged: outOfFold, decided: null };
  const calibration = task.decision.calibrate(outOfFold, asked, starts && keyOfRows(starts));
  const { labels, probabilities, weights = null } = outOfFold;
  const finished = { labels, probabilities: calibration.apply(probabilities), weights };
  return {
    threshold: task.decision.chooseThreshold(finished, decision),
    judged: calibration.judged,
    decided: { decision, calibration, outOfFold: finished },
  };
}

/** Of each training row the place of its key. */
function keyOfRows(starts: Uint32Array): Uint32Array {
  const keys = new Uint32Array(starts.at(-1)!);
  for (let key = 0; key + 1 < starts.length; key++) keys.fill(key, starts[key], starts[key + 1]);
  return keys;
}
