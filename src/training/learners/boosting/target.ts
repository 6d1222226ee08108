import type { SampleWeights } from "../../sample-weights.js";
import type { Labels } from "../../tasks/labels.js";
import type { Objective } from "./objective.js";

/** What trees are fitted to, and how their scores are read. */
export interface Target {
  /** Shared. */
  labels: Labels;
  /** Of each row of the table; shared. Null: the objective says what rows count. */
  weights: SampleWeights;
  objective: Objective;
  /** Where scores start, where there are no margins. */
  baseScore: number;
  /** One per row of the table; shared. */
  margins: Float64Array | null;
  /** What 1 of a score is in the label's: leaf values are multiplied by it. A power of two. */
  unit: number;
  /** The share of a leaf's residuals below its value; null: its value is a Newton step. */
  leafQuantile: number | null;
  /** Of a score. */
  answer(score: number): number;
  /** Total weight of the rows judged on. */
  validationWeight: number;
  /** What a loss is multiplied by, so that those of different fits can be added up. */
  lossUnit: number;
}
