import type { OnnxValue } from "../../../onnx/writer.js";
import type { TaskOutput } from "../task-output.js";

/** float[N, 1]: the probability of label 1. */
export const OUTPUT = "probability";
export const graphOutputs: OnnxValue[] = [{ name: OUTPUT, type: "float32", width: 1 }];

const SUM_TOLERANCE = 1e-3;

/**
 * The probability of the positive class. Two columns are two classes: they add up to 1, and the positive one is the second
 * unless the signature says the first.
 */
export const binaryOutput: TaskOutput = {
  widths: () => [1, 2],
  names: ["probability", "probabilities", "output_probability"],
  what: "probability",
  answersIn(data, width, column) {
    if (width === 1) return data;
    return Float64Array.from({ length: data.length / 2 }, (_, row) => {
      const [first, second] = [data[row * 2]!, data[row * 2 + 1]!];
      if (Math.abs(first + second - 1) > SUM_TOLERANCE) {
        throw new Error(
          `its two columns, ${first} and ${second}, do not add up to 1: they are no two classes`,
        );
      }
      return data[row * 2 + (column ?? 1)]!;
    });
  },
};
