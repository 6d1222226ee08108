import type { OnnxValue } from "../../onnx/proto.js";

/** float[N, 1]: the probability of label 1. */
export const OUTPUT = "probability";
export const graphOutputs: OnnxValue[] = [{ name: OUTPUT, type: "float32", width: 1 }];
