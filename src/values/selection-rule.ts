/** How the features of a model are chosen among those that it may learn from. */
export interface SelectionRule {
  readonly by: SelectionMethod;
  /** So many of the best; absent: those that are better than shuffled copies. */
  readonly keep?: number;
}

/** What features are judged by, of rows that the judged fits have not learnt from. */
export const SELECTION_METHODS = {
  permutation: "By how much worse answers get when the values of the feature are shuffled.",
  shap: "By the mean size of what the feature adds to answers.",
} as const;
export type SelectionMethod = keyof typeof SELECTION_METHODS;

export const KEPT_FEATURES = { min: 1, max: 10_000 } as const;
