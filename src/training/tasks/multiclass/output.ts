import type { OnnxValue } from "../../../onnx/writer.js";
import type { TaskOutput } from "../task-output.js";

/** float[N, K]: the probability of each class, in the order of the signature's classes. */
export const PROBABILITIES_OUTPUT = "probabilities";
/** string[N, 1]: the name of the likeliest. */
export const CLASS_OUTPUT = "class";

export const classOutputs = (classes: number): OnnxValue[] => [
  { name: PROBABILITIES_OUTPUT, type: "float32", width: classes },
  { name: CLASS_OUTPUT, type: "string", width: 1 },
];

export const multiclassOutput: TaskOutput = {
  widths: (classes) => [classes],
  names: [PROBABILITIES_OUTPUT, "probability", "output_probability"],
  what: "probabilities of the classes",
  answersIn: (data) => data,
};
