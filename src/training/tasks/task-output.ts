/** How the numbers of an ONNX output are read: all that the process of a model made elsewhere needs of a task. */
export interface TaskOutput {
  /** Columns that an output may have, the fewest first. */
  readonly widths: readonly number[];
  /**
   * An answer a row.
   * @param column the one that the signature names, where it names one
   * @throws {Error} they are no answers
   */
  answersIn(
    data: Float32Array | Float64Array,
    width: number,
    column: number | null,
  ): Float32Array | Float64Array;
}
