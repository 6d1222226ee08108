import { threadsGiveWay } from "../../threads/lower-priority.js";
import type { Labels } from "../tasks/labels.js";
import { type TrainHooks, trainInWorker } from "../train.js";
import type { TrainingData, TrainOptions, TrainResult } from "../types.js";
import { trainInSession } from "./train-in-session.js";

/** Values of a table from which on a training takes seconds; a process takes a third of a second to start. */
const LARGE_VALUES = 1_000_000;

/** Trains in threads of this process, or, where those would not give way to requests, in a session of its own. The model is the same. */
export function trainBesideRequests(
  data: TrainingData<Labels>,
  options: TrainOptions,
  hooks: Pick<TrainHooks, "onProgress" | "signal">,
): Promise<TrainResult> {
  const isLarge = data.keys.length * data.features.length >= LARGE_VALUES;
  return isLarge && !threadsGiveWay()
    ? trainInSession(data, options, hooks)
    : trainInWorker(data, options, hooks);
}
