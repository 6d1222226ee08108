import type { KernelFunction } from "../../wasm/assembler.js";
import type { RecordLayout } from "./records.js";

/** What a thread does with the rows of an objective. */
export interface ObjectiveWork {
  readonly labelBytes: 1 | 8;
  /** The kernel RecordKernels.boost. */
  boost(layout: RecordLayout): KernelFunction;
  /**
   * Loss of a row times its weight, as a whole number of `lossSteps`: float64 sums of them are exact, in whatever order.
   * @param weight of rows that have one; else 1
   */
  stepsOf(score: number, label: number, weight: number): number;
  readonly lossSteps: number;
}
