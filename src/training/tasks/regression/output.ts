import type { OnnxValue } from "../../../onnx/writer.js";
import type { TaskOutput } from "../task-output.js";

/** float[N, 1]: the value that is predicted. */
export const VALUE_OUTPUT = "value";
export const valueOutputs: OnnxValue[] = [{ name: VALUE_OUTPUT, type: "float32", width: 1 }];

export const regressionOutput: TaskOutput = {
  widths: () => [1],
  names: [VALUE_OUTPUT, "variable", "output", "predictions"],
  what: "value",
  answersIn: (data) => data,
};
