import { z } from "zod";

export const pinnedSnapshot = z.object({ id: z.number(), revision: z.number(), contentSha256: z.string() });
export type PinnedSnapshot = z.infer<typeof pinnedSnapshot>;

/** Which rows a model is trained from and which of them are held out: shared by all candidates and trials of a run. */
export const trainingRowsParams = z.object({
  asOf: z.string(),
  labelAsOf: z.string(),
  model: z.string(),
  seed: z.number(),
  testFraction: z.number(),
  snapshot: pinnedSnapshot,
  labelSnapshot: pinnedSnapshot,
  leftOut: z
    .array(z.string())
    .optional()
    .describe("Declared features that the snapshot was made without, left out as asked; absent: none."),
});
export type TrainingRowsParams = z.infer<typeof trainingRowsParams>;

export const candidateParams = z.object({
  algorithm: z.string().describe("The name of a learner."),
  hyperparameters: z.record(z.string(), z.unknown()).describe("Complete, defaults included."),
});
export type CandidateParams = z.infer<typeof candidateParams>;

/** A train run's parameters: everything that decides its outcome, pinned when it was asked for. */
export const trainParams = z.object({
  ...trainingRowsParams.shape,
  ...candidateParams.shape,
  folds: z
    .number()
    .optional()
    .describe("Also judged on as many folds of the training rows, 2 to 20; absent: none."),
});
export type TrainParams = z.infer<typeof trainParams>;
