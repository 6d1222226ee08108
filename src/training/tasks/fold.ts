import type { Matrix } from "../matrix.js";

/** Both in shared memory, so that threads read them without a copy. */
export interface Fold {
  /** Row numbers to fit on, ascending. */
  fit: Uint32Array;
  /** Row numbers to judge on, ascending. */
  validate: Uint32Array;
  /** Where columns are learnt from labels: the training rows as they are by the labels of `fit` alone. Absent: they know none. */
  matrix?: Matrix;
}
