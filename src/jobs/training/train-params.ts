import type { Algorithm } from "../../registry/model.js";

export interface PinnedSnapshot {
  id: number;
  revision: number;
  contentSha256: string;
}

/** Which rows a model is trained from and which of them are held out: shared by all candidates and trials of a run. */
export interface TrainingRowsParams {
  asOf: string;
  labelAsOf: string;
  model: string;
  seed: number;
  testFraction: number;
  snapshot: PinnedSnapshot;
  labelSnapshot: PinnedSnapshot;
  /** Declared features that the snapshot was made without, left out as asked; absent: none. */
  leftOut?: string[];
}

/** A train run's parameters: everything that decides its outcome, pinned when it was asked for. */
export interface TrainParams extends TrainingRowsParams {
  algorithm: Algorithm;
  /** Complete, defaults included. */
  hyperparameters: Record<string, unknown>;
  /** Also judged on as many folds of the training rows, 2 to 20; absent: none. */
  folds?: number;
}
