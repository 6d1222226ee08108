/** Both in shared memory, so that threads read them without a copy. */
export interface Fold {
  /** Row numbers to fit on, ascending. */
  fit: Uint32Array;
  /** Row numbers to judge on, ascending. */
  validate: Uint32Array;
}
