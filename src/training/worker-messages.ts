import type { Labels } from "./tasks/labels.js";
import type { TeamInput } from "./threads/team.js";
import type { TrainingData, TrainOptions, TrainProgress, TrainResult } from "./types.js";

/** Keys travel as one string: a million small strings take far longer to clone. PostgreSQL text holds no NUL. */
const KEY_SEPARATOR = "\0";

export type JoinedKeys = Omit<TrainingData<Labels>, "keys"> & { joinedKeys: string };

export interface WorkerInput {
  data: JoinedKeys;
  options: TrainOptions;
  team: TeamInput;
  /** Takes its records from the deployment module: the learner is not one that asof comes with. */
  fromOutside: boolean;
}

export type WorkerMessage =
  | { kind: "progress"; progress: TrainProgress }
  | { kind: "result"; result: TrainResult }
  | { kind: "refused"; message: string; details: Record<string, unknown> };

export const toJoinedKeys = ({ keys, ...rest }: TrainingData<Labels>): JoinedKeys => ({
  ...rest,
  joinedKeys: keys.join(KEY_SEPARATOR),
});

export const fromJoinedKeys = ({ joinedKeys, ...rest }: JoinedKeys): TrainingData<Labels> => ({
  ...rest,
  keys: rest.labels.length === 0 ? [] : joinedKeys.split(KEY_SEPARATOR),
});
