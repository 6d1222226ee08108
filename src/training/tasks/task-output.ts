/** How the numbers of an ONNX output are read: all that the process of a model made elsewhere needs of a task. */
export interface TaskOutput {
  /** Columns that an output may have, the fewest first. @param classes how many the signature lists; 1 where it lists none */
  widths(classes: number): readonly number[];
  /** What outputs of models made elsewhere are usually called. */
  readonly names: readonly string[];
  /** What it is, in a sentence: `probability`. */
  readonly what: string;
  /**
   * An answer a row: a number, or of a task with classes as many as they are.
   * @param column the one that the signature names, where it names one
   * @throws {Error} they are no answers
   */
  answersIn(
    data: Float32Array | Float64Array,
    width: number,
    column: number | null,
  ): Float32Array | Float64Array;
}
