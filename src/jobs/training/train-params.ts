import { z } from "zod";
import { CALIBRATIONS, type Calibration, type DecisionRule, decisionProblem } from "../../values/decision.js";
import { SELECTION_METHODS, type SelectionMethod } from "../../values/selection-rule.js";

export const pinnedSnapshot = z.object({ id: z.number(), revision: z.number(), contentSha256: z.string() });
export type PinnedSnapshot = z.infer<typeof pinnedSnapshot>;

/** One date of a training set: what its features and its labels are read from. */
export const pinnedDate = z.object({
  asOf: z.string(),
  labelAsOf: z.string(),
  snapshot: pinnedSnapshot,
  labelSnapshot: pinnedSnapshot,
});
export type PinnedDate = z.infer<typeof pinnedDate>;

/** A date that was asked for and has no rows, with the reason. */
export const leftOutDate = z.object({ asOf: z.string(), reason: z.string() });
export type LeftOutDate = z.infer<typeof leftOutDate>;

/** Which rows a model is trained from and which of them are held out: shared by all candidates and trials of a run. */
export const trainingRowsParams = z.object({
  ...pinnedDate.shape,
  model: z.string(),
  seed: z.number(),
  testFraction: z.number(),
  dates: z
    .array(pinnedDate)
    .optional()
    .describe("Of a panel: all its dates, the oldest first, the last as above. Absent: the one date above."),
  leftOutDates: z
    .array(leftOutDate)
    .optional()
    .describe("Dates of the range that have no rows, each with the reason; absent: none."),
  heldOutFrom: z
    .string()
    .optional()
    .describe("The date from which on all rows are held out; absent: a share of the keys is."),
  features: z
    .array(z.string())
    .optional()
    .describe("Those to learn from, in the service's order; absent: all of the service."),
  selectFeatures: z
    .object({
      by: z.enum(Object.keys(SELECTION_METHODS) as [SelectionMethod]),
      keep: z.number().optional(),
    })
    .optional()
    .describe("How those of them are chosen that are learnt from; absent: all are."),
  labelAfterDays: z
    .number()
    .optional()
    .describe("The labels are as they held so many days after the row's date; absent: on the date asked."),
  costs: z
    .object({ falsePositive: z.number(), falseNegative: z.number() })
    .optional()
    .describe("Of trainings before 0.3: what wrong answers cost; later ones say so in decision."),
  decision: z
    .custom<DecisionRule>((given) => decisionProblem(given as DecisionRule) === null)
    .optional()
    .describe("How the threshold is chosen; absent: it has the best F1."),
  calibration: z
    .enum(Object.keys(CALIBRATIONS) as [Calibration])
    .optional()
    .describe("How probabilities are put right; absent: they stay as the learner gives them."),
  targetEncoding: z
    .object({ above: z.number(), smoothing: z.number(), minRows: z.number() })
    .optional()
    .describe("How text features of many categories are learnt; absent: by the most frequent ones."),
  leftOut: z
    .array(z.string())
    .optional()
    .describe("Declared features that the snapshot was made without, left out as asked; absent: none."),
});
export type TrainingRowsParams = z.infer<typeof trainingRowsParams>;

/** Every date of a training set, the oldest first. */
export const datesOf = ({
  dates,
  asOf,
  labelAsOf,
  snapshot,
  labelSnapshot,
}: Pick<TrainingRowsParams, "dates" | keyof PinnedDate>): readonly PinnedDate[] =>
  dates ?? [{ asOf, labelAsOf, snapshot, labelSnapshot }];

/** The snapshots of a training set, each once. */
export const snapshotIdsOf = (params: Parameters<typeof datesOf>[0]): number[] => [
  ...new Set(datesOf(params).flatMap(({ snapshot, labelSnapshot }) => [snapshot.id, labelSnapshot.id])),
];

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
  share: z
    .number()
    .optional()
    .describe("Fitted on so much of the training rows, a rung of a search; absent: on all."),
});
export type TrainParams = z.infer<typeof trainParams>;
