import type { OnnxNode, OnnxValue } from "../../onnx/writer.js";
import { graphOutputs, OUTPUT } from "../tasks/binary/output.js";
import { VALUE_OUTPUT, valueOutputs } from "../tasks/regression/output.js";

/** How a graph's sum becomes its answer. */
export interface GraphAnswer {
  /** What the sum is called. */
  readonly margin: string;
  /** From the sum to the answer; none: the sum is it. */
  readonly nodes: readonly OnnxNode[];
  readonly outputs: OnnxValue[];
}

/** 1 / (1 + exp(-sum)), the probability. */
export const LOGISTIC_ANSWER: GraphAnswer = {
  margin: "/log_odds",
  nodes: [{ op: "Sigmoid", inputs: ["/log_odds"], outputs: [OUTPUT] }],
  outputs: graphOutputs,
};

/** The sum itself, or exp of it, as the link says. */
export const valueAnswer = (link: "identity" | "log"): GraphAnswer =>
  link === "identity"
    ? { margin: VALUE_OUTPUT, nodes: [], outputs: valueOutputs }
    : {
        margin: "/log_value",
        nodes: [{ op: "Exp", inputs: ["/log_value"], outputs: [VALUE_OUTPUT] }],
        outputs: valueOutputs,
      };
